import { subscriptions } from '@trii/contract';
import { describe, expect, it } from 'vitest';
import { queues } from './queues.ts';
import { createSchedules, jobs } from './tables.ts';

describe('the table of jobs', () => {
  it('has exactly the jobs that the contract subscribes to events', () => {
    const declared = Object.entries(subscriptions).flatMap(([event, names]) => names.map((name) => `${name} on ${event}`));
    expect(jobs.map(({ name, on }) => `${name} on ${on.name}`).toSorted()).toEqual(declared.toSorted());
  });

  it('names each job once, and ids that a queue takes: no colon, no bare number', () => {
    const names = [
      ...jobs,
      ...createSchedules({ auditSigner: { keyId: 'none', sign: (text) => text }, bank: { messages: () => Promise.resolve([]) } }),
    ].map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z]+(-[a-z]+)+$/);
  });

  it('bounds every try and every queue', () => {
    for (const { attempts, backoff } of jobs) {
      expect(attempts).toBeGreaterThan(1);
      expect(attempts).toBeLessThanOrEqual(20);
      expect(backoff.delayMs).toBeGreaterThan(0);
    }
    for (const { concurrency } of Object.values(queues)) expect(concurrency).toBeLessThanOrEqual(16);
  });
});
