import { defineEntity, p } from '@mikro-orm/postgresql';
import { bytesColumn, nowColumn, tenantPolicies } from '../../platform/index.ts';
import { User } from '../user.entity.ts';

const KycDocumentPartSchema = defineEntity({
  name: 'KycDocumentPart',
  tableName: 'kyc_document_parts',
  ...tenantPolicies('kyc_document_parts', ['user', 'definer']),
  properties: {
    userId: () => p.manyToOne(User).mapToPk().joinColumn('user_id').primary().deleteRule('no action').updateRule('no action'),
    documentId: p.uuid().primary(),
    part: p.smallint().primary(),
    /** Base64 of the bytes, under the investor's own key. */
    contentEnc: bytesColumn().lazy().hidden(),
    createdAt: nowColumn(),
  },
  checks: [
    { name: 'kyc_document_parts_part_range', expression: 'part >= 0 and part < 40' },
    { name: 'kyc_document_parts_content_enc_layout', expression: 'is_personal_ciphertext(content_enc)' },
  ],
});

export class KycDocumentPart extends KycDocumentPartSchema.class {}
KycDocumentPartSchema.setClass(KycDocumentPart);
