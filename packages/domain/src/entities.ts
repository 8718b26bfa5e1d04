import { PortfolioSnapshot } from './analytics/portfolio-snapshot.entity.ts';
import { ComplianceCheck } from './compliance/compliance-check.entity.ts';
import { Consent } from './identity/consents/consent.entity.ts';
import { RiskAssessment } from './identity/risk/risk-assessment.entity.ts';
import { Mail } from './identity/mails/mail.entity.ts';
import { KycDecision } from './identity/kyc/kyc-decision.entity.ts';
import { PersonExport } from './identity/export/person-export.entity.ts';
import { ApiKey } from './identity/api-key.entity.ts';
import { KycDocumentPart } from './identity/kyc/kyc-document-part.entity.ts';
import { KycScreening } from './identity/kyc/kyc-screening.entity.ts';
import { KycSubmission } from './identity/kyc/kyc-submission.entity.ts';
import { PersonKey } from './identity/person-key.entity.ts';
import { RecoveryCode } from './identity/second-factor/recovery-code.entity.ts';
import { TotpFactor } from './identity/second-factor/totp-factor.entity.ts';
import { UserPreferences } from './identity/user-preferences.entity.ts';
import { UserSession } from './identity/user-session.entity.ts';
import { User } from './identity/user.entity.ts';
import { TechnicalIndicator } from './indicators/technical-indicator.entity.ts';
import { CorporateAction } from './market/corporate-action.entity.ts';
import { DailyBar } from './market/daily-bar.entity.ts';
import { FxPolicy } from './market/fx-policy.entity.ts';
import { FxSpread } from './market/fx-spread.entity.ts';
import { FxRate } from './market/fx-rate.entity.ts';
import { Instrument } from './market/instrument.entity.ts';
import { MarketData } from './market/market-data.entity.ts';
import { OrderBook } from './market/order-book.entity.ts';
import { MlModel } from './models/ml-model.entity.ts';
import { MlPrediction } from './models/ml-prediction.entity.ts';
import { MonitoringSample } from './monitoring/monitoring-sample.entity.ts';
import { Notification } from './notifications/notification.entity.ts';
import { AuditBlock } from './platform/audit/audit-block.entity.ts';
import { AuditLog } from './platform/audit-log.entity.ts';
import { BatchProgress } from './platform/batch-progress.entity.ts';
import { Delivery } from './platform/delivery.entity.ts';
import { IdempotencyKey } from './platform/idempotency-key.entity.ts';
import { OutboxEvent } from './platform/outbox-event.entity.ts';
import { ValuationClock } from './platform/valuation-clock.entity.ts';
import { CashBalance } from './portfolio/cash-balance.entity.ts';
import { PortfolioAction } from './portfolio/actions/portfolio-action.entity.ts';
import { Exchange } from './portfolio/exchange/exchange.entity.ts';
import { BankAccount } from './portfolio/bank/bank-account.entity.ts';
import { CashAccrual } from './portfolio/accruals/cash-accrual.entity.ts';
import { DepositPlan } from './portfolio/plans/deposit-plan.entity.ts';
import { Payment } from './portfolio/bank/payment.entity.ts';
import { Hold } from './portfolio/hold.entity.ts';
import { Portfolio } from './portfolio/portfolio.entity.ts';
import { Position } from './portfolio/position.entity.ts';
import { Posting } from './portfolio/posting.entity.ts';
import { RebalanceEvent } from './rebalancing/rebalance-event.entity.ts';
import { NewsSentiment } from './sentiment/news-sentiment.entity.ts';
import { Fill } from './trading/fill.entity.ts';
import { Trade } from './trading/trade.entity.ts';

/** Every table the platform maps. A list, not a glob: what is not here does not exist for the ORM or for the drift check. */
export const entities = [
  AuditBlock,
  AuditLog,
  BatchProgress,
  Delivery,
  IdempotencyKey,
  OutboxEvent,
  ValuationClock,
  User,
  ApiKey,
  PersonKey,
  PersonExport,
  TotpFactor,
  RecoveryCode,
  KycDecision,
  Consent,
  RiskAssessment,
  KycDocumentPart,
  KycScreening,
  KycSubmission,
  Mail,
  UserPreferences,
  UserSession,
  CorporateAction,
  DailyBar,
  FxPolicy,
  FxSpread,
  FxRate,
  Instrument,
  MarketData,
  OrderBook,
  TechnicalIndicator,
  NewsSentiment,
  CashBalance,
  Exchange,
  BankAccount,
  Payment,
  CashAccrual,
  DepositPlan,
  Hold,
  Portfolio,
  Position,
  Posting,
  PortfolioAction,
  ComplianceCheck,
  MlModel,
  MlPrediction,
  PortfolioSnapshot,
  Fill,
  Trade,
  RebalanceEvent,
  MonitoringSample,
  Notification,
] as const;
