import { randomUUID as newId } from 'node:crypto';

/** `null`, `DEFAULT` as a word of SQL, or a value as PostgreSQL reads it. */
export type Value = string | null | { readonly sql: 'DEFAULT' };
export type Row = Readonly<Record<string, Value>>;

/** Whom the rows are for, and what stands already. */
export interface Subject {
  readonly userId: string;
  readonly portfolioId: string;
  readonly tradeId: string;
  readonly instrumentId: string;
  readonly submissionId: string;
}

const DEFAULT = { sql: 'DEFAULT' } as const;
/** Of the layout that a CHECK demands; nothing opens it. */
const CIPHERTEXT = `\\x01${'ab'.repeat(16)}c30c04090108${'ab'.repeat(8)}d2${'ab'.repeat(40)}`;
const AT = '2026-01-15 12:00:00+00';
/** Any 32 bytes. */
const DIGEST = `\\x${'ab'.repeat(32)}`;

/**
 * One row of the subject in every tenant table, complete down to the last column: what is NULL here has to be (a CHECK says so). `idOf` gives
 * the row's own id, so that the same rows serve as what stands and as what is tried to be inserted. Order: parents first.
 */
export function sampleRows(
  { userId, portfolioId, tradeId, instrumentId, submissionId }: Subject,
  idOf: (table: string) => string,
): Record<string, Row[]> {
  const person = idOf('users');
  const trade = idOf('trades');
  const submission = idOf('kyc_submissions');
  const entry = newId();
  const owned = { user_id: userId, portfolio_id: portfolioId };
  const posting = {
    transaction_id: entry,
    ...owned,
    currency_code: 'USD',
    instrument_id: null,
    cost_basis: null,
    realized_pnl: null,
    kind: 'FEE',
    effective_date: '2026-01-15',
    trade_id: tradeId,
    reverses_transaction_id: null,
    memo: 'memo',
    created_at: AT,
  };
  return {
    users: [
      {
        id: person,
        email: `${person}@example.com`,
        password_hash: 'hash',
        first_name: null,
        last_name: null,
        phone: null,
        birth_date: null,
        kyc_documents: null,
        kyc_status: 'PENDING',
        risk_profile: 'MODERATE',
        investment_experience_years: '3.5',
        income_range_min: null,
        income_range_max: null,
        country_code: 'CO',
        timezone: 'UTC',
        is_active: 'true',
        email_verified: 'false',
        created_at: AT,
        updated_at: AT,
        last_login_at: AT,
        suspended_at: null,
        phone_enc: CIPHERTEXT,
        birth_date_enc: CIPHERTEXT,
        kyc_documents_enc: CIPHERTEXT,
        income_range_enc: CIPHERTEXT,
        phone_bidx: `\\x${'ab'.repeat(32)}`,
        operator_scopes: '{}',
        first_name_enc: CIPHERTEXT,
        last_name_enc: CIPHERTEXT,
      },
    ],
    person_keys: [
      {
        user_id: userId,
        key_id: idOf('person_keys'),
        wrapped_key: '\\x01',
        master_key_id: 'm1',
        created_at: AT,
        rewrapped_at: AT,
        destroyed_at: null,
      },
    ],
    user_sessions: [
      {
        id: idOf('user_sessions'),
        user_id: userId,
        session_token: `hash ${idOf('user_sessions')}`,
        device_info: 'device',
        ip_address: '192.0.2.1',
        created_at: AT,
        expires_at: '2999-01-01 00:00:00+00',
        is_active: 'true',
        permissions: '{read}',
        last_activity_at: '2999-01-01 00:00:00+00',
        idle_seconds: '1800',
      },
    ],
    api_keys: [
      {
        id: idOf('api_keys'),
        user_id: userId,
        name: 'a program',
        prefix: 'trii_abc',
        key_hash: `hash ${idOf('api_keys')}`,
        permissions: '{read}',
        created_at: AT,
        expires_at: '2999-01-01 00:00:00+00',
        last_used_at: AT,
        revoked_at: AT,
      },
    ],
    totp_factors: [
      {
        user_id: userId,
        secret_enc: CIPHERTEXT,
        created_at: AT,
        confirmed_at: AT,
        last_used_step: '1',
        failed_attempts: '0',
        last_failed_at: AT,
      },
    ],
    recovery_codes: [
      { id: idOf('recovery_codes'), user_id: userId, code_hash: `hash ${idOf('recovery_codes')}`, created_at: AT, used_at: AT },
    ],
    user_preferences: [
      {
        user_id: userId,
        notification_settings: '{}',
        ui_preferences: '{}',
        trading_preferences: '{}',
        preferred_language: 'es',
        preferred_currency: 'USD',
        risk_tolerance: '0.5',
        updated_at: AT,
      },
    ],
    mails: [
      {
        id: idOf('mails'),
        user_id: userId,
        kind: 'ADDRESS_TAKEN',
        token_hash: null,
        created_at: AT,
        expires_at: null,
        sent_at: null,
        address: 'before@example.com',
        used_at: null,
      },
    ],
    person_exports: [
      {
        id: idOf('person_exports'),
        user_id: userId,
        bytes: '1000',
        sha256: 'ab'.repeat(32),
        files: '40',
        row_count: '100',
        created_at: AT,
        expires_at: '2999-01-01 00:00:00+00',
      },
    ],
    kyc_decisions: [
      {
        id: idOf('kyc_decisions'),
        user_id: userId,
        previous_status: 'PENDING',
        status: 'VERIFIED',
        reason_enc: CIPHERTEXT,
        decided_by: 'system:cli',
        decided_at: AT,
      },
    ],
    kyc_document_parts: [{ user_id: userId, document_id: idOf('kyc_document_parts'), part: '0', content_enc: CIPHERTEXT, created_at: AT }],
    kyc_submissions: [
      {
        id: submission,
        user_id: userId,
        document_ids: `{${newId()}}`,
        submitted_at: AT,
        decision_id: newId(),
      },
    ],
    kyc_screenings: [
      {
        id: idOf('kyc_screenings'),
        user_id: userId,
        submission_id: submissionId,
        check_type: 'SANCTIONS',
        provider: 'local',
        outcome: 'CLEAR',
        findings: '{}',
        screened_at: AT,
      },
    ],
    risk_assessments: [
      {
        id: idOf('risk_assessments'),
        user_id: userId,
        questionnaire_version: '1',
        answers: '{}',
        score: '0.5',
        risk_profile: 'MODERATE',
        assessed_at: AT,
      },
    ],
    consents: [
      {
        id: idOf('consents'),
        user_id: userId,
        document: 'TERMS',
        version: '1',
        is_accepted: 'true',
        ip_address: '192.0.2.1',
        user_agent: 'agent',
        given_at: AT,
      },
    ],
    portfolios: [
      {
        id: idOf('portfolios'),
        user_id: userId,
        name: 'Retirement',
        description: 'words',
        total_value: '1000',
        cash_balance: '900',
        invested_amount: '100',
        unrealized_pnl: '0',
        realized_pnl: '0',
        allocation_target: '{}',
        allocation_current: '{}',
        auto_rebalance_enabled: 'false',
        rebalance_threshold: '5',
        status: 'ACTIVE',
        created_at: AT,
        updated_at: AT,
        base_currency: 'USD',
        opened_on: '2026-01-01',
        reserved_cash: '0',
        last_entry_date: '2026-01-15',
        snapshots_dirty_from: '2026-01-15',
        snapshots_through: '2026-01-14',
        accrued_through: '2025-12-31',
        dividend_choice: 'CASH',
      },
    ],
    positions: [
      {
        id: idOf('positions'),
        ...owned,
        instrument_id: instrumentId,
        quantity: '4',
        avg_cost: '25',
        current_price: '25',
        current_value: '100',
        unrealized_pnl: '0',
        allocation_percentage: '10',
        opened_at: AT,
        last_updated: AT,
        cost_basis: '100',
        reserved_quantity: '0',
      },
    ],
    cash_balances: [{ ...owned, currency_code: 'EUR', balance: '10', reserved: '0', updated_at: AT }],
    exchanges: [
      {
        transaction_id: idOf('exchanges'),
        ...owned,
        from_currency: 'USD',
        from_amount: '10',
        to_currency: 'EUR',
        to_amount: '9',
        rate: '0.905',
        rate_as_of: AT,
        rate_path: 'direct',
        rate_legs: '[]',
        spread_bps: '50',
        spread_amount: '0.05',
        remainder: '0',
        effective_date: '2026-01-15',
        created_at: AT,
      },
    ],
    trades: [
      {
        id: trade,
        ...owned,
        instrument_id: instrumentId,
        order_id: `order ${trade}`,
        trade_type: 'BUY',
        order_type: 'MARKET',
        quantity: '4',
        price: '25',
        total_amount: '100',
        fees: '1',
        commission: '0',
        // EXECUTED would ask for the columns that are left out where status is tried.
        status: 'PENDING',
        execution_venue: 'venue',
        order_placed_at: AT,
        executed_at: AT,
        cancel_reason: null,
        order_state: 'FILLED',
        client_order_id: `client ${trade}`,
        limit_price: '26',
        stop_price: '24',
        filled_quantity: '4',
        updated_at: AT,
        base_rate: '1.2',
        base_rate_as_of: AT,
      },
    ],
    // Two lines that sum to zero, as the ledger's trigger asks.
    postings: [
      { ...posting, id: idOf('postings'), line: '1', account: 'fees', amount: '1' },
      { ...posting, id: newId(), line: '2', account: 'external', amount: '-1' },
    ],
    portfolio_actions: [
      {
        ...owned,
        // The instrument's one action has its id.
        action_id: instrumentId,
        // APPLIED would ask for the transaction where status is tried.
        status: 'DUE',
        quantity: '4',
        transaction_id: null,
        reason: 'reason',
        created_at: AT,
        updated_at: AT,
      },
    ],
    holds: [
      {
        id: idOf('holds'),
        ...owned,
        currency_code: 'USD',
        instrument_id: null,
        amount: '5',
        consumed_amount: '0',
        status: 'ACTIVE',
        reason: 'order',
        holder: 'ORDER',
        expires_at: '2999-01-01 00:00:00+00',
        created_at: AT,
        updated_at: AT,
      },
    ],
    bank_accounts: [
      {
        id: idOf('bank_accounts'),
        user_id: userId,
        currency_code: 'USD',
        label: 'label',
        number_enc: CIPHERTEXT,
        number_bidx: `\\x${idOf('bank_accounts').replaceAll('-', '').repeat(2)}`,
        last_four: '3000',
        bank_token: `token ${idOf('bank_accounts')}`,
        created_at: AT,
        removed_at: null,
      },
    ],
    cash_accruals: [
      {
        ...owned,
        kind: 'INTEREST',
        currency_code: 'USD',
        posted_through: '2026-01-31',
        accrued: '1.005',
        posted: '0',
        carry: '1.005',
        unpaid: '0',
        transaction_id: null,
        created_at: AT,
      },
    ],
    deposit_plans: [
      {
        id: idOf('deposit_plans'),
        ...owned,
        bank_account_id: null,
        amount: '5',
        currency_code: 'USD',
        every: 'MONTHLY',
        starts_on: '2026-01-15',
        ends_on: '2027-01-15',
        next_on: '2026-02-15',
        status: 'ACTIVE',
        problem: 'problem',
        created_at: AT,
        updated_at: AT,
      },
    ],
    payments: [
      {
        id: idOf('payments'),
        ...owned,
        bank_account_id: null,
        direction: 'DEPOSIT',
        status: 'PENDING',
        amount: '5',
        currency_code: 'USD',
        reference: `reference ${idOf('payments')}`,
        memo: 'memo',
        hold_id: null,
        transaction_id: null,
        return_transaction_id: null,
        failure: 'failure',
        created_at: AT,
        updated_at: AT,
        settled_at: AT,
      },
    ],
    fills: [
      {
        id: idOf('fills'),
        ...owned,
        trade_id: tradeId,
        quantity: '4',
        price: '25',
        fees: '1',
        filled_at: AT,
        venue_fill_id: `fill ${idOf('fills')}`,
        created_at: AT,
      },
    ],
    ...adviceRows(owned, idOf),
    ...platformRows({ userId, portfolioId }, idOf),
  };
}

