/** Something that must be found nowhere, in one of the forms that it could travel in. */
export interface Needle {
  readonly name: string;
  readonly form: string;
  readonly bytes: Buffer;
}

/** A text in UTF-8, as hexadecimal digits, and inside base64 wherever it begins: of three alignments the characters that no neighbour changes. */
export function textNeedles(name: string, text: string): Needle[] {
  const bytes = Buffer.from(text);
  const base64 = [0, 1, 2].map((shift) => {
    const whole = Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .replaceAll('=', '');
    const before = Math.ceil((shift * 8) / 6);
    const after = Math.floor(((shift + bytes.length) * 8) / 6);
    return { name, form: `base64, shifted by ${shift}`, bytes: Buffer.from(whole.slice(before, after)) };
  });
  return [{ name, form: 'text', bytes }, { name, form: 'hex', bytes: Buffer.from(bytes.toString('hex')) }, ...base64];
}

/** A key as bytes, hexadecimal digits, base64 and base64url. */
export function keyNeedles(name: string, key: Uint8Array): Needle[] {
  const bytes = Buffer.from(key);
  const encoded = (['hex', 'base64', 'base64url'] as const).map((form) => ({
    name,
    form,
    bytes: Buffer.from(bytes.toString(form).replaceAll('=', '')),
  }));
  return [{ name, form: 'bytes', bytes }, ...encoded];
}

/** By place, what stands there. */
export type Places = ReadonlyMap<string, Buffer>;

/** `place: name (form)` for everything that is where it must not be. */
export function leaksIn(places: Places, needles: readonly Needle[]): string[] {
  return [...places].flatMap(([place, content]) =>
    needles.filter(({ bytes }) => content.includes(bytes)).map(({ name, form }) => `${place}: ${name} (${form})`),
  );
}
