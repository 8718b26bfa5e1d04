import type { CommandHandler, QueryHandler } from '@trii/domain';
import { beforeEach, describe, expect, it } from 'vitest';
import type { JobCall } from './job.ts';
import type { Schedule } from './schedule.ts';
import { nightlySnapshots, snapshotsWhenDue } from './snapshots.jobs.ts';

interface Due {
  readonly through: string | null;
  readonly portfolios: number;
  readonly shards: readonly number[];
  readonly busy: readonly number[];
}

const nothing = (through: string | null): Due => ({ through, portfolios: 0, shards: [], busy: [] });

let asked: string[];
let due: Record<'changed' | 'session' | 'all', Due>;
let schedule: Schedule;

const call: JobCall = {
  run: (handler: QueryHandler | CommandHandler, input: unknown) => {
    const { look } = input as { look: keyof typeof due };
    asked.push(`${handler.declaration.name.replace('analytics.', '')} ${look}`);
    return Promise.resolve(due[look] as never);
  },
  batch: () => Promise.reject(new Error('a schedule runs no batch')),
};

async function tick(): Promise<string[]> {
  asked = [];
  await schedule.run(call);
  return asked;
}

beforeEach(() => {
  schedule = snapshotsWhenDue();
  due = { changed: nothing('2018-01-05'), session: nothing('2018-01-05'), all: nothing('2018-01-05') };
});

describe("the minute's look", () => {
  it('visits all portfolios once for a new session, then asks only for changed ones', async () => {
    expect(await tick()).toEqual(['snapshotsDue changed', 'snapshotsDue session']);
    expect(await tick()).toEqual(['snapshotsDue changed']);
    due.changed = due.session = nothing('2018-01-08');
    expect(await tick()).toEqual(['snapshotsDue changed', 'snapshotsDue session']);
    expect(await tick()).toEqual(['snapshotsDue changed']);
  });

  it('dispatches what changed', async () => {
    await tick();
    due.changed = { through: '2018-01-05', portfolios: 3, shards: [4], busy: [] };
    expect(await tick()).toEqual(['snapshotsDue changed', 'dispatchSnapshots changed']);
  });

  it('goes on visiting all portfolios until none lacks the session, and does not dispatch what is under way', async () => {
    due.session = { through: '2018-01-05', portfolios: 9, shards: [1, 2], busy: [] };
    expect(await tick()).toEqual(['snapshotsDue changed', 'snapshotsDue session', 'dispatchSnapshots session']);
    due.session = { through: '2018-01-05', portfolios: 0, shards: [], busy: [1, 2] };
    expect(await tick()).toEqual(['snapshotsDue changed', 'snapshotsDue session']);
    due.session = nothing('2018-01-05');
    expect(await tick()).toEqual(['snapshotsDue changed', 'snapshotsDue session']);
    expect(await tick()).toEqual(['snapshotsDue changed']);
  });

  it('has nothing to do before there is a session', async () => {
    due.changed = nothing(null);
    expect(await tick()).toEqual(['snapshotsDue changed']);
  });
});

describe("the night's look", () => {
  it('also tries what could not be done, and leaves no audit row when there is nothing', async () => {
    schedule = nightlySnapshots;
    expect(await tick()).toEqual(['snapshotsDue all']);
    due.all = { through: '2018-01-05', portfolios: 1, shards: [1], busy: [] };
    expect(await tick()).toEqual(['snapshotsDue all', 'dispatchSnapshots all']);
  });
});
