import type { Expectation } from './right.fixture.ts';
import { all, columns, own } from './right.fixture.ts';

/**
 * Who may do what with an investor's data, kept by hand: what is not written here is forbidden. The matrix runs every statement and compares;
 * nothing here is read from the grants. A new table, view or column is added here on purpose, or `npm test` fails.
 *
 * `own` reaches the rows of `app.user_id` alone, `all` the rows of everybody. Logins (trii_api, trii_operator, trii_worker) may nothing before
 * they become a role, and anonymous_role may nothing at all, so neither has a line.
 */
export const expectation: Expectation = {
  users: {
    owner: 'id',
    columns: columns(`id email password_hash first_name last_name phone birth_date kyc_documents kyc_status risk_profile
      investment_experience_years income_range_min income_range_max country_code timezone is_active email_verified created_at updated_at
      last_login_at phone_enc birth_date_enc kyc_documents_enc income_range_enc phone_bidx operator_scopes
      first_name_enc last_name_enc suspended_at`),
    rights: {
      // No password hash, no inbox of personal data (names of an older database stand in theirs). Ciphertext opens under a key alone.
      authenticated_user: own({
        select: `id email first_name last_name kyc_status risk_profile investment_experience_years country_code timezone is_active
          email_verified created_at updated_at last_login_at operator_scopes first_name_enc last_name_enc phone_enc phone_bidx birth_date_enc
          income_range_enc kyc_documents_enc suspended_at`,
        update: `first_name last_name country_code timezone last_login_at updated_at phone birth_date income_range_min income_range_max phone_enc
          phone_bidx birth_date_enc income_range_enc kyc_documents risk_profile`,
      }),
      admin_role: all({
        select: `id email first_name last_name kyc_status risk_profile investment_experience_years country_code timezone is_active
          email_verified created_at updated_at last_login_at operator_scopes first_name_enc last_name_enc phone_enc phone_bidx birth_date_enc
          income_range_enc kyc_documents_enc suspended_at`,
        update: 'kyc_status is_active suspended_at updated_at',
      }),
      // Sign-in, registration, a key for who has none, erasing.
      definer_role: all({
        select: `id email password_hash is_active email_verified operator_scopes first_name last_name first_name_enc last_name_enc phone_enc kyc_status birth_date_enc
          country_code kyc_documents_enc`,
        insert: 'id email password_hash first_name last_name country_code timezone',
        update: `first_name last_name first_name_enc last_name_enc phone_enc phone_bidx birth_date_enc kyc_documents_enc income_range_enc email
          password_hash is_active email_verified operator_scopes country_code timezone updated_at kyc_status`,
      }),
    },
  },
  // Wrapped under a master key that is not in the database: who reads one has noise.
  person_keys: {
    columns: columns('user_id key_id wrapped_key master_key_id created_at rewrapped_at destroyed_at'),
    rights: {
      authenticated_user: own({ select: '*' }),
      admin_role: all({ select: '*' }),
      // A rotation.
      worker_role: all({ select: '*', update: 'wrapped_key master_key_id rewrapped_at' }),
      definer_role: all({ select: '*', insert: '*', update: 'wrapped_key destroyed_at' }),
    },
  },
  mails: {
    columns: columns('id user_id kind token_hash created_at expires_at sent_at used_at address'),
    // Written by functions alone: who asks for a mail must not learn whether there is one.
    rights: {
      authenticated_user: own({ select: 'id user_id kind created_at expires_at sent_at used_at address' }),
      definer_role: all({ select: '*', insert: '*', update: 'sent_at used_at address', delete: true }),
    },
  },
  // Written once; gone with its blob when it has expired.
  person_exports: {
    columns: columns('id user_id bytes sha256 files row_count created_at expires_at'),
    rights: {
      authenticated_user: own({ select: '*', insert: '*' }),
      admin_role: all({ select: '*', insert: '*' }),
      worker_role: all({ select: '*', delete: true }),
    },
  },
  user_sessions: {
    columns: columns(
      'id user_id session_token device_info ip_address created_at expires_at is_active permissions last_activity_at idle_seconds',
    ),
    rights: {
      // A session is begun by begin_session alone, which says what it permits.
      authenticated_user: own({ select: '*', update: 'is_active' }),
      // The token's hash opens nothing: who ends a person's sessions tells the cache by it.
      admin_role: all({ select: '*', update: 'is_active' }),
      definer_role: all({ select: '*', insert: '*', update: 'is_active device_info ip_address last_activity_at', delete: true }),
    },
  },
  // Made, read and revoked by their owner; what a key permits is held by a CHECK.
  api_keys: {
    columns: columns('id user_id name prefix key_hash permissions created_at expires_at last_used_at revoked_at'),
    rights: {
      authenticated_user: own({
        select: '*',
        insert: 'id user_id name prefix key_hash permissions created_at expires_at',
        update: 'revoked_at',
      }),
      definer_role: all({ select: '*', update: 'name last_used_at revoked_at' }),
    },
  },
  // The secret is ciphertext under its owner's data key.
  totp_factors: {
    columns: columns('user_id secret_enc created_at confirmed_at last_used_step failed_attempts last_failed_at'),
    rights: {
      authenticated_user: own({
        select: '*',
        insert: 'user_id secret_enc created_at',
        update: 'confirmed_at last_used_step failed_attempts last_failed_at',
        delete: true,
      }),
      definer_role: all({ select: '*', delete: true }),
    },
  },
  recovery_codes: {
    columns: columns('id user_id code_hash created_at used_at'),
    rights: {
      authenticated_user: own({ select: '*', insert: 'id user_id code_hash created_at', update: 'used_at', delete: true }),
      definer_role: all({ select: '*', delete: true }),
    },
  },
  user_preferences: {
    columns: columns(
      'user_id notification_settings ui_preferences trading_preferences preferred_language preferred_currency risk_tolerance updated_at',
    ),
    // Who writes to an investor does it in their language.
    rights: {
      authenticated_user: own({ select: '*', insert: '*', update: '*' }),
      worker_role: all({ select: 'user_id preferred_language' }),
    },
  },
  // A decision stays; its reason opens under the investor's key alone.
  kyc_decisions: {
    columns: columns('id user_id previous_status status reason_enc decided_by decided_at'),
    rights: { authenticated_user: own({ select: '*' }), admin_role: all({ select: '*', insert: '*' }) },
  },
  // Parts of an upload, until a document is made of them.
  kyc_document_parts: {
    columns: columns('user_id document_id part content_enc created_at'),
    rights: {
      authenticated_user: own({ select: '*', insert: '*', update: 'content_enc created_at', delete: true }),
      definer_role: all({ select: 'user_id', delete: true }),
    },
  },
  kyc_submissions: {
    columns: columns('id user_id document_ids submitted_at decision_id'),
    rights: {
      authenticated_user: own({ select: '*', insert: 'id user_id document_ids submitted_at' }),
      admin_role: all({ select: '*', update: 'decision_id' }),
      worker_role: all({ select: '*' }),
    },
  },
  // Not for the eyes of whom it is about.
  kyc_screenings: {
    columns: columns('id user_id submission_id check_type provider outcome findings screened_at'),
    rights: { admin_role: all({ select: '*' }), worker_role: all({ select: '*', insert: '*' }) },
  },
  // Written once; who is erased leaves neither answers nor where they consented from.
  risk_assessments: {
    columns: columns('id user_id questionnaire_version answers score risk_profile assessed_at'),
    rights: {
      authenticated_user: own({ select: '*', insert: '*' }),
      admin_role: all({ select: '*' }),
      definer_role: all({ select: 'user_id', delete: true }),
    },
  },
  consents: {
    columns: columns('id user_id document version is_accepted ip_address user_agent given_at'),
    rights: {
      authenticated_user: own({ select: '*', insert: '*' }),
      admin_role: all({ select: '*' }),
      definer_role: all({ select: 'user_id', update: 'ip_address user_agent' }),
    },
  },
  portfolios: {
    columns: columns(`id user_id name description total_value cash_balance invested_amount unrealized_pnl realized_pnl allocation_target
      allocation_current auto_rebalance_enabled rebalance_threshold status created_at updated_at base_currency opened_on reserved_cash
      last_entry_date snapshots_dirty_from snapshots_through dividend_choice accrued_through`),
    rights: {
      // No say in money or status: those follow from the ledger and from operations.
      authenticated_user: own({
        select: '*',
        insert: 'id user_id name description base_currency opened_on allocation_target auto_rebalance_enabled rebalance_threshold',
        update: 'name description status allocation_target auto_rebalance_enabled rebalance_threshold updated_at dividend_choice',
      }),
      admin_role: all({ select: '*' }),
      worker_role: all({
        select: '*',
        update:
          'total_value unrealized_pnl allocation_target allocation_current snapshots_dirty_from snapshots_through accrued_through updated_at',
      }),
      // The ledger's trigger; status for who erases a person.
      definer_role: all({
        select: '*',
        update: 'cash_balance reserved_cash invested_amount realized_pnl last_entry_date snapshots_dirty_from updated_at status',
      }),
    },
  },
  positions: {
    columns: columns(`id user_id portfolio_id instrument_id quantity avg_cost current_price current_value unrealized_pnl
      allocation_percentage opened_at last_updated cost_basis reserved_quantity`),
    rights: {
      authenticated_user: own({ select: '*' }),
      admin_role: all({ select: '*' }),
      worker_role: all({ select: '*', update: 'current_price current_value unrealized_pnl allocation_percentage last_updated' }),
      definer_role: all({
        select: '*',
        insert: 'id user_id portfolio_id instrument_id',
        update: 'quantity reserved_quantity cost_basis avg_cost opened_at last_updated',
      }),
    },
  },
  // Money: the ledger's trigger alone writes it.
  cash_balances: {
    columns: columns('portfolio_id currency_code user_id balance reserved updated_at'),
    rights: {
      authenticated_user: own({ select: '*' }),
      admin_role: all({ select: '*' }),
      worker_role: all({ select: '*' }),
      definer_role: all({ select: '*', insert: 'portfolio_id currency_code user_id', update: 'balance reserved updated_at' }),
    },
  },
  // Beside the ledger, and like it.
  exchanges: {
    columns:
      columns(`transaction_id user_id portfolio_id from_currency from_amount to_currency to_amount rate rate_as_of rate_path rate_legs spread_bps
      spread_amount remainder effective_date created_at`),
    rights: {
      authenticated_user: own({ select: '*', insert: '*' }),
      admin_role: all({ select: '*' }),
      worker_role: all({ select: '*' }),
    },
  },
  // The ledger: written once, never changed, never removed.
  postings: {
    columns: columns(`id transaction_id line user_id portfolio_id account currency_code instrument_id amount cost_basis realized_pnl kind
      effective_date trade_id reverses_transaction_id memo created_at`),
    rights: {
      authenticated_user: own({ select: '*', insert: '*' }),
      admin_role: all({ select: '*' }),
      // What no investor calls for: expired holds, payments that settle, corporate actions.
      worker_role: all({ select: '*', insert: '*' }),
    },
  },
  // What corporate actions did: a trade applies those of its instrument in the investor's own session.
  portfolio_actions: {
    columns: columns('portfolio_id action_id user_id status quantity transaction_id reason created_at updated_at'),
    rights: {
      authenticated_user: own({ select: '*', insert: '*', update: 'status quantity transaction_id reason updated_at' }),
      admin_role: all({ select: '*' }),
      worker_role: all({ select: '*', insert: '*', update: 'status quantity transaction_id reason updated_at' }),
    },
  },
  holds: {
    columns: columns(
      'id user_id portfolio_id currency_code instrument_id amount consumed_amount status reason expires_at created_at updated_at holder',
    ),
    rights: {
      authenticated_user: own({ select: '*', insert: '*', update: 'status amount consumed_amount expires_at updated_at' }),
      admin_role: all({ select: '*' }),
      // What expired is given back.
      worker_role: all({ select: '*', update: 'status consumed_amount updated_at' }),
    },
  },
  // A number is ciphertext under its owner's key; nobody else sees even that.
  bank_accounts: {
    columns: columns('id user_id currency_code label number_enc number_bidx last_four bank_token created_at removed_at'),
    rights: {
      authenticated_user: own({ select: '*', insert: '*', update: 'removed_at' }),
      admin_role: all({ select: 'id user_id currency_code label last_four created_at removed_at' }),
      worker_role: all({ select: 'id user_id currency_code label last_four bank_token created_at removed_at' }),
      // Erasing.
      definer_role: all({ select: 'user_id removed_at', update: 'label number_enc number_bidx last_four bank_token removed_at' }),
    },
  },
  deposit_plans: {
    columns: columns(`id user_id portfolio_id bank_account_id amount currency_code every starts_on ends_on next_on status problem created_at
      updated_at`),
    rights: {
      authenticated_user: own({ select: '*', insert: '*', update: 'status next_on updated_at' }),
      admin_role: all({ select: '*' }),
      // A run.
      worker_role: all({ select: '*', update: 'status next_on problem updated_at' }),
    },
  },
  cash_accruals: {
    columns: columns('portfolio_id kind currency_code posted_through user_id accrued posted carry unpaid transaction_id created_at'),
    rights: {
      authenticated_user: own({ select: '*' }),
      admin_role: all({ select: '*' }),
      // A month is closed once and for good.
      worker_role: all({ select: '*', insert: '*' }),
    },
  },
  payments: {
    columns: columns(`id user_id portfolio_id bank_account_id direction status amount currency_code reference memo hold_id transaction_id
      return_transaction_id failure created_at updated_at settled_at`),
    rights: {
      // Cancelled, by a trigger to nothing else.
      authenticated_user: own({ select: '*', insert: '*', update: 'status updated_at' }),
      admin_role: all({ select: '*' }),
      // What the bank says of them.
      worker_role: all({
        select: '*',
        insert: '*',
        update: 'status amount transaction_id return_transaction_id failure settled_at updated_at',
      }),
    },
  },
  trades: {
    columns:
      columns(`id user_id portfolio_id instrument_id order_id trade_type order_type quantity price total_amount fees commission status
      execution_venue order_placed_at executed_at cancel_reason order_state client_order_id limit_price stop_price filled_quantity updated_at base_rate
      base_rate_as_of`),
    rights: {
      authenticated_user: own({
        select: '*',
        insert: '*',
        update:
          'status order_state price total_amount fees commission filled_quantity execution_venue executed_at cancel_reason updated_at',
      }),
      admin_role: all({ select: '*' }),
      worker_role: all({ select: '*' }),
    },
  },
  fills: {
    columns: columns('id user_id portfolio_id trade_id quantity price fees filled_at venue_fill_id created_at'),
    rights: {
      authenticated_user: own({ select: '*', insert: '*' }),
      admin_role: all({ select: '*' }),
      worker_role: all({ select: '*' }),
    },
  },
  portfolio_snapshots: {
    columns: columns(`id user_id portfolio_id snapshot_date total_value cash_balance invested_amount daily_return total_return volatility
      sharpe_ratio max_drawdown allocation_breakdown performance_attribution created_at inflow outflow is_stale rates accrued_dividends`),
    rights: {
      authenticated_user: own({ select: '*' }),
      admin_role: all({ select: '*' }),
      // DELETE: the snapshot of a session that a recomputation no longer has.
      worker_role: all({ select: '*', insert: '*', update: '*', delete: true }),
    },
  },
  rebalance_events: {
    columns: columns(`id user_id portfolio_id trigger_type old_allocation new_allocation trades_executed total_cost completed_successfully
      started_at completed_at`),
    rights: {
      authenticated_user: own({ select: '*' }),
      admin_role: all({ select: '*' }),
      worker_role: all({ select: '*' }),
    },
  },
  compliance_checks: {
    columns: columns('id user_id portfolio_id check_type status check_details violation_reason checked_at'),
    rights: {
      authenticated_user: own({ select: '*' }),
      admin_role: all({ select: '*' }),
      worker_role: all({ select: '*' }),
    },
  },
  notifications: {
    columns: columns('id user_id type title message metadata priority is_read created_at read_at'),
    rights: {
      authenticated_user: own({ select: '*', update: 'is_read read_at' }),
      admin_role: all({ select: '*' }),
      worker_role: all({ select: '*', insert: '*' }),
    },
  },
  // Append-only.
  audit_logs: {
    columns: columns(`id user_id entity_type entity_id action old_values new_values ip_address user_agent created_at actor use_case outcome
      request_id`),
    rights: {
      authenticated_user: own({ select: '*', insert: '*' }),
      admin_role: all({ select: '*', insert: '*' }),
      worker_role: all({ insert: '*' }),
      definer_role: all({ select: '*', insert: '*' }),
    },
  },
  // Append-only.
  audit_blocks: {
    columns:
      columns(`chain block_number user_id format previous_hash row_count row_ids row_times row_digests first_row_at last_row_at closed_at
      block_hash signature signing_key_id`),
    rights: {
      authenticated_user: own({ select: '*' }),
      admin_role: all({ select: '*' }),
      worker_role: all({
        select: '*',
        insert: `chain block_number format previous_hash row_count row_ids row_times row_digests first_row_at last_row_at closed_at block_hash
          signature signing_key_id`,
      }),
    },
  },
  outbox: {
    columns: columns('id created_at sequence aggregate_type aggregate_id name payload user_id'),
    rights: {
      authenticated_user: own({ insert: '*' }),
      admin_role: all({ select: '*', insert: '*' }),
      worker_role: all({ select: '*', insert: '*' }),
      definer_role: all({ insert: '*' }),
    },
  },
  deliveries: {
    columns: columns('event_id job_name event_created_at user_id status attempts created_at relayed_at done_at last_error'),
    rights: {
      authenticated_user: own({ insert: '*' }),
      admin_role: all({ select: '*', insert: '*', update: 'status attempts relayed_at last_error' }),
      worker_role: all({ select: '*', insert: '*', update: '*', delete: true }),
      definer_role: all({ insert: '*' }),
    },
  },
  idempotency: {
    columns: columns('actor use_case key created_at user_id input_hash outcome answer expires_at'),
    rights: {
      authenticated_user: own({ select: '*', insert: '*' }),
      admin_role: all({ select: '*', insert: '*' }),
      worker_role: all({ select: '*', insert: '*', update: '*' }),
    },
  },
  v_portfolio_summary: {
    columns: columns(`id name user_id total_value cash_balance invested_amount unrealized_pnl position_count avg_allocation
      last_position_update positions`),
    rights: { authenticated_user: own({ select: '*' }), admin_role: all({ select: '*' }) },
  },
};

/** Refuse every change to their owner too, by trigger. */
export const appendOnly: readonly string[] = ['audit_logs', 'audit_blocks'];

/** Relations that name an investor or a portfolio and yet hold nobody's data, with the reason. */
export const exceptions: Readonly<Record<string, string>> = {};
