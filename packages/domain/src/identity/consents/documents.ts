interface ConsentDocument {
  readonly document: 'TERMS' | 'PRIVACY' | 'MARKETING';
  /** A new text is a new version, which has to be accepted anew. */
  readonly version: number;
  readonly title: { readonly es: string; readonly en: string };
  readonly isRequired: boolean;
}

/** What there is to consent to now. */
export const consentDocuments: readonly ConsentDocument[] = [
  { document: 'TERMS', version: 1, title: { es: 'Términos del servicio', en: 'Terms of service' }, isRequired: true },
  {
    document: 'PRIVACY',
    version: 1,
    title: { es: 'Tratamiento de datos personales', en: 'Processing of personal data' },
    isRequired: true,
  },
  { document: 'MARKETING', version: 1, title: { es: 'Noticias y ofertas', en: 'News and offers' }, isRequired: false },
];
