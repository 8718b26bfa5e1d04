import { expect, it } from 'vitest';
import { assertHardToGuess } from './weak-password.ts';

const listed = new Set(['iloveyou', 'qwertyuiop', 'chocolate123', 'monkey']);
const judge = (password: string): string => {
  try {
    assertHardToGuess(
      { isCommon: (text) => listed.has(text) },
      { path: 'newPassword', password, personal: ['ada.lovelace@example.com', 'Ada', 'Lovelace'] },
    );
    return 'taken';
  } catch (error) {
    expect(error).toMatchObject({ code: 'INVALID_INPUT', details: { issues: [{ path: 'newPassword' }] } });
    expect(JSON.stringify(error)).not.toContain(password);
    return (error as { details: { issues: { problem: string }[] } }).details.issues[0]?.problem ?? '';
  }
};

it.each(['chocolate123', 'iloveyou2026!!', 'ILoveYou....', 'I love you 99', 'monkeymonkeymonkey', '¡¡¡Qwertyuiop!!!'])(
  'refuses %s, which is a common one in disguise',
  (password) => expect(judge(password)).toContain('many people use'),
);

it.each(['aaaaaaaaaaaa', 'xyzxyzxyzxyz', 'abcdefghijkl', '123456789012', '210987654321'])('refuses %s, which is one pattern', (password) =>
  expect(judge(password)).toContain('one pattern'),
);

it.each([
  'ada.lovelace@example.com',
  'LovelaceLovelace',
  'lovelace-1815-12',
  'Lovelace trii 2026',
  'trii-portfolio-2026',
  '10/12/1815 Ada Lovelace',
])('refuses %s, which is made of what everybody knows', (password) => expect(judge(password)).toContain('e-mail address or name'));

it.each([
  'correct horse battery',
  'la casa de mi abuela',
  'Lovelace plays the accordion',
  'xK2#9vQm!rT0',
  '東京の夜はとても静かです',
  '4839-2017-4652',
  'lovelace 483920174652',
])('takes %s, with no rule about kinds of letters', (password) => expect(judge(password)).toBe('taken'));
