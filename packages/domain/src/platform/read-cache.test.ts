import { market, platform, portfolio, query, scope } from '@trii/contract';
import { newId } from '@trii/kernel';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { cacheRules, handlers } from '../handlers.ts';
import { handler, type AnyHandler } from './handler.ts';
import { cacheRulesOf, dropsOf, slotOf } from './read-cache.ts';

const declare = (more: { readonly pii?: boolean; readonly access?: ReturnType<typeof scope> }) =>
  query('test.read', {
    summary: 'A test.',
    input: z.strictObject({ id: z.string() }),
    output: z.object({ id: z.string() }),
    access: scope('read'),
    example: { id: 'a' },
    ...more,
  });
const cached = { cache: { family: 'quote', id: ({ id }: { id: string }) => id }, handle: () => Promise.resolve({ id: 'a' }) } as const;

describe('a query that is cached', () => {
  it('cannot be one that reads personal data: each such read leaves an audit row', () => {
    expect(() => handler(declare({ pii: true }), cached)).toThrow(/personal data/);
    expect(() => handler(declare({}), cached)).not.toThrow();
  });

  it('has a family of its own', () => {
    const twice = { first: handler(declare({}), cached), second: handler(declare({}), cached) };
    expect(() => cacheRulesOf({ test: twice })).toThrow(/one query keeps/);
  });

  it('none of the platform reads personal data, and each is for investors', () => {
    const all = Object.values(handlers).flatMap((area) => Object.values<AnyHandler>(area));
    const those = all.filter((one) => 'cache' in one && one.cache !== undefined).map(({ declaration }) => declaration);
    expect(those.map(({ name }) => name).toSorted()).toEqual(['market.quote', 'portfolio.summary']);
    for (const { pii, access } of those) expect({ pii, to: access.to }).toEqual({ pii: false, to: 'investor' });
  });

  it("has its investor's id in the key, whatever portfolio it asks for, and no key without one", () => {
    const { cache } = handlers.portfolio.summary;
    const [userId, portfolioId] = [newId(), newId()];
    if (cache === undefined) throw new Error('the summary is cached');
    expect(slotOf(cache, { role: 'authenticated_user', userId }, { portfolioId })).toEqual({
      family: 'portfolio',
      userId,
      id: portfolioId,
    });
    expect(() => slotOf(cache, { role: 'authenticated_user', userId: null }, { portfolioId })).toThrow(/for investors only/);
    expect(() => slotOf(cache, { role: 'admin_role', userId }, { portfolioId })).toThrow(/for investors only/);
  });
});

describe('what an event drops', () => {
  const of = (event: { readonly name: string; readonly aggregateType: string }, userId: string | null, aggregateId = newId()) => ({
    ...event,
    aggregateId,
    userId,
  });

  it('is the answer of its portfolio, once, whatever happened to it', () => {
    const [userId, aggregateId] = [newId(), newId()];
    const events = [
      of(portfolio.LedgerPosted, userId, aggregateId),
      of({ name: 'x.Future', aggregateType: 'PORTFOLIO' }, userId, aggregateId),
    ];
    expect(dropsOf(cacheRules, events)).toEqual({ slots: [{ family: 'portfolio', userId, id: aggregateId }], families: [] });
  });

  it.each([[market.BarsImported], [platform.ValuationDateSet]])('is every answer of a portfolio for %o', (event) => {
    expect(dropsOf(cacheRules, [of(event, null)])).toEqual({ slots: [], families: ['portfolio'] });
  });

  it('is every answer for an event of a portfolio that names no investor', () => {
    expect(dropsOf(cacheRules, [of(portfolio.LedgerPosted, null)])).toEqual({ slots: [], families: ['portfolio'] });
  });

  it('is nothing for what no answer speaks of', () => {
    expect(dropsOf(cacheRules, [of(platform.JobRequested, null)])).toEqual({ slots: [], families: [] });
  });
});
