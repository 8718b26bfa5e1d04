-- Documents by which investors show who they are. The bytes rest as blobs outside of the database; what describes them stands in
-- users.kyc_documents, an inbox whose ciphertext only the investor's key opens. An upload comes in parts, which wait here as ciphertext.
CREATE TABLE kyc_document_parts (
  user_id uuid NOT NULL,
  document_id uuid NOT NULL,
  part smallint NOT NULL,
  -- Base64 of the bytes.
  content_enc bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT kyc_document_parts_pkey PRIMARY KEY (user_id, document_id, part),
  CONSTRAINT kyc_document_parts_user_id_foreign FOREIGN KEY (user_id) REFERENCES users (id),
  CONSTRAINT kyc_document_parts_part_range CHECK (part >= 0 AND part < 40),
  CONSTRAINT kyc_document_parts_content_enc_layout CHECK (is_personal_ciphertext(content_enc))
);

-- What was handed in for review, one row each time. Open until a decision answers it.
CREATE TABLE kyc_submissions (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL,
  document_ids uuid[] NOT NULL,
  submitted_at timestamptz NOT NULL DEFAULT now(),
  decision_id uuid,
  CONSTRAINT kyc_submissions_owner_unique UNIQUE (id, user_id),
  CONSTRAINT kyc_submissions_user_id_foreign FOREIGN KEY (user_id) REFERENCES users (id)
);
CREATE UNIQUE INDEX idx_kyc_submissions_open_user ON kyc_submissions (user_id) WHERE decision_id IS NULL;
CREATE INDEX idx_kyc_submissions_open_date ON kyc_submissions (submitted_at, id) WHERE decision_id IS NULL;
CREATE INDEX idx_kyc_submissions_user_date ON kyc_submissions (user_id, submitted_at);

-- What providers of identity and sanctions checks answered. Not for the eyes of whom it is about: to tell somebody that a sanctions list was hit
-- is forbidden where such lists are law.
CREATE TABLE kyc_screenings (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL,
  submission_id uuid NOT NULL,
  check_type text NOT NULL,
  provider text NOT NULL,
  outcome text NOT NULL,
  -- Codes, never a name.
  findings text[] NOT NULL DEFAULT '{}',
  screened_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT kyc_screenings_once UNIQUE (user_id, submission_id, check_type),
  CONSTRAINT kyc_screenings_submission_id_user_id_foreign FOREIGN KEY (submission_id, user_id) REFERENCES kyc_submissions (id, user_id),
  CONSTRAINT kyc_screenings_check_known CHECK (check_type = ANY (ARRAY['IDENTITY', 'SANCTIONS'])),
  CONSTRAINT kyc_screenings_outcome_known CHECK (outcome = ANY (ARRAY['CLEAR', 'REVIEW', 'MATCH']))
);

DO $$
DECLARE
  t record;
  kind text;
BEGIN
  FOR t IN SELECT * FROM (VALUES
    ('kyc_document_parts', ARRAY['user', 'definer']),
    ('kyc_submissions',    ARRAY['user', 'admin', 'worker']),
    ('kyc_screenings',     ARRAY['admin', 'worker'])
  ) AS tenant (name, kinds) LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t.name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t.name);
    FOREACH kind IN ARRAY t.kinds LOOP
      IF kind = 'user' THEN
        EXECUTE format('CREATE POLICY %I ON %I FOR ALL TO authenticated_user USING (user_id = (SELECT app_user_id())) WITH CHECK (user_id = (SELECT app_user_id()))', 'user_' || t.name, t.name);
      ELSE
        EXECUTE format('CREATE POLICY %I ON %I FOR ALL TO %I USING (true) WITH CHECK (true)', kind || '_all_' || t.name, t.name, kind || '_role');
      END IF;
    END LOOP;
  END LOOP;
END $$;
-- Whoever writes to an investor does it in their language.
CREATE POLICY worker_all_user_preferences ON user_preferences FOR ALL TO worker_role USING (true) WITH CHECK (true);

-- Who was rejected hands in again: the one change of status that is an investor's own.
CREATE FUNCTION reopen_kyc() RETURNS void LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  UPDATE users SET kyc_status = 'PENDING', updated_at = now() WHERE id = app_user_id() AND kyc_status = 'REJECTED'
$$;

-- What a screening asks providers about, for the worker, who may read no user: opens under the key of this session alone.
CREATE FUNCTION screened_person(p_user_id uuid) RETURNS TABLE (first_name text, last_name text, birth_date text, country_code text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT decrypt_pii(u.first_name_enc), decrypt_pii(u.last_name_enc), decrypt_pii(u.birth_date_enc), u.country_code::text FROM users u WHERE u.id = p_user_id
$$;

-- With a person's erasure goes what waits of their uploads.
CREATE FUNCTION erase_kyc(p_user_id uuid) RETURNS void LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  DELETE FROM kyc_document_parts WHERE user_id = p_user_id
$$;

GRANT SELECT (kyc_documents_enc), UPDATE (kyc_documents) ON users TO authenticated_user;
GRANT SELECT (kyc_documents_enc) ON users TO admin_role;
GRANT SELECT, INSERT, UPDATE (content_enc, created_at), DELETE ON kyc_document_parts TO authenticated_user;
GRANT SELECT, INSERT (id, user_id, document_ids, submitted_at) ON kyc_submissions TO authenticated_user;
GRANT SELECT, UPDATE (decision_id) ON kyc_submissions TO admin_role;
GRANT SELECT ON kyc_submissions TO worker_role;
GRANT SELECT ON kyc_screenings TO admin_role;
GRANT SELECT, INSERT ON kyc_screenings TO worker_role;
GRANT SELECT (user_id, preferred_language) ON user_preferences TO worker_role;
GRANT INSERT ON notifications TO worker_role;

GRANT SELECT (kyc_status, birth_date_enc, country_code), UPDATE (kyc_status) ON users TO definer_role;
GRANT SELECT (user_id), DELETE ON kyc_document_parts TO definer_role;
GRANT EXECUTE ON FUNCTION reopen_kyc() TO authenticated_user;
GRANT EXECUTE ON FUNCTION screened_person(uuid) TO worker_role;
GRANT EXECUTE ON FUNCTION erase_kyc(uuid) TO admin_role;
GRANT CREATE ON SCHEMA public TO definer_role;
ALTER FUNCTION reopen_kyc() OWNER TO definer_role;
ALTER FUNCTION screened_person(uuid) OWNER TO definer_role;
ALTER FUNCTION erase_kyc(uuid) OWNER TO definer_role;
REVOKE CREATE ON SCHEMA public FROM definer_role;
