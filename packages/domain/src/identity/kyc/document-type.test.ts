import { expect, it } from 'vitest';
import { contentTypeOf } from './document-type.ts';

const bytes = (text: string) => Buffer.from(text, 'latin1');

// First bytes as the formats' own standards give them: PNG (ISO/IEC 15948, 5.2), JPEG (ISO/IEC 10918-1, SOI and a marker), PDF (ISO 32000-1, 7.5.2).
it.each([
  ['image/png', bytes('\x89PNG\r\n\x1a\n...')],
  ['image/jpeg', bytes('\xff\xd8\xff\xe0..JFIF')],
  ['image/jpeg', bytes('\xff\xd8\xff\xe1..Exif')],
  ['application/pdf', bytes('%PDF-1.7\n')],
])('knows %s by its first bytes', (type, content) => {
  expect(contentTypeOf(content)).toBe(type);
});

it.each([
  ['a script', bytes('#!/bin/sh\n')],
  ['a page', bytes('<!doctype html><script>')],
  ['a drawing that may hold scripts', bytes('<svg xmlns="http://www.w3.org/2000/svg">')],
  ['an archive', bytes('PK\x03\x04')],
  ['a program', bytes('MZ\x90\x00')],
  ['a PDF behind something else', bytes('GIF89a%PDF-1.7')],
  ['half a PNG', bytes('\x89PNG')],
  ['nothing', bytes('')],
])('takes %s for none of its types', (_, content) => {
  expect(contentTypeOf(content)).toBeUndefined();
});
