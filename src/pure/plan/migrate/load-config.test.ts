import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigSpace } from '../../pci/config-space.ts';
import { formatRefused, formatRefusedDevice, loadConfig } from './load-config.ts';

const space = (changes: Readonly<Record<number, number>> = {}, unknown: readonly number[] = []): ConfigSpace => {
  const bytes = new Uint8Array(256);
  for (const [at, byte] of Object.entries(changes)) bytes[Number(at)] = byte;
  const known = Uint8Array.from(bytes, (_, at) => Number(!unknown.includes(at)));
  return new ConfigSpace(bytes, unknown.length === 0 ? null : known);
};
const mask = (changes: Readonly<Record<number, number>>): Uint8Array => space(changes).bytes;
const check = mask({ 16: 0xff, 96: 0xff, 97: 0xff });
const write = mask({ 97: 0xf0 });

test('loadConfig refuses the first byte that must be the same, and counts the others', () => {
  const { outcome, first, refused } = loadConfig(space({ 96: 4, 97: 1 }), space({ 96: 3 }), { check, write });
  assert.equal(outcome, 'refused');
  assert.deepEqual(first, { at: 0x60, read: 4, device: 3, cmask: 0xff, wmask: 0, w1cmask: 0 });
  assert.deepEqual(refused, [0x60, 0x61]);
});

test('loadConfig compares no bit that a guest writes or clears', () => {
  assert.equal(loadConfig(space({ 97: 0x50 }), space(), { check, write }).outcome, 'loads');
  assert.equal(loadConfig(space({ 97: 0x52 }), space(), { check, write }).first?.at, 0x61);
  const writeOneToClear = mask({ 96: 0x30 });
  assert.equal(loadConfig(space({ 96: 0x30 }), space(), { check, write, writeOneToClear }).outcome, 'loads');
});

test('loadConfig tells what differs and is not compared', () => {
  const { outcome, silent } = loadConfig(space({ 44: 7, 97: 0x50 }), space(), { check, write });
  assert.equal(outcome, 'loads');
  assert.deepEqual(silent, [0x2c]);
});

test('loadConfig does not know where a byte that is compared is not known', () => {
  const { outcome, unknownAt } = loadConfig(space({}, [0x10]), space(), { check, write });
  assert.equal(outcome, 'unknown');
  assert.equal(unknownAt, 0x10);
  assert.equal(loadConfig(space({}, [0x20]), space(), { check, write }).outcome, 'loads');
  assert.equal(loadConfig(space({ 96: 1 }, [0x10]), space(), { check, write }).outcome, 'refused');
});

test('loadConfig does not know bytes behind the end of what is known', () => {
  const long = new Uint8Array(4096);
  long[0x100] = 0xff;
  const { outcome, unknownAt } = loadConfig(space(), new ConfigSpace(new Uint8Array(4096)), { check: long, write: new Uint8Array(4096) });
  assert.equal(outcome, 'unknown');
  assert.equal(unknownAt, 0x100);
});

test("formatRefused and formatRefusedDevice say it as QEMU's two lines do", () => {
  const byte = { at: 0x60, read: 4, device: 3, cmask: 0xff, wmask: 0, w1cmask: 0 };
  const line = 'get_pci_config_device: Bad config data: i=0x60 read: 4 device: 3 cmask: ff wmask: 0 w1cmask:0';
  assert.equal(formatRefused(byte), line);
  assert.match(formatRefusedDevice('0000:00:01.0/pcie-root-port'), /of device '0000:00:01.0\/pcie-root-port'$/);
});
