import { expect, test } from 'vitest';
import { Name } from './fields.ts';

test.each(['María José', 'Ñuñez-O’Neill', 'বাংলা\u200Dভাষা', '李 小龙', ' Ada '])('"%s" is a name', (name) => {
  expect(Name.safeParse(name).success).toBe(true);
});

test.each([
  ['a line of its own', 'Ada\r\nBcc: eve@example.com'],
  ['a command to a terminal', 'Ada\u001B[31m'],
  ['a control character beyond ASCII', 'Ada\u009B31m'],
  ['what turns the direction of the text around it', 'Ada \u202Etxt.exe'],
  ['a separator of lines', 'Ada\u2028Eve'],
])('a name with %s is refused', (_what, name) => {
  expect(Name.safeParse(name).error?.issues[0]?.message).toBe('one line without control characters');
});
