import { identity } from '@trii/contract';
import { eraseDocumentsHandler, screenKycHandler, tellKycDecisionHandler } from '@trii/domain';
import { job } from './job.ts';

/** A provider that is away is asked again for hours; the operator decides without its answer if need be. */
export const screenKyc = job({
  name: 'screen-kyc',
  on: identity.KycSubmitted,
  queue: 'dispatch',
  attempts: 12,
  backoff: { type: 'exponential', delayMs: 5_000 },
  run: (call, payload) => call.run(screenKycHandler, payload),
});

export const tellKycDecision = job({
  name: 'tell-kyc-decision',
  on: identity.KycDecided,
  queue: 'dispatch',
  attempts: 8,
  backoff: { type: 'exponential', delayMs: 500 },
  run: (call, payload) => call.run(tellKycDecisionHandler, payload),
});

export const eraseDocuments = job({
  name: 'erase-documents',
  on: identity.PersonErased,
  queue: 'dispatch',
  attempts: 12,
  backoff: { type: 'exponential', delayMs: 5_000 },
  run: (call, payload) => call.run(eraseDocumentsHandler, payload),
});
