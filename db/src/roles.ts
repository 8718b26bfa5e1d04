/** What the platform logs in as. Every one is NOINHERIT: it holds nothing until it becomes one of its group roles for a transaction. */
export const LOGINS = ['trii_owner', 'trii_api', 'trii_operator', 'trii_worker'] as const;
export type Login = (typeof LOGINS)[number];

/**
 * Group roles without login. definer_role owns the SECURITY DEFINER functions and serves nobody; it alone inherits, namely the right to see
 * the server's statistics.
 */
export const GROUP_ROLES = ['anonymous_role', 'authenticated_user', 'admin_role', 'worker_role', 'definer_role'] as const;
export type GroupRole = (typeof GROUP_ROLES)[number];

interface LoginProfile {
  readonly memberOf: readonly GroupRole[];
  readonly connectionLimit: number;
  /** Times in the notation of PostgreSQL; '0' is unlimited. */
  readonly settings: Readonly<Record<'statement_timeout' | 'lock_timeout' | 'idle_in_transaction_session_timeout', string>>;
}

export const LOGIN_PROFILES: Readonly<Record<Login, LoginProfile>> = {
  // Migrations build indexes for as long as it takes, but never queue for a lock: traffic would queue behind them.
  trii_owner: {
    memberOf: ['definer_role'],
    connectionLimit: 20,
    settings: { statement_timeout: '0', lock_timeout: '10s', idle_in_transaction_session_timeout: '60s' },
  },
  trii_api: {
    memberOf: ['anonymous_role', 'authenticated_user'],
    connectionLimit: 60,
    settings: { statement_timeout: '10s', lock_timeout: '5s', idle_in_transaction_session_timeout: '15s' },
  },
  trii_operator: {
    memberOf: ['admin_role'],
    connectionLimit: 15,
    settings: { statement_timeout: '30s', lock_timeout: '5s', idle_in_transaction_session_timeout: '15s' },
  },
  // One COPY of an import is one statement.
  trii_worker: {
    memberOf: ['worker_role'],
    connectionLimit: 40,
    settings: { statement_timeout: '15min', lock_timeout: '30s', idle_in_transaction_session_timeout: '60s' },
  },
};
