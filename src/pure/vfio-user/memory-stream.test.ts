/** A stream in memory: what is cut, what is whole, what is nothing. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryPlatform } from './memory-platform.ts';
import { MemoryStream, type Split } from './memory-stream.ts';
import { writeErrorReply } from './message.ts';

const LIMIT = 64;
const HEADER = 16;

function header(id: number): Uint8Array {
  const bytes = new Uint8Array(HEADER);
  writeErrorReply(new DataView(bytes.buffer), id, 1, 2);
  return bytes;
}

/** Reads until there is nothing; how many reads that took, and the messages' ids and handles. */
function readAll(stream: MemoryStream): { reads: number; messages: [id: number, handles: number][] } {
  const messages: [number, number][] = [];
  let reads = 0;
  for (; stream.fill(); reads++) {
    assert.ok(reads < 1000, 'it never ends');
    for (let message = stream.next(); message !== null; message = stream.next()) {
      messages.push([message.buffer.view.getUint16(message.at, true), message.handles.length]);
    }
  }
  return { reads, messages };
}

test('MemoryStream ends whatever its split says, and cuts as it says', () => {
  const splits: [Split, number][] = [
    [available => available, 3],
    [() => 1, 48],
    [() => 5, 12],
    [() => 0, 48],
    [() => Number.NaN, 48],
    [() => -1, 48],
    [() => 2.5, 24],
    [() => Number.POSITIVE_INFINITY, 3],
  ];
  for (const [split, reads] of splits) {
    const stream = new MemoryStream(LIMIT, split);
    for (const id of [1, 2, 3]) stream.write(header(id), []);
    const expected = [1, 2, 3].map((id): [number, number] => [id, 0]);
    assert.deepEqual(readAll(stream), { reads, messages: expected }, String(split));
  }
});

test('MemoryStream reads nothing of a write of no bytes, whose handles come with the next byte', () => {
  const splits: number[] = [];
  const stream = new MemoryStream(LIMIT, available => {
    splits.push(available);
    return available;
  });
  const platform = new MemoryPlatform();
  stream.write(new Uint8Array(0), [platform.createFile(16)]);
  assert.deepEqual(readAll(stream), { reads: 0, messages: [] });
  stream.write(header(7), []);
  assert.deepEqual(readAll(stream), { reads: 1, messages: [[7, 1]] });
  assert.deepEqual(splits, [HEADER]);
});
