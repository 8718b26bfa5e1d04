import type { PredictionCache, PredictionOf } from '@trii/domain';
import { invariant, newId, type Clock } from '@trii/kernel';
import type { CacheLink } from './cache-link.ts';
import { keyOf, predictionKey } from './keys.ts';
import { decodeValue, encodeValue } from './stored-value.ts';

const keyFor = ({ symbol, model, version, horizon }: PredictionOf): string =>
  keyOf(predictionKey, { symbol, model_version: `${model}@${version}@${horizon}` });

/** `ml:prediction:{symbol}:{model_version}`. Features keep their own names. */
export function redisPredictionCache(link: CacheLink, clock: Clock): PredictionCache {
  const { epoch: epochKey, ttlMs } = predictionKey;
  return {
    async find(of) {
      const [text = null, epoch = null] = (await link.ask((redis) => redis.mget(keyFor(of), epochKey))) ?? [];
      const value = epoch === null ? undefined : decodeValue(predictionKey, text, epoch);
      if (value === undefined) return undefined;
      const { features, predicted_price, confidence, target_date } = value;
      return { predictedPrice: predicted_price, confidence, targetDate: target_date, features };
    },
    async keep(of, { predictedPrice, confidence, targetDate, features }) {
      const fields = { predicted_price: predictedPrice, confidence, target_date: targetDate, features };
      // Told, not asked: were the older prediction to stay, it would be served for the rest of its hour.
      await link.tell(async (redis) => {
        await redis.set(epochKey, newId(), 'NX');
        const text = encodeValue(predictionKey, fields, { epoch: (await redis.get(epochKey)) ?? '', nowMs: clock.now().getTime() });
        invariant(text !== undefined, 'a prediction fits its key');
        await redis.set(keyFor(of), text, 'PX', ttlMs);
      });
    },
  };
}
