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
    text: `Alguien quiso usar tu dirección para una cuenta, y ya tiene una. Si fuiste tú, inicia sesión o pide una contraseña nueva. Si no, no hace falta hacer nada.\n\n---\n\nSomebody asked to use your address for an account, and it has one. If it was you, sign in or ask for a new password. If not, nothing has to be done.\n`,
  }),
  CONFIRM_EMAIL: (token) => ({
    subject: 'Confirma tu nueva dirección · Confirm your new address',
    text: `Con este código tu cuenta pasa a esta dirección de correo; escríbelo donde iniciaste sesión. Vale una hora y una sola vez:\n\n${token}\n\nSi no lo pediste, ignora este mensaje.\n\n---\n\nThis code moves your account to this e-mail address; enter it where you are signed in. It is good for an hour, and once; it stands above.\n\nIf you did not ask for it, ignore this message.\n`,
  }),
  EMAIL_CHANGE_ASKED: () => ({
    subject: 'Pediste cambiar tu dirección · A change of your address was asked for',
    text: `Alguien pidió, desde tu cuenta, pasarla a otra dirección de correo. Todavía no cambió nada. Si no fuiste tú, cambia tu contraseña ahora: así terminan todas las demás sesiones.\n\n---\n\nSomebody asked, from your account, to move it to another e-mail address. Nothing has changed yet. If it was not you, change your password now: all other sessions end with that.\n`,
  }),
  EMAIL_CHANGED: () => ({
    subject: 'Tu dirección cambió · Your address was changed',
    text: `Tu cuenta tiene desde ahora otra dirección de correo, y esta ya no sirve para entrar. Si no fuiste tú, escribe enseguida a quien opera la plataforma.\n\n---\n\nYour account has another e-mail address from now on, and this one no longer signs in. If it was not you, write to whoever runs the platform at once.\n`,
  }),
};

export const mailText = (kind: MailKind, token: string): MailText => texts[kind](token);
