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

/** What investors are told of what accrued, by the amount as text. */
export const accrualPosted: Readonly<
  Record<'interest' | 'fee' | 'feeReturned', Readonly<Record<identity.Language, (amount: string) => Text>>>
> = {
  interest: {
    es: (amount) => ({ title: 'Intereses abonados', message: `Tu efectivo ganó ${amount} de intereses.` }),
    en: (amount) => ({ title: 'Interest paid', message: `Your cash earned ${amount} of interest.` }),
  },
  fee: {
    es: (amount) => ({ title: 'Comisión de asesoría', message: `Cobramos ${amount} de comisión de asesoría del mes.` }),
    en: (amount) => ({ title: 'Advisory fee', message: `We took ${amount} of advisory fee for the month.` }),
  },
  feeReturned: {
    es: (amount) => ({
      title: 'Comisión de asesoría devuelta',
      message: `Te devolvimos ${amount} de comisión de asesoría cobrada de más.`,
    }),
    en: (amount) => ({ title: 'Advisory fee returned', message: `We gave back ${amount} of advisory fee that was taken too much.` }),
  },
};
