/** What a person is given of one table. */
export interface ExportedTable {
  /** Columns that go out as they are. */
  readonly columns: readonly string[];
  /** Ciphertext under the person's key: the column, and the name that what it says goes out under. */
  readonly opened?: Readonly<Record<string, string>>;
  /** Columns that go out otherwise than they lie: the column, and the SQL of its value over the row `t`. */
  readonly shown?: Readonly<Record<string, string>>;
  /** Columns that stay here, and why. */
  readonly withheld?: Readonly<Record<string, string>>;
  readonly orderBy: string;
  /** Rows held in memory at once, where one is large. */
  readonly rowsPerFetch?: number;
}

const names = (text: string): readonly string[] => text.split(/\s+/).filter((name) => name !== '');

const SECRET = 'lets in or is compared with what lets in: shown to nobody';
const INDEX = 'a keyed hash for searching; what it is of goes out itself';
const INBOX = 'empty by construction: what is written here rests in the column of its ciphertext';
const SOMEBODY_ELSE = 'names somebody else';

/** Who acted: the person, the platform, or an operator, whose name, address and device are theirs. */
const BY_ANOTHER = `t.actor LIKE 'user:%' AND t.actor NOT LIKE 'user:' || t.user_id || '%'`;
const unlessAnothers = (column: string): string => `CASE WHEN ${BY_ANOTHER} THEN NULL ELSE t.${column} END`;
const withPersonalOpened = (column: string): string =>
  `CASE WHEN t.${column} ? 'personal' THEN jsonb_set(t.${column}, '{personal}', decrypt_pii(decode(t.${column} ->> 'personal', 'base64'))::jsonb) ELSE t.${column} END`;

/**
 * Everything the platform holds about a person, table by table and column by column, kept by hand: a tenant table or a column that is neither here
 * nor in `leftOut` fails `npm test`. The names of higher areas' tables stand here as data, so that what a person is given is read in one place.
 */
