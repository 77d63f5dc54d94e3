/** Hundreds of thousands of messages under a forced garbage collector: memory that the kernel knows neither moves nor goes. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openCount } from '../../../test/fixtures/open-descriptors.ts';
import { createSocketPair, type Descriptor, EventFd, MessageBlock, NativeBlock, receiveMessage, sendMessage } from './index.ts';
import { libc } from './libc.ts';

const MESSAGES = 200_000;

/** Sends and receives message `i`, with a descriptor in every hundredth, and checks each byte. */
function exchange(i: number, block: MessageBlock, ends: { near: Descriptor; far: Descriptor; events: EventFd }): void {
  const length = 1 + (i % 48);
  block.data.fill(i, 0, length);
  const sent = sendMessage(ends.near, block, { length }, i % 100 === 0 ? [ends.events.descriptor] : []);
  assert.equal(sent, length);
  block.data.fill(0, 0, length);
  const message = receiveMessage(ends.far, block);
  assert.equal(message?.length, length);
  for (let at = 0; at < length; at++) if (block.data[at] !== (i & 0xff)) assert.fail(`message ${i}: byte ${at} is ${block.data[at]}`);
  assert.equal(message.descriptors.length, i % 100 === 0 ? 1 : 0);
  for (const descriptor of message.descriptors) descriptor.close();
}

/** Runs the collector right before every 2000th sendmsg and recvmsg, and lets new memory take the place of what it freed. */
function collectBeforeCalls(collect: () => void): void {
  const kernel = libc();
  const { sendmsg, recvmsg } = kernel;
  let calls = 0;
  let litter: Uint8Array[] = [];
  const disturb = (): void => {
    if (++calls % 2000 !== 0) return;
    litter = [];
    collect();
    for (let i = 0; i < 100; i++) litter.push(new Uint8Array(1 + i).fill(0xa5));
    using block = NativeBlock.allocate(4096);
    block.bytes.fill(0xa5);
  };
  kernel.sendmsg = (...call) => {
    disturb();
    return sendmsg(...call);
  };
  kernel.recvmsg = (...call) => {
    disturb();
    return recvmsg(...call);
  };
}

function run(): void {
  const before = openCount();
  using block = new MessageBlock(48, 2);
  using events = new EventFd();
  const [near, far] = createSocketPair();
  for (let i = 0; i < MESSAGES; i++) exchange(i, block, { near, far, events });
  near.close();
  far.close();
  events.close();
  assert.equal(openCount(), before);
}

const { gc } = globalThis;

test('receiveMessage and sendMessage keep their memory under a forced collector', () => {
  if (gc) {
    collectBeforeCalls(() => gc());
    run();
    return;
  }
  // Only a process of its own has a collector that can be forced.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const program = ['--expose-gc', '--import', 'tsx', '--test-reporter=tap', fileURLToPath(import.meta.url)];
  const child = spawnSync(process.execPath, program, { encoding: 'utf8', timeout: 120_000, env });
  assert.equal(child.status, 0, `${child.signal ?? ''}${child.stdout}${child.stderr}`);
  assert.match(child.stdout, /^# pass 1$/m);
});
