import { expect, it } from 'vitest';
import { originCheck } from './origins.ts';

const isAllowed = originCheck(['https://app.example.com']);

it('lets in pages of the own host, by http and https, and of the listed origins', () => {
  for (const origin of ['http://api.example.com', 'https://api.example.com', 'https://app.example.com'])
    expect([origin, isAllowed(origin, 'api.example.com')]).toEqual([origin, true]);
});

it.each([
  ['a listed host by another scheme', 'http://app.example.com'],
  ['a listed host at another port', 'https://app.example.com:8443'],
  ['a host that begins alike', 'https://api.example.com.evil.example'],
  ['the own host by a scheme that is no page of the web', 'ftp://api.example.com'],
  ['the same by WebSocket', 'wss://api.example.com'],
  ['an extension of the same name', 'chrome-extension://api.example.com'],
  ['more than an origin', 'https://api.example.com/'],
  ['a user before the host', 'https://who@api.example.com'],
  ['a sandboxed page', 'null'],
  ['nothing', ''],
])('lets in no %s', (_what, origin) => {
  expect(isAllowed(origin, 'api.example.com')).toBe(false);
});

it('lets nobody in by a host that was not named', () => {
  expect(isAllowed('https://api.example.com', null)).toBe(false);
});
