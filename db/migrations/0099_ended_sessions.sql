-- What has ended stays ended: the roles that serve people may end a session, and none of them may bring one back, whatever a statement of theirs says.
CREATE POLICY ended_user_sessions ON user_sessions AS RESTRICTIVE FOR UPDATE TO authenticated_user, admin_role USING (is_active) WITH CHECK (true);
