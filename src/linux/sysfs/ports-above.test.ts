import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Bdf } from '../../pure/pci/bdf.ts';
import { readBridgesAbove } from './ports-above.ts';

const root = mkdtempSync(join(tmpdir(), 'airlock-ports-'));
after(() => rmSync(root, { recursive: true }));

/** A function below `parents`, as the kernel lays out its folders; the first byte of its config space is `mark`. */
function place(mark: number, ...path: readonly string[]): void {
  const folder = join(root, 'sys/devices', ...path);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'config'), Uint8Array.of(mark, 0));
  const links = join(root, 'sys/bus/pci/devices');
  mkdirSync(links, { recursive: true });
  symlinkSync(join('../../../devices', ...path), join(links, path[path.length - 1] ?? ''));
}

place(1, 'pci0000:00', '0000:00:1c.0');
place(2, 'pci0000:00', '0000:00:1c.0', '0000:01:00.0');
place(3, 'pci0000:00', '0000:00:1c.0', '0000:01:00.0', '0000:02:00.0');
place(4, 'platform', '0000:05:00.0');

/** The first byte of each bridge, the nearest first. */
const above = (address: string) => readBridgesAbove(Bdf.parse(address), root)?.map(({ config }) => config.bytes[0]) ?? null;

test('readBridgesAbove follows the folders of sysfs up to the root bus', () => {
  assert.deepEqual(above('02:00.0'), [2, 1]);
  assert.deepEqual(above('01:00.0'), [1]);
  assert.deepEqual(above('00:1c.0'), []);
  const addresses = readBridgesAbove(Bdf.parse('02:00.0'), root)?.map(({ address }) => address);
  assert.deepEqual(addresses, ['0000:01:00.0', '0000:00:1c.0']);
});

test('readBridgesAbove does not know the place of a function whose folders do not say it, or that is not there', () => {
  assert.deepEqual([above('05:00.0'), above('09:00.0')], [null, null]);
});