function adviceRows(
  owned: { readonly user_id: string; readonly portfolio_id: string },
  idOf: (table: string) => string,
): Record<string, Row[]> {
  return {
    portfolio_snapshots: [
      {
        id: idOf('portfolio_snapshots'),
        ...owned,
        snapshot_date: '2020-01-15',
        total_value: '1000',
        cash_balance: '900',
        invested_amount: '100',
        daily_return: '0.01',
        total_return: '0.01',
        volatility: '0.1',
        sharpe_ratio: '1',
        max_drawdown: '0.1',
        allocation_breakdown: '{}',
        performance_attribution: '{}',
        created_at: AT,
        inflow: '0',
        outflow: '0',
        is_stale: 'false',
        rates: '[]',
        accrued_dividends: '0',
      },
    ],
    rebalance_events: [
      {
        id: idOf('rebalance_events'),
        ...owned,
        trigger_type: 'MANUAL',
        old_allocation: '{}',
        new_allocation: '{}',
        trades_executed: '[]',
        total_cost: '1',
        completed_successfully: 'true',
        started_at: AT,
        completed_at: AT,
      },
    ],
    compliance_checks: [
      {
        id: idOf('compliance_checks'),
        ...owned,
        check_type: 'RISK_LIMIT',
        status: 'PASS',
        check_details: '{}',
        violation_reason: 'none',
        checked_at: AT,
      },
    ],
    notifications: [
      {
        id: idOf('notifications'),
        user_id: owned.user_id,
        type: 'CASH',
        title: 'title',
        message: 'message',
        metadata: '{}',
        priority: 'HIGH',
        is_read: 'false',
        created_at: AT,
        read_at: AT,
      },
    ],
  };
}

