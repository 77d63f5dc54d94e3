/** The profile held against what guests of Cloud Hypervisor 53 read: the recording says how it was made. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { unexpectedOfAssigned } from '../../../../test/cloud-hypervisor/assigned-bytes.ts';

interface RecordedSpace {
  readonly length: number;
  /** Without the zeros at the end. */
  readonly bytes: string;
}

interface RecordedDevice {
  readonly name: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly barSizes: readonly number[];
  readonly host: RecordedSpace;
  readonly guest: RecordedSpace;
}

const PATH = join(import.meta.dirname, '../../../../test/cloud-hypervisor/recorded.json');
const { devices }: { devices: readonly RecordedDevice[] } = JSON.parse(readFileSync(PATH, 'utf8'));

function bytesOf({ length, bytes }: RecordedSpace): Uint8Array {
  const space = new Uint8Array(length);
  space.set(Buffer.from(bytes, 'hex'));
  return space;
}

for (const { name, properties, barSizes, host, guest } of devices) {
  const words = Object.entries(properties).map(([property, value]) => ` with ${property}=${value}`);
  test(`cloud-hypervisor-53 shows of ${name}${words.join('')} what a guest read`, () => {
    const recorded = { properties, barSizes, host: bytesOf(host), guest: bytesOf(guest) };
    assert.deepEqual(unexpectedOfAssigned(recorded), []);
  });
}
