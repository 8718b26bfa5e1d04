const ENCRYPTERS = ['admin_role', 'authenticated_user', 'definer_role', 'worker_role'];

/**
 * Functions that touch an investor's data or run with more rights than their caller: who may call each, and what it lets out by design. A new
 * one is added here, with a test of what it says to others (functions-of-others.db.test.ts).
 */
export const functions: Readonly<Record<string, FunctionExpectation>> = {
  sign_in_lookup: {
    definer: true,
    callers: ['anonymous_role'],
    letsOut: 'id, password hash, state and scopes of the one account with exactly that e-mail address: what a sign-in compares',
  },
  begin_session: {
    definer: true,
    callers: ['authenticated_user'],
    letsOut: 'what the new session of the caller permits, computed from their account',
  },
  replace_password_hash: {
    definer: true,
    callers: ['authenticated_user'],
    letsOut: "whether a text is the hash of the caller's own password, which nobody but the operation that compared it knows",
  },
  open_account: {
    definer: true,
    callers: ['anonymous_role'],
    letsOut: 'whether an address is free; the operation that calls it answers alike',
  },
  queue_mail: {
    definer: true,
    callers: ['anonymous_role', 'authenticated_user'],
    letsOut: 'nothing: not even whether anybody has that address',
  },
  mail_to_send: { definer: true, callers: ['worker_role'], letsOut: 'whom a mail that waits goes to, and what for' },
  mark_mail_sent: { definer: true, callers: ['worker_role'], letsOut: 'whether a mail still waited' },
  put_mail: { definer: true, callers: [], letsOut: 'nothing: it only adds a mail, for the functions that ask for one' },
  request_email_change: {
    definer: true,
    callers: ['authenticated_user'],
    letsOut: 'whether the caller asked too often; nothing of who has the new address',
  },
  confirm_email_change: {
    definer: true,
    callers: ['authenticated_user'],
    letsOut: "whether a live token of the caller's own moved their account",
  },
  forget_mails: { definer: true, callers: [], letsOut: 'nothing: a trigger that removes the addresses in mails of who is erased' },
  reset_token_key: {
    definer: true,
    callers: ['anonymous_role'],
    letsOut: 'the data key of whom a live token was mailed to, as it is wrapped, to who has its hash: noise without the master key',
  },
  reset_token_words: {
    definer: true,
    callers: ['anonymous_role'],
    letsOut: 'address and names of whom a live token was mailed to, to who has its hash, in a session that holds their key',
  },
  retire_mails: { definer: true, callers: ['worker_role'], letsOut: 'how many mails were old enough to go' },
  retire_sessions: { definer: true, callers: ['worker_role'], letsOut: 'how many ended sessions were old enough to go' },
  document_blobs: {
    definer: true,
    callers: ['worker_role'],
    letsOut: 'ids of the documents of one person, to a session that holds their key',
  },
  verify_email: { definer: true, callers: ['anonymous_role'], letsOut: 'whose address a live token proves, to who has its hash' },
  reset_password: {
    definer: true,
    callers: ['anonymous_role'],
    letsOut: 'whose password a live token set, and the hashes of the sessions and keys that ended, to who has its hash',
  },
  set_operator_scopes: {
    definer: true,
    callers: ['admin_role'],
    letsOut: 'what that account was granted before, and whether it is one',
  },
  assert_session: {
    definer: true,
    callers: ['admin_role', 'authenticated_user'],
    letsOut: 'whether a session with exactly that id has ended',
  },
  resume_session: {
    definer: true,
    callers: ['anonymous_role'],
    letsOut: 'session, user and permissions to who has the hash of a live token; nothing of an ended, expired or closed one',
  },
  use_api_key: {
    definer: true,
    callers: ['anonymous_role'],
    letsOut: 'key, user and permissions to who has the hash of a key that counts; nothing of a revoked, expired or closed one',
  },
  forget_credentials: { definer: true, callers: [], letsOut: 'nothing: a trigger that revokes the keys of who is erased' },
  second_factor_key: {
    definer: true,
    callers: ['anonymous_role'],
    letsOut: 'that an account asks for a second factor, and its data key as it is wrapped: noise without the master key',
  },
  has_second_factor: { definer: true, callers: ['admin_role', 'authenticated_user'], letsOut: 'whether the caller has a second factor' },
  reset_second_factor: { definer: true, callers: ['admin_role'], letsOut: 'whether that person had a second factor' },
  forget_second_factor: { definer: true, callers: [], letsOut: 'nothing: a trigger that takes the second factor off who is erased' },
  register_user: {
    definer: true,
    callers: ['anonymous_role'],
    letsOut: 'that an e-mail address or an id is taken',
  },
  people_without_key: {
    definer: true,
    callers: ['trii_owner', 'worker_role'],
    letsOut: 'ids of people who have no key yet or plain names; no name',
  },
  give_person_key: {
    definer: true,
    callers: ['worker_role'],
    letsOut: 'whether that person had no key; their names are encrypted inside and not shown',
  },
  reindex_person: { definer: true, callers: ['worker_role'], letsOut: 'whether that person has a phone number; fails without their key' },
  seal_personal_names: { definer: true, callers: ['worker_role'], letsOut: 'whether plain names are refused by now' },
  erase_person: {
    definer: true,
    callers: ['admin_role'],
    letsOut: 'whether that person is unknown, holds anything, was erased before or is erased now',
  },
  reopen_kyc: {
    definer: true,
    callers: ['authenticated_user'],
    letsOut: 'nothing: who was rejected is pending again, and it is the caller',
  },
  screened_person: {
    definer: true,
    callers: ['worker_role'],
    letsOut: 'name, birth date and country of one person, to a session that holds their key; it fails without',
  },
  erase_kyc: {
    definer: true,
    callers: ['admin_role'],
    letsOut: 'nothing: it removes parts of uploads, answers, and where consents came from',
  },
  encrypt_pii: { definer: false, callers: ENCRYPTERS, letsOut: 'ciphertext under the key of the session, if it has one' },
  decrypt_pii: {
    definer: false,
    callers: ENCRYPTERS,
    letsOut: 'what its caller may read, if the session has the key it was encrypted under',
  },
  blind_index: { definer: false, callers: ENCRYPTERS, letsOut: 'a keyed hash, if the session has the key of the index' },
  encrypt_sensitive_data: {
    definer: false,
    callers: ['admin_role', 'authenticated_user', 'definer_role'],
    letsOut: 'nothing: a trigger that moves what was just written',
  },
  append_audit: {
    definer: true,
    callers: ['anonymous_role'],
    letsOut: 'nothing: it only adds a row, in whatever name its caller gives, so that a refused sign-in is told to the account it was for',
  },
  apply_postings: {
    definer: true,
    callers: [],
    letsOut: "nothing: a trigger over the rows just written, which the caller's policy and the composite foreign key have passed",
  },
  keep_flat: { definer: false, callers: [], letsOut: 'nothing: a trigger that refuses to close a portfolio in which its owner left cash' },
  forget_bank_accounts: {
    definer: true,
    callers: [],
    letsOut: 'nothing: a trigger that erases what names the accounts of a person whose key was destroyed',
  },
  note_pending_audit: { definer: true, callers: [], letsOut: 'nothing: a trigger that notes the key of the row just written' },
  take_pending_audit: {
    definer: true,
    callers: ['worker_role'],
    letsOut: 'owner, key and digest of audit rows that wait; nothing of what they say',
  },
  audit_due: { definer: true, callers: ['worker_role'], letsOut: 'whether audit rows wait' },
  retire_platform_months: { definer: true, callers: ['worker_role'], letsOut: 'which months it took out' },
  drop_expired_series: { definer: true, callers: ['worker_role'], letsOut: 'what it dropped of series that are public' },
  prepare_series_days: { definer: true, callers: ['worker_role'], letsOut: 'how many partitions it made' },
  maintain_partitions: { definer: true, callers: ['worker_role'], letsOut: 'how many partitions it made' },
  calculate_portfolio_performance: {
    definer: false,
    callers: ['admin_role', 'authenticated_user', 'worker_role'],
    letsOut: "figures of the snapshots that the caller's own policy shows",
  },
  open_connections: {
    definer: true,
    callers: ['admin_role'],
    letsOut: 'logins, addresses and states of the connections to this database; no statement',
  },
  slow_queries: {
    definer: true,
    callers: ['admin_role'],
    letsOut: 'statements of this database with their times, constants replaced by parameters',
  },
  monitoring_rights: { definer: true, callers: ['admin_role'], letsOut: 'how much of its statistics the server shows the platform' },
  partitioned_tables: { definer: false, callers: [], letsOut: 'names of tables; the owner alone calls it, as the following' },
  create_daily_partition: { definer: false, callers: [], letsOut: 'how many partitions it made' },
  create_monthly_partition: { definer: false, callers: [], letsOut: 'how many partitions it made' },
  create_yearly_partition: { definer: false, callers: [], letsOut: 'how many partitions it made' },
};

export interface FunctionExpectation {
  readonly definer: boolean;
  /** Besides its owner. */
  readonly callers: readonly string[];
  readonly letsOut: string;
}