function platformRows(
  { userId, portfolioId }: Pick<Subject, 'userId' | 'portfolioId'>,
  idOf: (table: string) => string,
): Record<string, Row[]> {
  return {
    audit_logs: [
      {
        id: idOf('audit_logs'),
        user_id: userId,
        entity_type: 'PORTFOLIO',
        entity_id: portfolioId,
        action: 'UPDATE',
        old_values: '{}',
        new_values: '{}',
        ip_address: '192.0.2.1',
        user_agent: 'agent',
        created_at: AT,
        actor: `user:${userId}`,
        use_case: 'portfolio.open',
        outcome: 'ok',
        request_id: 'request',
      },
    ],
    audit_blocks: [
      {
        chain: userId,
        // The key with the chain: another row of the same investor has another.
        block_number: String(Number.parseInt(idOf('audit_blocks').slice(-8), 16)),
        user_id: DEFAULT,
        format: '1',
        previous_hash: DIGEST,
        row_count: '1',
        row_ids: `{${idOf('audit_logs')}}`,
        row_times: `{"${AT}"}`,
        row_digests: `{"\\${DIGEST}"}`,
        first_row_at: AT,
        last_row_at: AT,
        closed_at: AT,
        block_hash: DIGEST,
        signature: DIGEST.padEnd(130, '0'),
        signing_key_id: 'key',
      },
    ],
    outbox: [
      {
        id: idOf('outbox'),
        created_at: AT,
        sequence: DEFAULT,
        aggregate_type: 'PORTFOLIO',
        aggregate_id: portfolioId,
        name: 'portfolio.Opened',
        payload: '{}',
        user_id: userId,
      },
    ],
    deliveries: [
      {
        event_id: idOf('deliveries'),
        job_name: 'job',
        event_created_at: AT,
        user_id: userId,
        status: 'pending',
        attempts: '0',
        created_at: AT,
        relayed_at: AT,
        done_at: AT,
        last_error: 'error',
      },
    ],
    idempotency: [
      {
        actor: `user:${userId}`,
        use_case: 'portfolio.open',
        key: `key ${idOf('idempotency')}`,
        created_at: AT,
        user_id: userId,
        input_hash: '\\x01',
        outcome: 'view',
        answer: '{}',
        expires_at: '2999-01-01 00:00:00+00',
      },
    ],
  };
}
