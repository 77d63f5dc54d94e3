import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BUILT_IN_NAMES, parsePciIds } from './pci-ids.ts';

const TEXT = `#
# A comment
\t9999  a stray line
1AF4  Red Hat, Inc.
\t1000  Virtio network device
\t\t1af4 0001  QEMU virtio-net

# A comment between
\t\t1af4 0002  Other board
\t\t8086 0001  Board of Intel
\t1041  Virtio 1.0 network device
8086  Intel Corporation
\t1533  I210 Gigabit Network Connection
nonsense
12
ffff  Illegal Vendor ID

C 02  Network controller
\t00  Ethernet controller of tomorrow
\t80  Network controller
C 01  Mass storage controller
\t08  Non-Volatile memory controller
\t\t02  NVM Express`;

const names = parsePciIds(TEXT);

test('parsePciIds finds vendors and devices', () => {
  assert.equal(names.vendor(0x1af4), 'Red Hat, Inc.');
  assert.equal(names.vendor(0xffff), 'Illegal Vendor ID');
  assert.equal(names.vendor(0x9999), null);
  assert.equal(names.vendor(0x1533), null);
  assert.equal(names.device(0x1af4, 0x1000), 'Virtio network device');
  assert.equal(names.device(0x1af4, 0x1041), 'Virtio 1.0 network device');
  assert.equal(names.device(0x1af4, 0x1533), null);
  assert.equal(names.device(0x8086, 0x1533), 'I210 Gigabit Network Connection');
  assert.equal(names.device(0x9999, 0x1533), null);
});

test('parsePciIds finds subsystems among several of one vendor', () => {
  assert.equal(names.subsystem(0x1af4, 0x1000, 0x1af4, 1), 'QEMU virtio-net');
  assert.equal(names.subsystem(0x1af4, 0x1000, 0x1af4, 2), 'Other board');
  assert.equal(names.subsystem(0x1af4, 0x1000, 0x8086, 1), 'Board of Intel');
  assert.equal(names.subsystem(0x1af4, 0x1000, 0x1af4, 3), null);
  assert.equal(names.subsystem(0x1af4, 0x1041, 0x1af4, 1), null);
  assert.equal(names.subsystem(0x8086, 0x1533, 0x8086, 1), null);
});

test('parsePciIds finds classes, also in the last line, and falls back on the built-in ones', () => {
  const ethernet = { baseClass: 'Network controller', subclass: 'Ethernet controller of tomorrow', programmingInterface: null };
  assert.deepEqual(names.classNames(0x020000), ethernet);
  assert.equal(names.classNames(0x010802).programmingInterface, 'NVM Express');
  assert.deepEqual(names.classNames(0x0c0330), BUILT_IN_NAMES.classNames(0x0c0330));
  assert.equal(names.classNames(0x060401).programmingInterface, 'Subtractive decode');
});

test('parsePciIds takes any text', () => {
  for (const text of ['', '\n', 'C', 'C ', 'C 02', '1af4', '1af4 ', '\t', '\t\t\t', '1af4  x\n\t', '1af4  x\r\n\t1000  y\r\n']) {
    const odd = parsePciIds(text);
    odd.subsystem(0x1af4, 0x1000, 0x1af4, 1);
    odd.classNames(0x020000);
  }
  assert.equal(parsePciIds('1af4  x\r\n\t1000  y\r\n').device(0x1af4, 0x1000), 'y');
});

test('BUILT_IN_NAMES names classes and nothing else', () => {
  assert.deepEqual(
    [BUILT_IN_NAMES.vendor(0x8086), BUILT_IN_NAMES.device(0x8086, 1), BUILT_IN_NAMES.subsystem(1, 2, 3, 4)],
    [null, null, null],
  );
  assert.equal(BUILT_IN_NAMES.classNames(0x020000).subclass, 'Ethernet controller');
});
