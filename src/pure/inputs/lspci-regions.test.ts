import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KnownRegions } from '../pci/regions.ts';
import { parseLspciDump } from './lspci-dump.ts';

/** Registers 10h to 27h: 64-bit and prefetchable, then I/O ports, then 32-bit memory. */
const BARS = '10: 0c 00 00 00 06 00 00 00 01 e0 00 00 00 00 b0 fc\n20: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00\n';

function regionsOf(text: string, rows = BARS): KnownRegions | null {
  const [device] = parseLspciDump(new TextEncoder().encode(`28:00.0 VGA compatible controller\n${text}${rows}`));
  return device?.regions ?? null;
}

/** `0 memory 64 prefetchable 8589934592`. */
const show = (known: KnownRegions | null) =>
  known?.regions.map(({ index, kind, width, prefetchable, size }) =>
    [index, kind, width, ...(prefetchable ? ['prefetchable'] : []), size ?? 'size?'].join(' '),
  ) ?? null;

const NUMBERED =
  '\tControl: I/O+ Mem+\n' +
  '\tRegion 0: Memory at 600000000 (64-bit, prefetchable) [size=8G]\n' +
  '\tRegion 2: I/O ports at e000 [disabled] [size=256]\n' +
  '\tRegion 3: Memory at fcb00000 (32-bit, non-prefetchable) [size=512K]\n' +
  '\tExpansion ROM at fcb80000 [disabled] [size=128K]\n' +
  '\tCapabilities: [48] Vendor Specific Information: Len=08 <?>\n';

const ALL = ['0 memory 64 prefetchable 8589934592', '2 io 32 256', '3 memory 32 524288', '6   131072'];

test('LspciDumpParser reads the regions of verbose text, numbered or not, however the dump is cut and indented', () => {
  assert.deepEqual(show(regionsOf(NUMBERED)), ALL);
  assert.deepEqual(show(regionsOf(NUMBERED.replaceAll(/Region \d: /g, ''))), ALL);
  assert.deepEqual(show(regionsOf(NUMBERED.replaceAll('\t', ' '.repeat(8)))), ALL);
  assert.deepEqual(show(regionsOf(NUMBERED.replaceAll('\n', '\r\n'))), ALL);
  assert.deepEqual(show(regionsOf(NUMBERED, '')), ALL, 'without bytes');
  assert.equal(regionsOf(NUMBERED)?.isComplete, true);
});

test('LspciDumpParser reads regions of a virtual function and those without an address', () => {
  assert.deepEqual(show(regionsOf('\tRegion 0: [virtual] Memory at fc000000 (64-bit, prefetchable) [size=16K]\n', '')), [
    '0 memory 64 prefetchable 16384',
  ]);
  assert.deepEqual(show(regionsOf('\tRegion 0: Memory at <unassigned> (64-bit, prefetchable) [size=1T]\n')), [
    '0 memory 64 prefetchable 1099511627776',
  ]);
  assert.deepEqual(show(regionsOf('\t[virtual] Expansion ROM at 000c0000 [disabled] [size=128K]\n')), ['6   131072']);
});

test('LspciDumpParser says nothing of regions where no line has a size, as in the text of another dump', () => {
  assert.equal(regionsOf(NUMBERED.replaceAll(/ \[size=\w+\]/g, '')), null);
  assert.equal(regionsOf('\tControl: I/O+ Mem+\n'), null);
  assert.equal(regionsOf(''), null);
});

test('LspciDumpParser knows the size of each line that has one', () => {
  const text = NUMBERED.replace(' [size=256]', '').replace('[size=8G]', '[size=99999999999G]').replace('[size=512K]', '[size=0]');
  assert.deepEqual(show(regionsOf(text)), ['0 memory 64 prefetchable size?', '2 io 32 size?', '3 memory 32 size?', '6   131072']);
});

test('LspciDumpParser takes no line of a capability, of another device or of another kind for a region', () => {
  const sriov = '\t\tRegion 0: Memory at 00000000fc000000 (64-bit, prefetchable) [size=1M]\n';
  const others = ['\tRegion 7: Memory at 0 (32-bit, prefetchable) [size=1M]\n', '\tMemory behind bridge: fc200000-fc2fffff [size=1M]\n'];
  for (const line of [sriov, ...others]) assert.equal(regionsOf(line), null, line);
  const two = `${`28:00.0 A\n${NUMBERED}${BARS}`}28:00.1 B\n${BARS}`;
  assert.deepEqual(
    parseLspciDump(new TextEncoder().encode(two)).map(({ regions }) => regions?.regions.length ?? null),
    [4, null],
  );
});

test('LspciDumpParser says nothing where lines without numbers do not fit the registers, or one is there twice', () => {
  assert.equal(regionsOf('\tMemory at fcb00000 (32-bit, non-prefetchable) [size=512K]\n'), null);
  assert.equal(regionsOf('\tMemory at 600000000 (64-bit, prefetchable) [size=8G]\n', ''), null);
  const twice = '\tRegion 0: I/O ports at e000 [size=256]\n';
  assert.equal(regionsOf(twice + twice), null);
});

test('LspciDumpParser gives the same regions for every way to cut a dump', async () => {
  const { LspciDumpParser } = await import('./lspci-dump.ts');
  const bytes = new TextEncoder().encode(`28:00.0 A\n${NUMBERED}${BARS}`);
  for (let size = 1; size < 90; size++) {
    const parser = new LspciDumpParser();
    const devices = [];
    for (let at = 0; at < bytes.length; at += size) devices.push(...parser.push(bytes.subarray(at, at + size)));
    devices.push(...parser.end());
    assert.deepEqual(show(devices[0]?.regions ?? null), ALL, `pieces of ${size} bytes`);
  }
});

test('LspciDumpParser takes lines for all regions only where no register holds an address that none of them speaks of', () => {
  const first = '\tRegion 0: Memory at 600000000 (64-bit, prefetchable) [size=8G]\n';
  assert.equal(regionsOf(first)?.isComplete, false);
  assert.equal(regionsOf(first, '10: 0c 00 00 00 06 00 00 00 00 00 00 00 00 00 00 00\n')?.isComplete, true);
  const rom = '10: 0c 00 00 00 06 00 00 00 00 00 00 00 00 00 00 00\n30: 00 00 e0 f7 00 00 00 00 00 00 00 00 00 00 00 00\n';
  assert.equal(regionsOf(first, rom)?.isComplete, false);
});
