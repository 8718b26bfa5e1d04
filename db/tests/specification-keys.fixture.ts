// Keys, obligation, exact types and defaults of the specified tables, read off the specification (schema 2.1.0) by hand. What the specification
// leaves open (which columns may be empty, most defaults) stands here as it is read; docs/SPECIFICATION.md says where we differ and why.

export interface SpecifiedKeys {
  readonly primary: readonly string[];
  readonly unique?: readonly string[];
  /** Column to the table it points to; a tenant table points to its portfolio and the portfolio's owner together. */
  readonly references?: Readonly<Record<string, string>>;
  /** What may be empty; every other specified column may not. */
  readonly optional?: readonly string[];
}

export const specifiedKeys: Readonly<Record<string, SpecifiedKeys>> = {
  users: {
    primary: ['id'],
    optional: [
      'first_name',
      'last_name',
      'phone',
      'birth_date',
      'kyc_documents',
      'risk_profile',
      'investment_experience_years',
      'income_range_min',
      'income_range_max',
      'country_code',
      'last_login_at',
    ],
  },
  user_sessions: {
    primary: ['id'],
    unique: ['session_token'],
    references: { user_id: 'users' },
    optional: ['device_info', 'ip_address'],
  },
  user_preferences: { primary: ['user_id'], references: { user_id: 'users' }, optional: ['risk_tolerance'] },
  portfolios: { primary: ['id'], references: { user_id: 'users' }, optional: ['description', 'rebalance_threshold'] },
  positions: {
    primary: ['id'],
    references: { portfolio_id: 'portfolios', instrument_id: 'instruments' },
    // Until the first snapshot nobody has valued it.
    optional: ['current_price', 'current_value', 'unrealized_pnl', 'allocation_percentage'],
  },
  instruments: {
    primary: ['id'],
    unique: ['symbol'],
    optional: ['isin', 'description', 'exchange_code', 'sector', 'industry', 'market_cap', 'shares_outstanding', 'listed_date'],
  },
  market_data: { primary: ['instrument_id', 'timestamp'], optional: ['vwap', 'trade_count', 'created_at'] },
  technical_indicators: { primary: ['id', 'timestamp'] },
  ml_predictions: {
    primary: ['id'],
    // The diagram relates them and names no column: name and version together.
    references: { instrument_id: 'instruments', model_name: 'ml_models' },
    optional: ['confidence_score', 'features_used', 'model_metadata', 'actual_price', 'prediction_error'],
  },
  ml_models: { primary: ['id'], optional: ['training_dataset_id', 'trained_at'] },
  news_sentiment: {
    primary: ['id'],
    references: { instrument_id: 'instruments' },
    optional: ['content', 'sentiment_score', 'relevance_score', 'sentiment_breakdown', 'analyzed_at'],
  },
  trades: {
    primary: ['id'],
    unique: ['order_id'],
    references: { portfolio_id: 'portfolios', instrument_id: 'instruments' },
    optional: ['price', 'total_amount', 'execution_venue', 'executed_at', 'cancel_reason'],
  },
  order_book: { primary: ['instrument_id', 'timestamp'], optional: ['best_bid', 'best_ask', 'spread'] },
  portfolio_snapshots: {
    primary: ['id', 'snapshot_date'],
    references: { portfolio_id: 'portfolios' },
    optional: [
      'daily_return',
      'total_return',
      'volatility',
      'sharpe_ratio',
      'max_drawdown',
      'allocation_breakdown',
      'performance_attribution',
    ],
  },
  rebalance_events: {
    primary: ['id'],
    references: { portfolio_id: 'portfolios' },
    optional: ['total_cost', 'completed_successfully', 'completed_at'],
  },
  audit_logs: {
    primary: ['id', 'created_at'],
    optional: ['user_id', 'entity_id', 'old_values', 'new_values', 'ip_address', 'user_agent'],
  },
  compliance_checks: {
    primary: ['id', 'checked_at'],
    references: { user_id: 'users', portfolio_id: 'portfolios' },
    optional: ['portfolio_id', 'violation_reason'],
  },
  notifications: { primary: ['id'], references: { user_id: 'users' }, optional: ['read_at'] },
};

/** Column to its type where the specification, or the standard it names (ISO 3166-1, ISO 4217, ISO 6166), fixes it to the digit. */
export const specifiedTypes: Readonly<Record<string, string>> = {
  'market_data.open': 'numeric(20,8)',
  'market_data.high': 'numeric(20,8)',
  'market_data.low': 'numeric(20,8)',
  'market_data.close': 'numeric(20,8)',
  'market_data.volume': 'numeric(20,8)',
  'market_data.vwap': 'numeric(20,8)',
  'market_data.trade_count': 'integer',
  'users.country_code': 'character(2)',
  'user_preferences.preferred_currency': 'character(3)',
  'instruments.currency_code': 'character(3)',
  'instruments.isin': 'character(12)',
};

/** Column to its default: what a new row is when nothing is said. */
export const specifiedDefaults: Readonly<Record<string, string>> = {
  'market_data.created_at': 'now()',
  'users.kyc_status': "'PENDING'::kyc_status",
  'users.is_active': 'true',
  'users.email_verified': 'false',
  'user_sessions.is_active': 'true',
  'portfolios.status': "'ACTIVE'::portfolio_status",
  'portfolios.auto_rebalance_enabled': 'false',
  'portfolios.total_value': '0',
  'portfolios.cash_balance': '0',
  'portfolios.invested_amount': '0',
  'portfolios.unrealized_pnl': '0',
  'portfolios.realized_pnl': '0',
  'instruments.is_tradeable': 'true',
  'trades.status': "'PENDING'::trade_status",
  'trades.fees': '0',
  'trades.commission': '0',
  'notifications.priority': "'MEDIUM'::notification_priority",
  'notifications.is_read': 'false',
  'ml_models.is_active': 'false',
  'ml_models.is_production': 'false',
  ...Object.fromEntries(
    ['users', 'user_sessions', 'portfolios', 'instruments', 'ml_predictions', 'portfolio_snapshots', 'audit_logs', 'notifications'].map(
      (table) => [`${table}.created_at`, 'now()'],
    ),
  ),
};

/** Values that the specification does not have and the settled meanings need: column to values, in their order. */
export const furtherEnums: Readonly<Record<string, readonly string[]>> = {
  'trades.order_state': ['NEW', 'ACCEPTED', 'WORKING', 'PARTIALLY_FILLED', 'FILLED', 'CANCELLED', 'REJECTED', 'EXPIRED', 'FAILED'],
  'holds.status': ['ACTIVE', 'CONSUMED', 'RELEASED', 'EXPIRED'],
};
