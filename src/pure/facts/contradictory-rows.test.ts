import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatHexBytes } from '../bytes/hex.ts';
import { LspciDumpParser, type ParsedDevice } from '../inputs/lspci-dump.ts';
import { formatContradictory } from './contradictory-rows.ts';

const row = (offset: string, ...pairs: string[]): string => `${offset}: ${[...pairs, ...Array(16 - pairs.length).fill('00')].join(' ')}`;

function parse(lines: readonly string[], size: number): { devices: ParsedDevice[]; told: string | null } {
  const parser = new LspciDumpParser();
  const bytes = new TextEncoder().encode(`${lines.join('\n')}\n`);
  const devices: ParsedDevice[] = [];
  for (let at = 0; at < bytes.length; at += size) devices.push(...parser.push(bytes.subarray(at, at + size)));
  devices.push(...parser.end());
  return { devices, told: parser.contradictory && formatContradictory(parser.contradictory) };
}

const known = ({ config }: ParsedDevice): string =>
  [...config.bytes].map((byte, at) => (config.isKnown(at) ? formatHexBytes(Uint8Array.of(byte)) : '??')).join('');

test('LspciDumpParser takes bytes of which rows say differently as unknown, and tells the lines', () => {
  const lines = ['00:00.0 A', row('00', '86', '80'), row('10', '11', '22', '33'), '', row('10', '11', '99', '98'), row('20', '44')];
  for (const size of [4096, 7, 1]) {
    const { devices, told } = parse([...lines, '00:01.0 B', row('00', '01')], size);
    assert.deepEqual(devices.map(known), [`8680${'00'.repeat(14)}11????${'00'.repeat(13)}44${'00'.repeat(15)}`, `01${'00'.repeat(15)}`]);
    assert.equal(told, 'rows say differently of 2 bytes, which are taken as unknown: at 11 those of lines 3 and 5');
    assert.deepEqual(
      devices.map(({ contradictory }) => contradictory?.count ?? 0),
      [2, 0],
    );
  }
});

test('LspciDumpParser believes none of two rows because a third repeats one of them', () => {
  const lines = ['00:00.0 A', row('00', '86'), row('00', '87'), row('00', '87')];
  const [device] = parse(lines, 4096).devices;
  assert.ok(device);
  assert.equal(known(device), `??${'00'.repeat(15)}`);
  assert.deepEqual(device.contradictory, { count: 1, at: 0, lines: [2, 3] });
});

test('LspciDumpParser says nothing of rows that repeat one another or stand in another order', () => {
  const lines = ['00:00.0 A', row('10', '11'), row('00', '86'), row('10', '11'), row('20', '12')];
  for (const size of [4096, 5]) {
    const { devices, told } = parse(lines, size);
    assert.equal(told, null);
    assert.deepEqual(devices.map(known), [`86${'00'.repeat(15)}11${'00'.repeat(15)}12${'00'.repeat(15)}`]);
  }
});
