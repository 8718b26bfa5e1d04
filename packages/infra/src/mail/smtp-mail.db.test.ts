import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { smtpMail } from './smtp-mail.ts';

interface Received {
  readonly to: readonly string[];
  readonly raw: string;
}

const received: Received[] = [];
const server = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS'],
  onRcptTo: ({ address }, _session, done) => done(address.startsWith('nobody@') ? new Error('no such box') : null),
  onData: (stream, session, done) => {
    let raw = '';
    stream.setEncoding('utf8');
    stream.on('data', (part: string) => (raw += part));
    stream.on('end', () => {
      received.push({ to: session.envelope.rcptTo.map(({ address }) => address), raw });
      done();
    });
  },
});
let url: string;

beforeAll(async () => {
  const listening = server.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  url = `smtp://127.0.0.1:${(listening.address() as AddressInfo).port}`;
});
afterAll(() => new Promise<void>((resolve) => server.close(() => resolve())));

const mail = { id: 'mail-1', to: 'ada@example.com', subject: 'Dirección · Address', text: 'código\r\n\r\nabc\r\n' };
const sender = () => smtpMail({ url, from: 'TRII <no-reply@trii.example>' });

it('hands a mail to a server, under an id that stays the same when it comes twice', async () => {
  await sender().send(mail);
  await sender().send(mail);
  expect(received).toHaveLength(2);
  expect(received[0]?.to).toEqual(['ada@example.com']);
  for (const { raw } of received) expect(raw).toContain('Message-ID: <mail-1@trii.example>');
});

it('takes an address for one address, and a subject for one line', async () => {
  received.length = 0;
  await sender().send({ ...mail, subject: 'one\r\nBcc: eve@example.com' });
  expect(received[0]?.to).toEqual(['ada@example.com']);
  expect(received[0]?.raw).not.toMatch(/^Bcc:/m);
});

it('fails when the server refuses, and when nobody listens, so that the job comes again', async () => {
  await expect(sender().send({ ...mail, to: 'nobody@example.com' })).rejects.toThrow('no such box');
  await expect(smtpMail({ url: 'smtp://127.0.0.1:1', from: 'a@b.example' }).send(mail)).rejects.toThrow(/ECONNREFUSED|refused/i);
});
