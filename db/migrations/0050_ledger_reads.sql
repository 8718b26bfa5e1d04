-- A page of the ledger, newest transaction first, is a walk down this index. Ids of transactions are UUID v7 and so grow with time.
CREATE INDEX idx_postings_portfolio_transaction ON postings (portfolio_id, transaction_id);

-- An investor suspends, resumes and closes the own portfolios; what may follow what is the use cases' business.
GRANT UPDATE (status) ON portfolios TO authenticated_user;
