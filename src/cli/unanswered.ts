/** Why a socket gave no vfio-user server's answer, in words for whoever named it. */
import { statSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { readSocketUse, type SocketUse } from '../linux/unix-transport/socket-use.ts';
import { quote } from '../pure/text/shorten.ts';
import { ProtocolError } from '../pure/vfio-user/index.ts';

const WANTED = 'wanted the socket of a vfio-user server';
/** Times to look for other clients, with milliseconds between. */
const LOOKS = 5;
const PAUSE = 100;
const BUSY = 'another client is connected to it, and a server takes one at a time';
/** What `airlock serve --control` says first. */
const CONTROL_GREETING = '{"airlock":';

function textOf(bytes: Uint8Array): string | null {
  const text = String.fromCharCode(...bytes);
  return /^[\t\r\n\x20-\x7e]+$/.test(text) ? text : null;
}

/** The first bytes of a program that speaks text are no header; null for any other fault. */
function speaksText(error: unknown, socket: string): string | null {
  const text = error instanceof ProtocolError && error.header !== null ? textOf(error.header) : null;
  if (text === null) return null;
  if (text.startsWith(CONTROL_GREETING)) {
    return `it is a control socket of airlock serve, ${WANTED}; airlock ctl ${socket} list names the devices and their sockets`;
  }
  return `what listens there speaks text, and begins with ${quote(text)}: ${WANTED}`;
}

function kindOf(path: string): string | null {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined || stats.isSocket()) return null;
  if (stats.isDirectory()) return 'it is a directory';
  return stats.isFile() ? 'it is a file' : 'it is no socket';
}

/** Words for a connection that was refused because the path is that of no socket; null for any other. */
export function noSocketWords(path: string): string | null {
  try {
    const kind = kindOf(path);
    return kind === null ? null : `Cannot connect to ${path}: ${kind}, ${WANTED}`;
  } catch {
    return null;
  }
}

/** Words for the end of a connection, null where its error has better ones; `hasAnswered`: something came before. */
export async function endWords(socket: string, error: Error | null, hasAnswered: boolean): Promise<string | null> {
  const text = speaksText(error, socket);
  if (text !== null || hasAnswered || error !== null) return text;
  return (await isTaken(socket)) ? `${BUSY}: it ended the connection` : `it ended the connection without an answer, ${WANTED}`;
}

/** Whether the server has a connection. One that has only said that it sends no more has ours a moment longer. */
async function isTaken(socket: string): Promise<boolean> {
  for (let look = 0; look < LOOKS; look++) {
    if ((readSocketUse(socket)?.accepted ?? 0) === 0) return false;
    await setTimeout(PAUSE);
  }
  return true;
}

/** Words for `seconds` without the answer that was waited for. Asked while the connection is still there. */
export function silenceWords(socket: string, seconds: number, hasAnswered: boolean): string {
  const time = `in ${seconds} s`;
  if (hasAnswered) return `it answered, but not to the end ${time}`;
  return silentUse(readSocketUse(socket), time);
}

function silentUse(use: SocketUse | null, time: string): string {
  if (use === null) return `no answer ${time}; another client may be connected`;
  const { accepted, waiting } = use;
  if (accepted > 1 || (accepted === 1 && waiting > 0)) return `no answer ${time}: ${BUSY}`;
  if (waiting > 0) return `no answer ${time}: what listens there takes no connections`;
  return `it took the connection and gave no answer ${time}: it hangs, or is no vfio-user server`;
}
