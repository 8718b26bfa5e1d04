import { expect, test } from 'vitest';
import { countdown } from './countdown.ts';

test('waits for as many as it was told, round after round', async () => {
  const things = countdown();
  for (const count of [2, 1]) {
    const waiting = things.wait(count);
    let isOver = false;
    const watching = (async () => {
      await waiting;
      isOver = true;
    })();
    for (let left = count; left > 1; left -= 1) things.done();
    await new Promise((resolve) => setImmediate(resolve));
    expect(isOver).toBe(false);
    things.done();
    await watching;
  }
});

test('ends at once with the first failure', async () => {
  const things = countdown();
  const waiting = things.wait(3);
  things.fail(new Error('broken'));
  await expect(waiting).rejects.toThrow('broken');
});

test('a failure that came while nobody waited meets the next who does', async () => {
  const things = countdown();
  things.fail(new Error('broken before'));
  await expect(things.wait(1)).rejects.toThrow('broken before');
});
