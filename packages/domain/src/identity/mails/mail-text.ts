import type { MailKind } from './queue-mail.ts';

export interface MailText {
  readonly subject: string;
  readonly text: string;
}

type Write = (token: string) => MailText;

// Spanish first, the platform's first language, and English below it: whom a mail goes to need not have said which they read.
const texts: Readonly<Record<MailKind, Write>> = {
  VERIFY_EMAIL: (token) => ({
    subject: 'Confirma tu dirección · Confirm your address',
    text: `Con este código confirmas tu dirección de correo. Vale un día y una sola vez:\n\n${token}\n\nSi no abriste una cuenta, ignora este mensaje.\n\n---\n\nThis code confirms your e-mail address. It is good for a day, and once; it stands above.\n\nIf you opened no account, ignore this message.\n`,
  }),
  RESET_PASSWORD: (token) => ({
    subject: 'Cambia tu contraseña · Reset your password',
    text: `Con este código pones una contraseña nueva. Vale media hora y una sola vez:\n\n${token}\n\nSi no lo pediste, ignora este mensaje: tu contraseña sigue igual.\n\n---\n\nThis code sets a new password. It is good for half an hour, and once; it stands above.\n\nIf you did not ask for it, ignore this message: your password stays as it is.\n`,
  }),
  ADDRESS_TAKEN: () => ({
    subject: 'Ya tienes una cuenta · You already have an account',
    text: `Alguien quiso abrir una cuenta con tu dirección, que ya tiene una. Si fuiste tú, inicia sesión o pide una contraseña nueva. Si no, no hace falta hacer nada.\n\n---\n\nSomebody asked to open an account with your address, which has one. If it was you, sign in or ask for a new password. If not, nothing has to be done.\n`,
  }),
};

export const mailText = (kind: MailKind, token: string): MailText => texts[kind](token);
