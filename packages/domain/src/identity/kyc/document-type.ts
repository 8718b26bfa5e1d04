export type ContentType = 'image/jpeg' | 'image/png' | 'application/pdf';

const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const JPEG = [0xff, 0xd8, 0xff];
/** "%PDF-"; readers look for it in the first kilobyte, we want it first: a file that is two things at once is none of ours. */
const PDF = [0x25, 0x50, 0x44, 0x46, 0x2d];

const beginnings: readonly (readonly [ContentType, readonly number[]])[] = [
  ['image/png', PNG],
  ['image/jpeg', JPEG],
  ['application/pdf', PDF],
];

/** What a document is by its first bytes, whatever anybody calls it; undefined for what is none of the accepted types. */
export const contentTypeOf = (content: Uint8Array): ContentType | undefined =>
  beginnings.find(([, bytes]) => bytes.every((byte, at) => content[at] === byte))?.[0];
