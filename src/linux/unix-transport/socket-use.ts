/** Who is connected to a listening UNIX socket, as the kernel lists it for everybody (proc(5), "/proc/net/unix"). */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** Connections to a listening socket, from whomever. */
export interface SocketUse {
  /** That the program behind it has taken. */
  readonly accepted: number;
  /** That wait to be taken. */
  readonly waiting: number;
}

/** Columns of a line: address, references, protocol, flags, type, state, inode, path. */
const LINE = /^[0-9a-f]+: [0-9A-F]+ [0-9A-F]+ [0-9A-F]+ [0-9A-F]+ ([0-9A-F]+) +\d+ (.*)$/;
const CONNECTING = 2;
const CONNECTED = 3;

/** Counts in the kernel's list. The path in it is the one that its server used, which may be relative to where that one stands. */
export function countUse(list: string, path: string): SocketUse {
  const whole = resolve(path);
  const isOurs = (listed: string): boolean =>
    listed === path || listed === whole || (!/^[/@]/.test(listed) && whole.endsWith(`/${listed}`));
  const states = list.split('\n').flatMap(line => {
    const [, state, listed] = LINE.exec(line) ?? [];
    return state !== undefined && listed !== undefined && isOurs(listed) ? [Number.parseInt(state, 16)] : [];
  });
  const count = (wanted: number): number => states.filter(state => state === wanted).length;
  return { accepted: count(CONNECTED), waiting: count(CONNECTING) };
}

/** Null where the kernel does not tell. */
export function readSocketUse(path: string): SocketUse | null {
  try {
    return countUse(readFileSync('/proc/net/unix', 'utf8'), path);
  } catch {
    return null;
  }
}
