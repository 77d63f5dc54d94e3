/** Run with `--expose-gc`: messages with the collector run and memory reused right before calls into the kernel. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createMemfd, createSocketPair, NativeBlock } from '../../src/linux/ffi/index.ts';
import { libc } from '../../src/linux/ffi/libc.ts';
import { LinuxPlatform, UnixConnection } from '../../src/linux/unix-transport/index.ts';
import { VfioUserServer } from '../../src/pure/vfio-user/index.ts';
import * as wire from '../../src/pure/vfio-user/message.ts';
import { encodeDmaMap } from '../../src/pure/vfio-user/messages/dma-map.ts';
import { encodeDmaUnmap } from '../../src/pure/vfio-user/messages/dma-unmap.ts';
import { encodeRegionAccess } from '../../src/pure/vfio-user/messages/region-access.ts';
import { encodeVersion } from '../../src/pure/vfio-user/messages/version.ts';
import { encodeMessage, QEMU_CAPABILITIES } from '../compliance/vfio-user/dialogue.ts';
import { createMemoryDevice } from '../fixtures/memory-device.ts';
import { openCount } from '../fixtures/open-descriptors.ts';
import { Peer } from './echo-endpoint.ts';

const [messages = 20_000] = process.argv.slice(2).map(Number);
const CALLS_BETWEEN = 500;
const CONFIG_REGION = 7;

const mappings = (): number => readFileSync('/proc/self/maps', 'utf8').match(/^\S+ ..{2}s .*memfd:guest/gm)?.length ?? 0;

/** Mappings made and not given back, of any kind. */
let mapped = 0;

function countMappings(): void {
  const kernel = libc();
  const { mmap, munmap } = kernel;
  kernel.mmap = (...call) => {
    mapped++;
    return mmap(...call);
  };
  kernel.munmap = (...call) => {
    mapped--;
    return munmap(...call);
  };
}

/** Runs the collector before every so many calls, and lets new memory take the place of what it freed. */
function disturbCalls(): void {
  const kernel = libc();
  const { sendmsg, recvmsg, send } = kernel;
  let calls = 0;
  let litter: Uint8Array[] = [];
  const disturb = (): void => {
    if (++calls % CALLS_BETWEEN !== 0) return;
    litter = [];
    globalThis.gc?.();
    for (let i = 0; i < 100; i++) litter.push(new Uint8Array(1 + i).fill(0xa5));
    using block = NativeBlock.allocate(4096);
    block.bytes.fill(0xa5);
  };
  const before =
    <A extends unknown[], R>(call: (...given: A) => R) =>
    (...given: A): R => {
      disturb();
      return call(...given);
    };
  kernel.sendmsg = before(sendmsg);
  kernel.recvmsg = before(recvmsg);
  kernel.send = before(send);
}

/** One connection: accesses whose every byte is checked, guest memory that comes and goes. */
function converse(count: number): void {
  const [near, far] = createSocketPair();
  const platform = new LinuxPlatform();
  const device = createMemoryDevice();
  const connection = new UnixConnection(near, carrier => new VfioUserServer({ device, platform, carrier }));
  using peer = new Peer(far);
  using file = createMemfd('guest', 65536);
  const ask = (command: number, payload: Uint8Array, withFile = false): Uint8Array => {
    peer.send(encodeMessage(command, payload), withFile ? [file] : []);
    connection.step();
    const reply = peer.receive()?.bytes ?? new Uint8Array(0);
    assert.equal(wire.vfio_user_header.decode(reply).error_no, 0, `${wire.commandName(command)} is refused`);
    return reply;
  };
  ask(wire.VFIO_USER_VERSION, encodeVersion({ major: 0, minor: 0, capabilities: QEMU_CAPABILITIES }));
  for (let i = 0; i < count; i++) {
    const length = 1 + (i % 200);
    const bytes = new Uint8Array(length).fill(i);
    const place = { region: CONFIG_REGION, offset: i % 3000, count: length };
    ask(wire.VFIO_USER_REGION_WRITE, encodeRegionAccess(place, bytes));
    const reply = ask(wire.VFIO_USER_REGION_READ, encodeRegionAccess(place));
    for (let at = 0; at < length; at++) if (reply[32 + at] !== (i & 0xff)) assert.fail(`message ${i}: byte ${at} is ${reply[32 + at]}`);
    if (i % 20 !== 0) continue;
    ask(wire.VFIO_USER_DMA_MAP, encodeDmaMap({ flags: 3, offset: 0n, addr: 0x10000n, size: 65536n }), true);
    assert.equal(mappings(), 1);
    if (i % 40 === 0) ask(wire.VFIO_USER_DMA_UNMAP, encodeDmaUnmap({ addr: 0x10000n, size: 65536n }));
    else break;
  }
  // What is mapped still goes with the connection.
  connection.close();
}

assert.ok(globalThis.gc, 'run with --expose-gc');
disturbCalls();
countMappings();
converse(100);
globalThis.gc();
const start = { descriptors: openCount(), memory: process.memoryUsage().rss };
for (let done = 0; done < messages; done += 42) converse(400);
globalThis.gc();
const grown = (process.memoryUsage().rss - start.memory) / 2 ** 20;
assert.equal(openCount(), start.descriptors, 'as many descriptors are open as before');
assert.equal(mappings(), 0);
assert.equal(mapped, 0, 'as much native memory as before');
assert.ok(grown < 64, `memory grew by ${grown.toFixed(0)} MB`);
process.stdout.write(`${messages} messages, memory grew by ${grown.toFixed(0)} MB\n`);
