export { MlModel } from './ml-model.entity.ts';
export { MlPrediction } from './ml-prediction.entity.ts';
