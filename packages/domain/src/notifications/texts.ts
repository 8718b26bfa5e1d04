import type { identity } from '@trii/contract';

type Text = { readonly title: string; readonly message: string };

/** What investors are told of a decision on who they are. */
export const kycDecided: Readonly<Record<'VERIFIED' | 'REJECTED', Readonly<Record<identity.Language, Text>>>> = {
  VERIFIED: {
    es: { title: 'Identidad verificada', message: 'Verificamos tu identidad. Ya puedes operar.' },
    en: { title: 'Identity verified', message: 'Your identity is verified. You can trade now.' },
  },
  REJECTED: {
    es: {
      title: 'No pudimos verificar tu identidad',
      message: 'Mira el motivo en tu verificación, añade lo que falta y envíala de nuevo. Hasta entonces no puedes operar.',
    },
    en: {
      title: 'Your identity could not be verified',
      message: 'See the reason in your verification, add what is missing and hand it in again. Until then you cannot trade.',
    },
  },
};
