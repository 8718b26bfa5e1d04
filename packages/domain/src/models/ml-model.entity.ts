import { defineEntity, p } from '@mikro-orm/postgresql';
import { idColumn, instantColumn, settingsColumn } from '../platform/index.ts';

const MlModelSchema = defineEntity({
  name: 'MlModel',
  tableName: 'ml_models',
  properties: {
    id: idColumn(),
    name: p.text(),
    version: p.text(),
    modelType: p.enum(['REGRESSION', 'CLASSIFICATION', 'ENSEMBLE']).nativeEnumName('ml_model_type'),
    hyperparameters: settingsColumn(),
    performanceMetrics: settingsColumn(),
    trainingDatasetId: p.text().nullable(),
    trainedAt: instantColumn().nullable(),
    isActive: p.boolean().default(false),
    /** Champion, one per instrument and horizon. */
    isProduction: p.boolean().default(false),
  },
  uniques: [{ name: 'ml_models_name_version_unique', properties: ['name', 'version'] }],
});

export class MlModel extends MlModelSchema.class {}
MlModelSchema.setClass(MlModel);
