export { MlModel } from './ml-model.entity.ts';
export { MlPrediction } from './ml-prediction.entity.ts';
export type { CachedPrediction, PredictionCache, PredictionOf } from './ports.ts';
