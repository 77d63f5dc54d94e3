/** Sends one request to a server, byte for byte, and says what came of it. */
import { openSync } from 'node:fs';
import { connectUnix, createMemfd, Descriptor, EventFd } from '../../src/linux/ffi/index.ts';
import type { EventLoopWaiter } from '../../src/linux/unix-transport/index.ts';
import * as wire from '../../src/pure/vfio-user/message.ts';
import { encodeMessage } from '../compliance/vfio-user/dialogue.ts';
import { Peer } from '../transport/echo-endpoint.ts';
import { FramedPeer } from '../transport/framed-peer.ts';
import { type File, type Request, type Step, VERSION } from './requests.ts';

const NAMES = new Map([
  [2, 'ENOENT'],
  [5, 'EIO'],
  [13, 'EACCES'],
  [14, 'EFAULT'],
  [17, 'EEXIST'],
  [19, 'ENODEV'],
  [22, 'EINVAL'],
  [25, 'ENOTTY'],
  [28, 'ENOSPC'],
  [71, 'EPROTO'],
  [95, 'EOPNOTSUPP'],
]);

/** `done`, an error's name, or `ends`: no answer, and no connection any more; an answer before the end says both. */
export type Outcome = string;

function openFile(file: File): Descriptor {
  if (file === 'event') return new EventFd().descriptor;
  if (file === 'memory') return createMemfd('guest memory', 0x10000);
  return new Descriptor(openSync('/', 'r'), 'a directory');
}

async function ask(peer: Peer, framed: FramedPeer, { command, payload, files = [], ...sending }: Step): Promise<Outcome> {
  const descriptors = files.map(openFile);
  try {
    peer.send(encodeMessage(command, payload, { id: 7, ...sending }), descriptors);
  } catch {
    return 'ends';
  } finally {
    for (const descriptor of descriptors) descriptor.close();
  }
  const answer = await framed.receive();
  if (answer === null) return 'ends';
  for (const descriptor of answer.descriptors) descriptor.close();
  const { flags, error_no } = wire.vfio_user_header.decode(answer.bytes);
  if ((flags & wire.VFIO_USER_F_ERROR) === 0) return 'done';
  return NAMES.get(error_no) ?? `error ${error_no}`;
}

/** What the server at `socket` answers to the last step, and whether it takes another message after that. */
export async function askRaw(socket: string, waiter: EventLoopWaiter, { steps, isNegotiated = true }: Request): Promise<Outcome> {
  using peer = new Peer(connectUnix(socket));
  const framed = new FramedPeer(peer, waiter);
  try {
    let outcome: Outcome = isNegotiated ? await ask(peer, framed, VERSION) : 'done';
    for (const step of steps) outcome = await ask(peer, framed, step);
    if (outcome === 'ends') return outcome;
    // Region 9 is nobody's: an error says that the connection lives.
    const probe = await ask(peer, framed, { command: wire.VFIO_USER_DEVICE_GET_INFO, payload: Uint8Array.of(16, ...new Uint8Array(15)) });
    return probe === 'ends' ? `${outcome}, ends` : outcome;
  } finally {
    framed.close();
  }
}
