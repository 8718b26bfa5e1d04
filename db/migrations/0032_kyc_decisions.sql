-- What operators decided about who an investor is, one row a decision, for ever. The reason is told to the investor and may name them, so it is
-- ciphertext under their own key and goes with it.
CREATE TABLE kyc_decisions (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL,
  previous_status kyc_status NOT NULL,
  status kyc_status NOT NULL,
  reason_enc bytea NOT NULL,
  -- As in audit_logs.actor.
  decided_by text NOT NULL,
  decided_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT kyc_decisions_user_id_foreign FOREIGN KEY (user_id) REFERENCES users (id),
  CONSTRAINT kyc_decisions_decides CHECK (status <> 'PENDING'),
  CONSTRAINT kyc_decisions_reason_enc_layout CHECK (is_personal_ciphertext(reason_enc))
);
CREATE INDEX idx_kyc_decisions_user_date ON kyc_decisions (user_id, decided_at);

ALTER TABLE kyc_decisions ENABLE ROW LEVEL SECURITY;
ALTER TABLE kyc_decisions FORCE ROW LEVEL SECURITY;
CREATE POLICY user_kyc_decisions ON kyc_decisions FOR ALL TO authenticated_user USING (user_id = (SELECT app_user_id())) WITH CHECK (user_id = (SELECT app_user_id()));
CREATE POLICY admin_all_kyc_decisions ON kyc_decisions FOR ALL TO admin_role USING (true) WITH CHECK (true);

GRANT SELECT ON kyc_decisions TO authenticated_user;
GRANT SELECT, INSERT ON kyc_decisions TO admin_role;
