/** Made-up messages for an endpoint that has no client yet: the engine compiles what it has run often, and no client waits for that. */
import { VFIO_PCI_CONFIG_REGION_INDEX } from '../../pure/spec/vfio/index.ts';
import {
  HEADER_SIZE,
  VFIO_USER_REGION_READ,
  VFIO_USER_REGION_WRITE,
  VFIO_USER_VERSION,
  vfio_user_header,
} from '../../pure/vfio-user/message.ts';
import { encodeRegionAccess } from '../../pure/vfio-user/messages/region-access.ts';
import { encodeVersion } from '../../pure/vfio-user/messages/version.ts';
import { MSG_DONTWAIT, MSG_NOSIGNAL } from '../ffi/constants.ts';
import { createSocketPair, type Descriptor } from '../ffi/index.ts';
import { libc } from '../ffi/libc.ts';
import { type MakeEndpoint, UnixConnection } from './unix-connection.ts';

/** By then the engine has compiled what it will; it takes a tenth of a second. */
const MOST_MESSAGES = 20_000;
/** Milliseconds; a busy machine must not spend minutes on it. */
const MOST_TIME = 1000;
/** A client that is there is looked for after so many messages, which is less than a millisecond. */
const BETWEEN_LOOKS = 32;
const FLAGS = MSG_DONTWAIT | MSG_NOSIGNAL;

function encodeMessage(cmd: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(HEADER_SIZE + payload.length);
  vfio_user_header.write({ msg_id: cmd, cmd, msg_size: bytes.length, flags: 0 }, bytes);
  bytes.set(payload, HEADER_SIZE);
  return bytes;
}

/** What a VMM sends most: accesses to config space of all sizes, few of which write. */
function makeAccesses(): Uint8Array[] {
  const region = VFIO_PCI_CONFIG_REGION_INDEX;
  const reads = Array.from({ length: 48 }, (_, i) => {
    const count = [4, 4, 2, 1][i % 4] ?? 4;
    return encodeMessage(VFIO_USER_REGION_READ, encodeRegionAccess({ region, offset: (i * 4) % 256, count }));
  });
  // The Cache Line Size, which no hardware heeds (PCIe 6.0 §7.5.1.1.7).
  const write = encodeMessage(VFIO_USER_REGION_WRITE, encodeRegionAccess({ region, offset: 0x0c, count: 1 }, new Uint8Array(1)));
  return [...reads, write];
}

/** Serves a connection of the thread's own until that is fast, or `isWanted` says that a client is there. Throws what `makeEndpoint` throws. */
export function rehearse(makeEndpoint: MakeEndpoint, isWanted: () => boolean): void {
  const [near, far] = createSocketPair();
  try {
    const connection = new UnixConnection(near, makeEndpoint);
    try {
      converse(connection, far, isWanted);
    } finally {
      connection.close();
    }
  } finally {
    far.close();
  }
}

function converse(connection: UnixConnection, far: Descriptor, isWanted: () => boolean): void {
  const accesses = makeAccesses();
  const reply = new Uint8Array(4096);
  const end = performance.now() + MOST_TIME;
  let message = encodeMessage(VFIO_USER_VERSION, encodeVersion({ major: 0, minor: 0, capabilities: {} }));
  for (let i = 0; i < MOST_MESSAGES && connection.end === null; i++) {
    if (i % BETWEEN_LOOKS === 0 && (isWanted() || performance.now() > end)) return;
    if (libc().send(far.number, message, message.length, FLAGS) !== message.length) return;
    connection.step();
    if (libc().recv(far.number, reply, reply.length, FLAGS) <= 0) return;
    message = accesses[i % accesses.length] ?? message;
  }
}
