/**
 * The one table of error codes. A door (tRPC, job, command line) maps a code by this table and nothing else.
 *
 * `status`: HTTP status. `trpc`: tRPC's own code. `retry`: whether the same call may succeed later without a
 * change by the caller; a job whose failure says 'never' goes to the dead letters at once.
 */
export const errorCodes = {
  INVALID_INPUT: { status: 400, trpc: 'BAD_REQUEST', retry: 'never', message: 'The input does not match what the operation declares.' },
  UNAUTHENTICATED: { status: 401, trpc: 'UNAUTHORIZED', retry: 'never', message: 'Sign in first: no valid session came with the call.' },
  INVALID_CREDENTIALS: { status: 401, trpc: 'UNAUTHORIZED', retry: 'never', message: 'The e-mail address or the password is wrong.' },
  TOKEN_INVALID: {
    status: 400,
    trpc: 'BAD_REQUEST',
    retry: 'never',
    message: 'This token was used, has expired or never was: ask for a new mail.',
  },
  FORBIDDEN: { status: 403, trpc: 'FORBIDDEN', retry: 'never', message: 'This session is not allowed to do that.' },
  KYC_REQUIRED: {
    status: 403,
    trpc: 'FORBIDDEN',
    retry: 'never',
    message: 'Only an investor whose identity is verified may trade: submit documents, or wait for the decision.',
  },
  INVESTOR_SUSPENDED: {
    status: 403,
    trpc: 'FORBIDDEN',
    retry: 'never',
    message: 'This investor may not trade for now: an operator suspended them. Ask whoever runs the platform why.',
  },
  STEP_UP_REQUIRED: {
    status: 403,
    trpc: 'FORBIDDEN',
    retry: 'never',
    message: 'Confirm your password first (identity.confirmPassword): for such a call you signed in too long ago.',
  },
  SECOND_FACTOR_SETUP_REQUIRED: {
    status: 403,
    trpc: 'FORBIDDEN',
    retry: 'never',
    message: 'This account must have a second factor: set one up first (identity.enrolTotp, then identity.confirmTotp).',
  },
  NOT_FOUND: { status: 404, trpc: 'NOT_FOUND', retry: 'never', message: 'There is no such thing, or it is not yours.' },
  PERSON_HOLDS_ASSETS: {
    status: 409,
    trpc: 'CONFLICT',
    retry: 'never',
    message: 'A portfolio of this person still holds cash or positions.',
  },
  PERSON_ERASED: { status: 409, trpc: 'CONFLICT', retry: 'never', message: 'The personal data of this person was erased.' },
  KYC_ALREADY_DECIDED: { status: 409, trpc: 'CONFLICT', retry: 'never', message: 'This is decided already, and in the same way.' },
  KYC_PARTS_MISSING: {
    status: 409,
    trpc: 'CONFLICT',
    retry: 'never',
    message: 'Parts of this document have not arrived; send them first.',
  },
  KYC_DOCUMENT_EXISTS: {
    status: 409,
    trpc: 'CONFLICT',
    retry: 'never',
    message: 'There is a document with this id; a new one needs its own.',
  },
  KYC_DOCUMENT_MISSING: {
    status: 409,
    trpc: 'CONFLICT',
    retry: 'never',
    message: 'Add a document that shows who you are first: passport, identity card or driving licence.',
  },
  KYC_IN_REVIEW: { status: 409, trpc: 'CONFLICT', retry: 'never', message: 'The documents are under review already.' },
  DOCUMENT_TYPE_UNKNOWN: { status: 409, trpc: 'CONFLICT', retry: 'never', message: 'By its content this is neither JPEG nor PNG nor PDF.' },
  TOO_MANY_EXPORTS: {
    status: 409,
    trpc: 'CONFLICT',
    retry: 'later',
    message: 'As many archives as may be wait to be read already; read one of these, or wait until one has expired.',
  },
  EXPORT_TOO_LARGE: {
    status: 409,
    trpc: 'CONFLICT',
    retry: 'never',
    message: 'There is more about this person than one archive takes; ask whoever runs the platform.',
  },
  TOO_MANY_DOCUMENTS: { status: 409, trpc: 'CONFLICT', retry: 'never', message: 'No more documents are kept than that.' },
  QUESTIONNAIRE_OUTDATED: {
    status: 409,
    trpc: 'CONFLICT',
    retry: 'never',
    message: 'There is another version of the questionnaire; answer that one.',
  },
  CONSENT_OUTDATED: { status: 409, trpc: 'CONFLICT', retry: 'never', message: 'There is another version of this document; read that one.' },
  CONSENT_REQUIRED: {
    status: 409,
    trpc: 'CONFLICT',
    retry: 'never',
    message: 'There is no account without this consent; to take it back, have the account erased.',
  },
  SECOND_FACTOR_REQUIRED: {
    status: 401,
    trpc: 'UNAUTHORIZED',
    retry: 'never',
    message: 'The password is right; this account asks for a code of the authenticator too, or a recovery code.',
  },
  INVALID_CODE: { status: 401, trpc: 'UNAUTHORIZED', retry: 'never', message: 'The code is wrong, too old or was used before.' },
  SECOND_FACTOR_ACTIVE: {
    status: 409,
    trpc: 'CONFLICT',
    retry: 'never',
    message: 'A second factor counts already; take it off first (identity.disableTotp).',
  },
  SYMBOL_TAKEN: { status: 409, trpc: 'CONFLICT', retry: 'never', message: 'An instrument with this symbol is already listed.' },
  ACTION_EXISTS: {
    status: 409,
    trpc: 'CONFLICT',
    retry: 'never',
    message: 'The same corporate action was entered before.',
  },
  ACTION_IN_EFFECT: {
    status: 409,
    trpc: 'CONFLICT',
    retry: 'never',
    message: 'The ex date of the corporate action has come, or it was cancelled before.',
  },
  ACTION_PENDING: {
    status: 409,
    trpc: 'CONFLICT',
    retry: 'later',
    message: 'A corporate action of the instrument comes first and cannot be applied to the portfolio yet.',
  },
  IDEMPOTENCY_KEY_REUSED: { status: 409, trpc: 'CONFLICT', retry: 'never', message: 'This idempotency key was used with another input.' },
  PORTFOLIO_NOT_ACTIVE: { status: 409, trpc: 'CONFLICT', retry: 'never', message: 'The portfolio is suspended or closed.' },
  INSTRUMENT_NOT_TRADEABLE: { status: 409, trpc: 'CONFLICT', retry: 'never', message: 'The instrument cannot be traded.' },
  INSUFFICIENT_CASH: { status: 409, trpc: 'CONFLICT', retry: 'never', message: 'The portfolio does not hold enough available cash.' },
  INSUFFICIENT_QUANTITY: {
    status: 409,
    trpc: 'CONFLICT',
    retry: 'never',
    message: 'The portfolio does not hold enough of the instrument.',
  },
  PORTFOLIO_NOT_FLAT: {
    status: 409,
    trpc: 'CONFLICT',
    retry: 'never',
    message: 'The portfolio still holds cash, instruments or reservations.',
  },
  ACTION_BUILT_UPON: {
    status: 409,
    trpc: 'CONFLICT',
    retry: 'never',
    message: 'The corporate action cannot be taken back: in some portfolios something later builds on it, or what it paid is spent.',
  },
  ACTION_TOO_WIDE: {
    status: 409,
    trpc: 'CONFLICT',
    retry: 'never',
    message: 'More portfolios hold what the corporate action moved than can be taken back at once.',
  },
  ALREADY_REVERSED: { status: 409, trpc: 'CONFLICT', retry: 'never', message: 'This ledger transaction was taken back before.' },
  NOT_REVERSIBLE: {
    status: 409,
    trpc: 'CONFLICT',
    retry: 'never',
    message: 'This ledger transaction cannot be taken back: of this kind none can, or later ones build on it.',
  },
  HOLD_ENDED: { status: 409, trpc: 'CONFLICT', retry: 'never', message: 'The hold was consumed, released or has expired.' },
  HOLD_IN_USE: {
    status: 409,
    trpc: 'CONFLICT',
    retry: 'never',
    message: 'An order or a payment counts on this hold; it ends with that.',
  },
  HOLD_TOO_SMALL: { status: 409, trpc: 'CONFLICT', retry: 'never', message: 'That is beyond what the hold still keeps or has given.' },
  CURRENCY_NOT_SERVED: { status: 409, trpc: 'CONFLICT', retry: 'never', message: 'This currency is not paid through the bank.' },
  LIMIT_EXCEEDED: {
    status: 409,
    trpc: 'CONFLICT',
    retry: 'never',
    message: 'That is more than may be paid through the bank at once, or in a day.',
  },
  PAYMENT_ALREADY_SENT: {
    status: 409,
    trpc: 'CONFLICT',
    retry: 'never',
    message: 'This payment is on its way to the bank, or over: it cannot be cancelled any more.',
  },
  TOO_MANY_BANK_ACCOUNTS: { status: 409, trpc: 'CONFLICT', retry: 'never', message: 'No more accounts can be linked; unlink one first.' },
  PLAN_ENDED: { status: 409, trpc: 'CONFLICT', retry: 'never', message: 'This plan has ended; make another one.' },
  RECORDING_CLOSED: {
    status: 409,
    trpc: 'CONFLICT',
    retry: 'never',
    message: 'Deposits and withdrawals go through the bank here: announce or request one instead.',
  },
  MESSAGE_NOT_OPEN: { status: 409, trpc: 'CONFLICT', retry: 'never', message: 'This message was booked or dismissed before.' },
  DATE_IN_FUTURE: { status: 409, trpc: 'CONFLICT', retry: 'never', message: "The date lies after the platform's valuation date." },
  DATE_BEFORE_OPENING: { status: 409, trpc: 'CONFLICT', retry: 'never', message: 'The date lies before the opening of the portfolio.' },
  DATE_OUT_OF_ORDER: {
    status: 409,
    trpc: 'CONFLICT',
    retry: 'never',
    message: 'Entries are recorded in order of their dates; a later entry exists.',
  },
  NOT_A_SESSION: { status: 409, trpc: 'CONFLICT', retry: 'never', message: 'The exchange was closed on that date.' },
  CURRENCY_MISMATCH: { status: 409, trpc: 'CONFLICT', retry: 'never', message: 'The currency is not the one the portfolio is kept in.' },
  SAME_PORTFOLIO: { status: 409, trpc: 'CONFLICT', retry: 'never', message: 'Both ends of the transfer are the same portfolio.' },
  TOO_MANY_API_KEYS: {
    status: 409,
    trpc: 'CONFLICT',
    retry: 'never',
    message: 'There are as many keys as one account may have; revoke one that is no longer used.',
  },
  TOO_MANY_ENTRIES: {
    status: 409,
    trpc: 'CONFLICT',
    retry: 'never',
    message: 'The ledger has more entries of that than one answer can follow.',
  },
  BARS_NOT_KEPT: {
    status: 409,
    trpc: 'CONFLICT',
    retry: 'never',
    message: 'The intraday bars of that time are no longer kept: only whole hours and UTC days of them are.',
  },
  PRICE_MISSING: { status: 409, trpc: 'CONFLICT', retry: 'later', message: 'There is no price for the instrument on or before that date.' },
  FX_RATE_MISSING: {
    status: 409,
    trpc: 'CONFLICT',
    retry: 'later',
    message: 'There is no exchange rate for the currency pair on or before that date.',
  },
  FX_RATE_STALE: {
    status: 409,
    trpc: 'CONFLICT',
    retry: 'later',
    message: 'The newest exchange rate of the currency pair is older than the platform takes for this.',
  },
  RATE_SOURCE_STALE: {
    status: 503,
    trpc: 'SERVICE_UNAVAILABLE',
    retry: 'later',
    message: 'The newest rates that the source publishes are older than the platform takes.',
  },
  RATE_SOURCE_UNREADABLE: {
    status: 503,
    trpc: 'SERVICE_UNAVAILABLE',
    retry: 'later',
    message: 'What the source of exchange rates sent is not in the form that it publishes.',
  },
  EXCHANGE_BELOW_LIMIT: {
    status: 409,
    trpc: 'CONFLICT',
    retry: 'later',
    message: 'At the newest rate the exchange brings less than was agreed to: ask for a new quote.',
  },
  RETENTION_TOO_SHORT: { status: 409, trpc: 'CONFLICT', retry: 'never', message: 'It has to be kept for longer than that.' },
  REQUEST_TIMEOUT: { status: 408, trpc: 'TIMEOUT', retry: 'later', message: 'The request did not arrive in time.' },
  PAYLOAD_TOO_LARGE: { status: 413, trpc: 'PAYLOAD_TOO_LARGE', retry: 'never', message: 'The request body is too large.' },
  RATE_LIMITED: { status: 429, trpc: 'TOO_MANY_REQUESTS', retry: 'later', message: 'Too many calls; wait and try again.' },
  CONFLICT_RETRY: {
    status: 409,
    trpc: 'CONFLICT',
    retry: 'later',
    message: 'Other calls changed the same data at the same time; try again.',
  },
  KEY_UNAVAILABLE: {
    status: 503,
    trpc: 'SERVICE_UNAVAILABLE',
    retry: 'later',
    message: "The key of this person's data cannot be opened now; try again.",
  },
  UNAVAILABLE: { status: 503, trpc: 'SERVICE_UNAVAILABLE', retry: 'later', message: 'A part of the platform is not reachable; try again.' },
  INTERNAL: {
    status: 500,
    trpc: 'INTERNAL_SERVER_ERROR',
    retry: 'later',
    message: 'Something failed on our side. The request id finds it in the logs.',
  },
} as const satisfies Record<string, ErrorCodeEntry>;

interface ErrorCodeEntry {
  readonly status: number;
  readonly trpc: string;
  readonly retry: 'never' | 'later';
  readonly message: string;
}

export type ErrorCode = keyof typeof errorCodes;

export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorCodes, code);
}
