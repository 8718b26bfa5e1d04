-- Archives of everything the platform holds about a person, made for them or by an operator. The bytes rest as a blob of the same id, under the
-- person's own data key; what expired is removed with its blob by the workers.
CREATE TABLE person_exports (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL,
  bytes bigint NOT NULL,
  -- Of the archive, in hexadecimal.
  sha256 text NOT NULL,
  files integer NOT NULL,
  -- Rows of all tables in it.
  row_count bigint NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  CONSTRAINT person_exports_user_id_foreign FOREIGN KEY (user_id) REFERENCES users (id),
  CONSTRAINT person_exports_expires_later CHECK (expires_at > created_at)
);
CREATE INDEX idx_person_exports_user_date ON person_exports (user_id, created_at);
CREATE INDEX idx_person_exports_expires ON person_exports (expires_at);

ALTER TABLE person_exports ENABLE ROW LEVEL SECURITY;
ALTER TABLE person_exports FORCE ROW LEVEL SECURITY;
CREATE POLICY user_person_exports ON person_exports FOR ALL TO authenticated_user USING (user_id = (SELECT app_user_id())) WITH CHECK (user_id = (SELECT app_user_id()));
CREATE POLICY admin_all_person_exports ON person_exports FOR ALL TO admin_role USING (true) WITH CHECK (true);
CREATE POLICY worker_all_person_exports ON person_exports FOR ALL TO worker_role USING (true) WITH CHECK (true);

-- Written once. It goes with its blob, when it has expired.
GRANT SELECT, INSERT ON person_exports TO authenticated_user, admin_role;
GRANT SELECT, DELETE ON person_exports TO worker_role;
