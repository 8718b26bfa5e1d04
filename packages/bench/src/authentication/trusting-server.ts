// The bare side: whose a token is was found out at its first call and is believed for ever; no transaction asks again.
import { type Actor, type DatabaseSession, resolveSession, type TransactionHost } from '@trii/domain';
import { sessionTokens } from '@trii/infra';
import { systemClock } from '@trii/kernel';
import { serveCalls } from './serve-calls.ts';

const unasked = ({ role, userId, keys }: DatabaseSession): DatabaseSession => ({ role, userId, ...(keys === undefined ? {} : { keys }) });
const trusting = (transactions: TransactionHost): TransactionHost => ({
  read: (session, work) => transactions.read(unasked(session), work),
  bulk: (session, work) => transactions.bulk(unasked(session), work),
  begin: (session) => transactions.begin(unasked(session)),
});

await serveCalls(({ transactions, sessions }) => {
  const believed = new Map<string, Actor>();
  return {
    transactions: trusting(transactions),
    actorOf: async (token) => {
      const known = believed.get(token);
      if (known !== undefined) return known;
      const actor = await resolveSession({ tokenHash: sessionTokens.hash(token), sessions, transactions, clock: systemClock });
      if (actor !== undefined) believed.set(token, actor);
      return actor;
    },
  };
});
