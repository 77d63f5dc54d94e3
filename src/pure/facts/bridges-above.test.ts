import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Bdf } from '../pci/bdf.ts';
import { buildConfigSpace } from '../pci/builder.ts';
import { ConfigSpace } from '../pci/config-space.ts';
import { BridgesAbove } from './bridges-above.ts';

/** A function whose Device ID names it; a bridge where it has buses behind it. */
function make(deviceId: number, type: number, secondary?: number): ConfigSpace {
  const express = { id: 0x10, body: (0x02 | (type << 4)).toString(16).padStart(2, '0') };
  const buses = secondary === undefined ? [] : [{ at: 0x18, bytes: Uint8Array.of(0, secondary, secondary) }];
  return buildConfigSpace({
    vendorId: 1,
    deviceId,
    classCode: 0,
    headerType: secondary === undefined ? 0 : 1,
    standard: [express],
    override: buses,
  });
}

/** Device IDs above each, the nearest first. */
function pathsOf(...functions: readonly (readonly [address: string, config: ConfigSpace])[]): (string | null)[] {
  const bridges = new BridgesAbove();
  return functions.map(
    ([address, config]) =>
      bridges
        .see(Bdf.parse(address), config)
        ?.map(port => port.read(2, 2))
        .join(' ') ?? null,
  );
}

const ENDPOINT = make(0xe, 0);

test('BridgesAbove follows bus numbers through a switch to the root port', () => {
  const ports = [
    ['00:01.0', make(0x1, 4, 1)],
    ['01:00.0', make(0x5, 5, 2)],
    ['02:00.0', make(0x6, 6, 3)],
    ['02:01.0', make(0x7, 6, 4)],
  ] as const;
  assert.deepEqual(pathsOf(...ports, ['03:00.0', ENDPOINT], ['04:00.0', ENDPOINT]), ['', '1', '5 1', '5 1', '6 5 1', '7 5 1']);
});

test('BridgesAbove knows a root bus only by a root port below it, or by its number 0', () => {
  assert.deepEqual(pathsOf(['00:02.0', ENDPOINT], ['3a:00.0', ENDPOINT]), ['', null]);
  assert.deepEqual(pathsOf(['3a:01.0', make(0x1, 4, 0x3b)], ['3b:00.0', ENDPOINT]), [null, '1']);
  assert.deepEqual(pathsOf(['3a:01.0', make(0x5, 5, 0x3b)], ['3b:00.0', ENDPOINT]), [null, null], 'a switch whose root port is not there');
});

test('BridgesAbove keeps domains, hosts and bridges that nobody has set up apart', () => {
  const root = make(0x1, 4, 1);
  assert.deepEqual(pathsOf(['0000:00:01.0', root], ['0001:01:00.0', ENDPOINT]), ['', null]);
  assert.deepEqual(
    pathsOf(['00:01.0', root], ['00:00.0', ENDPOINT], ['01:00.0', ENDPOINT]),
    ['', '', null],
    'a lower address is of another host',
  );
  assert.deepEqual(pathsOf(['00:01.0', make(0x1, 4, 0)], ['00:02.0', ENDPOINT]), ['', '']);
  assert.deepEqual(pathsOf(['01:01.0', make(0x1, 5, 1)], ['01:02.0', ENDPOINT]), [null, null], 'a bridge that leads to its own bus');
  const short = new ConfigSpace(root.bytes.slice(0, 0x18));
  assert.deepEqual(pathsOf(['00:01.0', short], ['01:00.0', ENDPOINT]), ['', null]);
});
