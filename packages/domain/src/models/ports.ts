/** One model's prediction for one instrument: name, version and horizon, or two models of one name would share it. */
export interface PredictionOf {
  readonly symbol: string;
  readonly model: string;
  readonly version: string;
  readonly horizon: string;
}

export interface CachedPrediction {
  /** Decimal string. */
  readonly predictedPrice: string;
  /** 0 to 1. */
  readonly confidence: number;
  readonly targetDate: string;
  readonly features: Readonly<Record<string, number | string | boolean | null>>;
}

/** `ml:prediction:{symbol}:{model_version}`, kept for an hour. A cache that is away finds nothing and keeps nothing. */
export interface PredictionCache {
  find(of: PredictionOf): Promise<CachedPrediction | undefined>;
  keep(of: PredictionOf, prediction: CachedPrediction): Promise<void>;
}
