-- What an investor answered to which version of the questionnaire, and what came of it; what they accepted or withdrew, when and from where.
-- Both are written once and never changed; with a person's erasure the answers go, and of consents the address and agent.
CREATE TABLE risk_assessments (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL,
  questionnaire_version integer NOT NULL,
  answers jsonb NOT NULL,
  score numeric(5,4) NOT NULL,
  risk_profile risk_profile NOT NULL,
  assessed_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT risk_assessments_user_id_foreign FOREIGN KEY (user_id) REFERENCES users (id),
  CONSTRAINT risk_assessments_score_range CHECK (score >= 0 AND score <= 1)
);
CREATE INDEX idx_risk_assessments_user_date ON risk_assessments (user_id, assessed_at);

CREATE TABLE consents (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL,
  document text NOT NULL,
  version integer NOT NULL,
  is_accepted boolean NOT NULL,
  ip_address inet,
  user_agent text,
  given_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT consents_user_id_foreign FOREIGN KEY (user_id) REFERENCES users (id)
);
CREATE INDEX idx_consents_user_date ON consents (user_id, given_at);

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['risk_assessments', 'consents'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY %I ON %I FOR ALL TO authenticated_user USING (user_id = (SELECT app_user_id())) WITH CHECK (user_id = (SELECT app_user_id()))', 'user_' || t, t);
    EXECUTE format('CREATE POLICY %I ON %I FOR ALL TO admin_role USING (true) WITH CHECK (true)', 'admin_all_' || t, t);
    EXECUTE format('CREATE POLICY %I ON %I FOR ALL TO definer_role USING (true) WITH CHECK (true)', 'definer_all_' || t, t);
  END LOOP;
END $$;

GRANT SELECT, INSERT ON risk_assessments, consents TO authenticated_user;
GRANT SELECT ON risk_assessments, consents TO admin_role;
GRANT UPDATE (risk_profile) ON users TO authenticated_user;
GRANT SELECT (user_id), DELETE ON risk_assessments TO definer_role;
GRANT SELECT (user_id), UPDATE (ip_address, user_agent) ON consents TO definer_role;

GRANT CREATE ON SCHEMA public TO definer_role;
SET LOCAL ROLE definer_role;
CREATE OR REPLACE FUNCTION erase_kyc(p_user_id uuid) RETURNS void LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  DELETE FROM kyc_document_parts WHERE user_id = p_user_id;
  DELETE FROM risk_assessments WHERE user_id = p_user_id;
  UPDATE consents SET ip_address = NULL, user_agent = NULL WHERE user_id = p_user_id;
$$;
RESET ROLE;
REVOKE CREATE ON SCHEMA public FROM definer_role;
