-- Between asked for and handed over stands the moment from which nobody can take a payment back; and what was taken back in time is an end of its own.
ALTER TYPE payment_status ADD VALUE 'SENDING' AFTER 'PENDING';
ALTER TYPE payment_status ADD VALUE 'CANCELLED';
