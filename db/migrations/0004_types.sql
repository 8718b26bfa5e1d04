-- As specified.
CREATE TYPE kyc_status AS ENUM ('PENDING', 'VERIFIED', 'REJECTED');
CREATE TYPE risk_profile AS ENUM ('CONSERVATIVE', 'MODERATE', 'AGGRESSIVE');
CREATE TYPE portfolio_status AS ENUM ('ACTIVE', 'SUSPENDED', 'CLOSED');
CREATE TYPE instrument_type AS ENUM ('STOCK', 'ETF', 'BOND', 'CRYPTO', 'COMMODITY');
CREATE TYPE ml_model_type AS ENUM ('REGRESSION', 'CLASSIFICATION', 'ENSEMBLE');
CREATE TYPE trade_type AS ENUM ('BUY', 'SELL');
CREATE TYPE order_type AS ENUM ('MARKET', 'LIMIT', 'STOP_LOSS');
CREATE TYPE trade_status AS ENUM ('PENDING', 'EXECUTED', 'CANCELLED', 'FAILED');
CREATE TYPE rebalance_trigger AS ENUM ('AUTOMATIC', 'MANUAL', 'THRESHOLD');
CREATE TYPE compliance_status AS ENUM ('PASS', 'FAIL', 'WARNING');
CREATE TYPE notification_priority AS ENUM ('LOW', 'MEDIUM', 'HIGH', 'URGENT');

-- The three specified values, extended from the start by what the platform has to tell an investor.
CREATE TYPE notification_type AS ENUM ('TRADE_EXECUTED', 'PORTFOLIO_ALERT', 'MARKET_NEWS', 'KYC', 'SECURITY', 'COMPLIANCE', 'REBALANCING', 'CASH');

-- Beyond the specification.
-- The finer life of an order. trades.status keeps the four specified states: working and partly filled is PENDING; filled, or ended after any
-- fill, is EXECUTED; ended without one is CANCELLED or FAILED.
CREATE TYPE order_state AS ENUM ('NEW', 'ACCEPTED', 'WORKING', 'PARTIALLY_FILLED', 'FILLED', 'CANCELLED', 'REJECTED', 'EXPIRED', 'FAILED');
CREATE TYPE ledger_account AS ENUM ('cash', 'reserved', 'holding', 'external', 'fees', 'income', 'trading');
CREATE TYPE ledger_kind AS ENUM (
  'DEPOSIT', 'WITHDRAWAL', 'BUY', 'SELL', 'FEE', 'DIVIDEND', 'INTEREST', 'TRANSFER', 'EXCHANGE', 'SPLIT', 'JOURNAL', 'HOLD', 'RELEASE', 'REVERSAL'
);
CREATE TYPE hold_status AS ENUM ('ACTIVE', 'CONSUMED', 'RELEASED', 'EXPIRED');
CREATE TYPE delivery_status AS ENUM ('pending', 'relayed', 'done', 'dead');
