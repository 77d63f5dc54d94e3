import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseHexBytes } from '../bytes/hex.ts';
import { ConfigSpace } from './config-space.ts';
import { type Walk, walkExtended, walkStandard } from './walk.ts';

/** A config space of `size` zeros with a capability list announced, and hexadecimal bytes put at offsets. */
function space(patches: Readonly<Record<number, string>>, size = 4096): ConfigSpace {
  const bytes = new Uint8Array(size);
  bytes[6] = 0x10;
  for (const [at, text] of Object.entries(patches)) bytes.set(parseHexBytes(text), Number(at));
  return new ConfigSpace(bytes);
}

function show({ capabilities, findings }: Walk): { ids: string[]; findings: string[] } {
  return {
    ids: capabilities.map(({ id, offset, version }) => `${id.toString(16)}@${offset.toString(16)}v${version}`),
    findings: findings.map(({ at, code }) => `${code}@${at.toString(16)}`),
  };
}

interface Vector {
  readonly name: string;
  readonly patches: Readonly<Record<number, string>>;
  readonly size?: number;
  readonly ids: string[];
  readonly findings?: string[];
}

const STANDARD: Vector[] = [
  { name: 'a list in the order of its pointers', patches: { 52: '80', 128: '0140', 64: '1000' }, ids: ['1@80v0', '10@40v0'] },
  { name: 'no list where the pointer is 0', patches: { 64: '0100' }, ids: [] },
  { name: 'no list where Status announces none', patches: { 6: '00', 52: '40', 64: '0100' }, ids: [] },
  { name: 'a CardBus header', patches: { 14: '02', 20: 'a0', 52: '40', 160: '0100' }, ids: ['1@a0v0'] },
  { name: 'a Null capability and what follows', patches: { 52: '40', 64: '0044', 68: '0100' }, ids: ['0@40v0', '1@44v0'] },
  { name: 'the last dword', patches: { 52: 'fc', 252: '0100' }, ids: ['1@fcv0'] },
  {
    name: 'pointers with their low bits set',
    patches: { 52: '43', 64: '0151', 80: '0500' },
    ids: ['1@40v0', '5@50v0'],
    findings: ['chain.misaligned@34', 'chain.misaligned@41'],
  },
  { name: 'a pointer back', patches: { 52: '40', 64: '0150', 80: '0540' }, ids: ['1@40v0', '5@50v0'], findings: ['chain.cycle@51'] },
  { name: 'a pointer to itself', patches: { 52: '40', 64: '0140' }, ids: ['1@40v0'], findings: ['chain.cycle@41'] },
  { name: 'a pointer into the header', patches: { 52: '40', 64: '0120' }, ids: ['1@40v0'], findings: ['chain.out-of-range@41'] },
  { name: 'an ID of all ones', patches: { 52: '40', 64: '0150', 80: 'ff60' }, ids: ['1@40v0'], findings: ['chain.broken@50'] },
  { name: 'unknown bytes', patches: { 52: '40' }, size: 64, ids: [], findings: ['chain.unknown-bytes@40'] },
  {
    name: 'a list that leads into unknown bytes',
    patches: { 52: '40', 64: '0160' },
    size: 0x50,
    ids: ['1@40v0'],
    findings: ['chain.unknown-bytes@60'],
  },
  { name: 'nothing known', patches: {}, size: 7, ids: [] },
];

for (const { name, patches, size, ids, findings = [] } of STANDARD) {
  test(`walkStandard takes ${name}`, () => assert.deepEqual(show(walkStandard(space(patches, size))), { ids, findings }));
}

const EXTENDED: Vector[] = [
  {
    name: 'a list in the order of its pointers',
    patches: { 256: '0f000120', 512: '03000211', 272: '0b000100' },
    ids: ['f@100v1', '3@200v2', 'b@110v1'],
  },
  { name: 'no list in zeros', patches: {}, ids: [] },
  { name: 'no list in a space of 256 bytes', patches: {}, size: 256, ids: [] },
  { name: 'no list where the first dword is all ones', patches: { 256: 'ffffffff' }, ids: [] },
  { name: 'a Null capability and what follows', patches: { 256: '00000011', 272: '0f000100' }, ids: ['0@100v0', 'f@110v1'] },
  { name: 'the last dword', patches: { 256: '0f00c1ff', 4092: '03000100' }, ids: ['f@100v1', '3@ffcv1'] },
  {
    name: 'pointers with their low bits set',
    patches: { 256: '0f003120', 512: '03000100' },
    ids: ['f@100v1', '3@200v1'],
    findings: ['chain.misaligned@100'],
  },
  { name: 'a pointer back', patches: { 256: '0f000110' }, ids: ['f@100v1'], findings: ['chain.cycle@100'] },
  {
    name: 'a pointer into the first 256 bytes',
    patches: { 256: '0f00010f', 240: '01000100' },
    ids: ['f@100v1', '1@f0v1'],
    findings: ['chain.out-of-range@100'],
  },
  { name: 'a pointer into the header', patches: { 256: '0f000102' }, ids: ['f@100v1'], findings: ['chain.out-of-range@100'] },
  { name: 'a header of all ones', patches: { 256: '0f000120', 512: 'ffffffff' }, ids: ['f@100v1'], findings: ['chain.broken@200'] },
  { name: 'unknown bytes', patches: { 256: '0f000120' }, size: 0x180, ids: ['f@100v1'], findings: ['chain.unknown-bytes@200'] },
];

for (const { name, patches, size, ids, findings = [] } of EXTENDED) {
  test(`walkExtended takes ${name}`, () => assert.deepEqual(show(walkExtended(space(patches, size))), { ids, findings }));
}

test('walkStandard and walkExtended end on any bytes and visit no place twice', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 4096, size: 'max' }), bytes => {
      if (bytes.length > 6) bytes[6] |= 0x10;
      for (const { capabilities } of [walkStandard(new ConfigSpace(bytes)), walkExtended(new ConfigSpace(bytes))]) {
        assert.equal(new Set(capabilities.map(({ offset }) => offset)).size, capabilities.length);
      }
    }),
    { numRuns: 200 },
  );
});

test('walkExtended ends on the longest list there can be', () => {
  const bytes = new Uint8Array(4096);
  for (let at = 0x100; at < 4096; at += 4) bytes.set([0x0f, 0, (((at + 4) & 0xf) << 4) | 1, ((at + 4) >> 4) & 0xff], at);
  assert.equal(walkExtended(new ConfigSpace(bytes)).capabilities.length, 960);
});
