-- Since when an investor may not trade: said by an operator, with a reason that stands in the audit.
ALTER TABLE users ADD COLUMN suspended_at timestamptz;
GRANT SELECT (suspended_at) ON users TO authenticated_user, admin_role;
GRANT UPDATE (suspended_at) ON users TO admin_role;
