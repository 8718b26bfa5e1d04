-- No row has a ciphertext yet: this proves it beside traffic.
ALTER TABLE users VALIDATE CONSTRAINT users_first_name_enc_layout;
ALTER TABLE users VALIDATE CONSTRAINT users_last_name_enc_layout;
ALTER TABLE users VALIDATE CONSTRAINT users_phone_enc_layout;
ALTER TABLE users VALIDATE CONSTRAINT users_birth_date_enc_layout;
ALTER TABLE users VALIDATE CONSTRAINT users_kyc_documents_enc_layout;
ALTER TABLE users VALIDATE CONSTRAINT users_income_range_enc_layout;
ALTER TABLE users VALIDATE CONSTRAINT users_phone_bidx_layout;

-- A new database is sealed at once. One with people in it keeps its names until each has a key: "trii up", "trii migrate" or the workers see to it.
SELECT seal_personal_names();
SELECT seal_personal_names();