export const exportedTables: Readonly<Record<string, ExportedTable>> = {
  users: {
    columns: names(`id email kyc_status risk_profile investment_experience_years country_code timezone is_active email_verified created_at
      updated_at last_login_at operator_scopes suspended_at`),
    opened: {
      first_name_enc: 'first_name',
      last_name_enc: 'last_name',
      phone_enc: 'phone',
      birth_date_enc: 'birth_date',
      income_range_enc: 'income_range',
    },
    withheld: {
      password_hash: SECRET,
      phone_bidx: INDEX,
      kyc_documents_enc: 'goes out as the documents themselves',
      first_name: INBOX,
      last_name: INBOX,
      phone: INBOX,
      birth_date: INBOX,
      kyc_documents: INBOX,
      income_range_min: INBOX,
      income_range_max: INBOX,
    },
    orderBy: 'id',
  },
  person_keys: {
    columns: names('user_id key_id created_at rewrapped_at destroyed_at'),
    withheld: { wrapped_key: SECRET, master_key_id: 'names a key of the platform' },
    orderBy: 'user_id',
  },
  mails: {
    columns: names('id user_id kind address created_at expires_at sent_at used_at'),
    withheld: { token_hash: SECRET },
    orderBy: 'created_at, id',
  },
  user_sessions: {
    columns: names('id user_id device_info ip_address created_at expires_at is_active permissions last_activity_at idle_seconds'),
    withheld: { session_token: SECRET },
    orderBy: 'created_at, id',
  },
  api_keys: {
    columns: names('id user_id name prefix permissions created_at expires_at last_used_at revoked_at'),
    withheld: { key_hash: SECRET },
    orderBy: 'created_at, id',
  },
  totp_factors: {
    columns: names('user_id created_at confirmed_at last_used_step failed_attempts last_failed_at'),
    withheld: { secret_enc: SECRET },
    orderBy: 'user_id',
  },
  recovery_codes: { columns: names('id user_id created_at used_at'), withheld: { code_hash: SECRET }, orderBy: 'created_at, id' },
  user_preferences: {
    columns: names(`user_id notification_settings ui_preferences trading_preferences preferred_language preferred_currency risk_tolerance
      updated_at`),
    orderBy: 'user_id',
  },
  person_exports: { columns: names('id user_id bytes sha256 files row_count created_at expires_at'), orderBy: 'created_at, id' },
  kyc_decisions: {
    columns: names('id user_id previous_status status decided_at'),
    opened: { reason_enc: 'reason' },
    withheld: { decided_by: SOMEBODY_ELSE },
    orderBy: 'decided_at, id',
  },
  kyc_submissions: { columns: names('id user_id document_ids submitted_at decision_id'), orderBy: 'submitted_at, id' },
  kyc_document_parts: {
    columns: names('user_id document_id part created_at'),
    opened: { content_enc: 'content_base64' },
    orderBy: 'document_id, part',
    rowsPerFetch: 8,
  },
  risk_assessments: {
    columns: names('id user_id questionnaire_version answers score risk_profile assessed_at'),
    orderBy: 'assessed_at, id',
  },
  consents: { columns: names('id user_id document version is_accepted ip_address user_agent given_at'), orderBy: 'given_at, id' },
  portfolios: {
    columns: names(`id user_id name description total_value cash_balance invested_amount unrealized_pnl realized_pnl allocation_target
      allocation_current auto_rebalance_enabled rebalance_threshold status created_at updated_at base_currency opened_on reserved_cash
      last_entry_date snapshots_dirty_from snapshots_through dividend_choice accrued_through`),
    orderBy: 'created_at, id',
  },
  positions: {
    columns: names(`id user_id portfolio_id instrument_id quantity avg_cost current_price current_value unrealized_pnl
      allocation_percentage opened_at last_updated cost_basis reserved_quantity`),
    orderBy: 'portfolio_id, id',
  },
  cash_balances: {
    columns: names('portfolio_id currency_code user_id balance reserved updated_at'),
    orderBy: 'portfolio_id, currency_code',
  },
  cash_accruals: {
    columns: names('portfolio_id kind currency_code posted_through user_id accrued posted carry unpaid transaction_id created_at'),
    orderBy: 'portfolio_id, posted_through, kind, currency_code',
  },
  postings: {
    columns: names(`id transaction_id line user_id portfolio_id account currency_code instrument_id amount cost_basis realized_pnl kind
      effective_date trade_id reverses_transaction_id memo created_at`),
    orderBy: 'effective_date, transaction_id, line',
  },
  exchanges: {
    columns: names(`transaction_id user_id portfolio_id from_currency from_amount to_currency to_amount rate rate_as_of rate_path rate_legs
      spread_bps spread_amount remainder effective_date created_at`),
    orderBy: 'created_at, transaction_id',
  },
  portfolio_actions: {
    columns: names('portfolio_id action_id user_id status quantity transaction_id reason created_at updated_at'),
    orderBy: 'created_at, portfolio_id, action_id',
  },
  holds: {
    columns: names(`id user_id portfolio_id currency_code instrument_id amount consumed_amount status reason expires_at created_at
      updated_at holder`),
    orderBy: 'created_at, id',
  },
  bank_accounts: {
    columns: names('id user_id currency_code label last_four created_at removed_at'),
    opened: { number_enc: 'number' },
    withheld: { number_bidx: INDEX, bank_token: 'what the bank knows the platform’s orders by' },
    orderBy: 'created_at, id',
  },
  deposit_plans: {
    columns: names(`id user_id portfolio_id bank_account_id amount currency_code every starts_on ends_on next_on status problem created_at
      updated_at`),
    orderBy: 'created_at, id',
  },
  payments: {
    columns: names(`id user_id portfolio_id bank_account_id direction status amount currency_code reference memo hold_id transaction_id
      return_transaction_id failure created_at updated_at settled_at`),
    orderBy: 'created_at, id',
  },
  trades: {
    columns: names(`id user_id portfolio_id instrument_id order_id trade_type order_type quantity price total_amount fees commission status
      execution_venue order_placed_at executed_at cancel_reason order_state client_order_id limit_price stop_price filled_quantity updated_at
      base_rate base_rate_as_of`),
    orderBy: 'order_placed_at, id',
  },
  fills: {
    columns: names('id user_id portfolio_id trade_id quantity price fees filled_at venue_fill_id created_at'),
    orderBy: 'filled_at, id',
  },
  portfolio_snapshots: {
    columns: names(`id user_id portfolio_id snapshot_date total_value cash_balance invested_amount daily_return total_return volatility
      sharpe_ratio max_drawdown allocation_breakdown performance_attribution created_at inflow outflow is_stale rates accrued_dividends`),
    orderBy: 'portfolio_id, snapshot_date',
  },
  rebalance_events: {
    columns: names(`id user_id portfolio_id trigger_type old_allocation new_allocation trades_executed total_cost completed_successfully
      started_at completed_at`),
    orderBy: 'started_at, id',
  },
  compliance_checks: {
    columns: names('id user_id portfolio_id check_type status check_details violation_reason checked_at'),
    orderBy: 'checked_at, id',
  },
  notifications: {
    columns: names('id user_id type title message metadata priority is_read created_at read_at'),
    orderBy: 'created_at, id',
  },
  audit_logs: {
    columns: names('id user_id entity_type entity_id action created_at use_case outcome request_id'),
    shown: {
      old_values: withPersonalOpened('old_values'),
      new_values: withPersonalOpened('new_values'),
      actor: `CASE WHEN ${BY_ANOTHER} THEN 'operator' ELSE t.actor END`,
      ip_address: unlessAnothers('ip_address'),
      user_agent: unlessAnothers('user_agent'),
    },
    orderBy: 'created_at, id',
  },
};

/** Tenant tables that no export has a file of, and why. The same for everybody, whatever is in them. */
export const leftOut: Readonly<Record<string, string>> = {
  kyc_screenings: 'answers of providers of identity and sanctions checks, which the law forbids to tell whom they are about',
  audit_blocks: 'seals over the rows of audit_logs: digests and signatures, nothing more about the person',
  outbox: 'messages of the platform to itself: ids of what is in the other files',
  deliveries: 'which of these messages were worked through',
  idempotency: 'answers kept for a day to be given again; what they say is in the other files',
};
