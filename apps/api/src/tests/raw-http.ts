import { connect } from 'node:net';

export interface RawAnswer {
  /** Everything that came back, as Latin-1. */
  readonly text: string;
  readonly statuses: readonly number[];
  readonly isClosed: boolean;
  /** Of the pieces, before the server hung up. */
  readonly written: number;
}

/** A part of a request as it goes over the wire, or a pause in milliseconds. */
export type Piece = string | number;

/** Writes pieces to a socket as they are, with nothing between us and the server's parser, and says what came back until it fell silent. */
export async function sendPieces(port: number, pieces: readonly Piece[], silenceMs = 400): Promise<RawAnswer> {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  let isClosed = false;
  let written = 0;
  socket.on('data', (data) => {
    text += data.toString('latin1');
  });
  // A server that hangs up on us says so here or by closing; either is an answer.
  socket.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => {
    socket.on('close', () => {
      isClosed = true;
      resolve();
    });
  });
  const pause = (ms: number) => Promise.race([closed, new Promise((resolve) => setTimeout(resolve, ms))]);
  for (const piece of pieces) {
    if (isClosed) break;
    if (typeof piece === 'number') await pause(piece);
    else {
      socket.write(Buffer.from(piece, 'latin1'));
      written += 1;
    }
  }
  for (let heard = -1; !isClosed && heard !== text.length;) {
    heard = text.length;
    await pause(silenceMs);
  }
  socket.destroy();
  const statuses = [...text.matchAll(/HTTP\/1\.1 (?<status>\d{3}) /g)].map(({ groups }) => Number(groups?.['status']));
  return { text, statuses, isClosed, written };
}
