import { defineEntity, p } from '@mikro-orm/postgresql';
import { Instrument } from '../market/index.ts';
import { idColumn, instantColumn, jsonColumn, moneyColumn, nowColumn, scoreColumn } from '../platform/index.ts';

const MlPredictionSchema = defineEntity({
  name: 'MlPrediction',
  tableName: 'ml_predictions',
  properties: {
    id: idColumn(),
    instrumentId: () => p.manyToOne(Instrument).mapToPk().joinColumn('instrument_id'),
    predictionDate: instantColumn(),
    targetDate: instantColumn(),
    predictedPrice: moneyColumn(),
    confidenceScore: scoreColumn().nullable(),
    modelName: p.text(),
    modelVersion: p.text(),
    featuresUsed: jsonColumn().nullable(),
    modelMetadata: jsonColumn().nullable(),
    actualPrice: moneyColumn().nullable(),
    predictionError: moneyColumn().nullable(),
    createdAt: nowColumn(),
  },
  indexes: [
    { name: 'idx_ml_predictions_instrument_date', columns: [{ name: 'instrument_id' }, { name: 'prediction_date', sort: 'DESC' }] },
    {
      name: 'idx_ml_predictions_model',
      columns: [{ name: 'model_name' }, { name: 'model_version' }, { name: 'prediction_date', sort: 'DESC' }],
    },
  ],
  checks: [{ name: 'ml_predictions_confidence_range', expression: 'confidence_score >= 0 and confidence_score <= 1' }],
});

export class MlPrediction extends MlPredictionSchema.class {}
MlPredictionSchema.setClass(MlPrediction);
