/** Devices that QEMU treats by their identity, and MSI-X that it refuses: what it does with them is what profile qemu-11.1 says. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildConfigSpace } from '../../../src/pure/pci/builder.ts';
import { compare, Tally } from './compare.ts';
import { expectView } from './expected.ts';
import { type Case, judge } from './judge.ts';
import { type GuestDevice, skipWithoutQemu as skip } from './qemu-guest.ts';

const PM = { id: 0x01, body: '030000000000', offset: 0x40 };

interface MsixDevice {
  readonly id: number;
  /** Of the BAR that `table` names. */
  readonly size: number;
  readonly table: string;
  readonly pending: string;
  readonly control?: string;
}

/** A device whose MSI-X arrays are in one 64-bit BAR. */
function msixDevice({ id, size, table, pending, control = '0300' }: MsixDevice): GuestDevice {
  const bar = Number.parseInt(table.slice(1, 2), 16);
  const { bytes } = buildConfigSpace({
    ...{ vendorId: id >>> 16, deviceId: id & 0xffff, classCode: 0x020000, size: 0x1000 },
    bars: Array.from({ length: 6 }, (_, index) => (index === bar ? 0xc0000004 : 0)),
    standard: [PM, { id: 0x11, body: control + table + pending, offset: 0x50 }],
  });
  return { bytes, barSizes: Array.from({ length: 6 }, (_, index) => (index === bar ? size : 0)) };
}

const DEVICES: Readonly<Record<string, GuestDevice>> = {
  'table and pending bits overlap': msixDevice({ id: 0x17cd0100, size: 0x10000, table: '40000000', pending: '40000000' }),
  'pending bits begin inside of the table': msixDevice({ id: 0x17cd0100, size: 0x10000, table: '40000000', pending: '70000000' }),
  'table and pending bits touch': msixDevice({ id: 0x17cd0100, size: 0x10000, table: '40000000', pending: '80000000' }),
  'no BAR at all': msixDevice({ id: 0x17cd0100, size: 0, table: '40000000', pending: '40000000' }),
  '1425:5801': msixDevice({ id: 0x14255801, size: 0x10000, table: '04000000', pending: '04000100' }),
  '1425:58ff': msixDevice({ id: 0x142558ff, size: 0x2000, table: '04000000', pending: '04200000', control: '2000' }),
  '1425:5801, where its register can be true': msixDevice({ id: 0x14255801, size: 0x40000, table: '04000000', pending: '04000100' }),
  '1425:5801 with a table beyond 1000h': msixDevice({
    id: 0x14255801,
    size: 0x2000,
    table: '04000000',
    pending: '04200000',
    control: 'ff07',
  }),
  '1425:5801 in a BAR of 1000h': msixDevice({ id: 0x14255801, size: 0x1000, table: '04000000', pending: '04000100' }),
  '1425:5900': msixDevice({ id: 0x14255900, size: 0x1000, table: '04000000', pending: '04000100' }),
  '1425:6801': msixDevice({ id: 0x14256801, size: 0x10000, table: '04000000', pending: '04000100' }),
  '1d22:3685': msixDevice({ id: 0x1d223685, size: 0x10000, table: '00000000', pending: '00000100' }),
  '1d22:3685 with a table of 2048': msixDevice({ id: 0x1d223685, size: 0x10000, table: '00000000', pending: '00001000', control: 'ff07' }),
  '1d22:3685 in a BAR of 8000h': msixDevice({ id: 0x1d223685, size: 0x8000, table: '00000000', pending: '00000100' }),
  '1d22:3684': msixDevice({ id: 0x1d223684, size: 0x10000, table: '00000000', pending: '00000100' }),
};

function caseOf(name: string, device: GuestDevice): Case {
  return { name, device, placement: 'root-port', realized: expectView(device, 'root-port'), probes: false };
}

test('realize gives what QEMU gives for MSI-X by its arrays and by the identity of the device', { skip, timeout: 300_000 }, async () => {
  const cases = Object.entries(DEVICES).map(([name, device]) => caseOf(name, device));
  const judgements = await judge(cases);
  const tally = new Tally();
  const differences = cases.flatMap(one => {
    const judgement = judgements.get(one) ?? assert.fail(one.name);
    return compare(one, judgement, tally).map(line => `${one.name}: ${line}`);
  });
  assert.deepEqual(differences, []);
  assert.ok((tally.counts.get('QEMU up') ?? 0) >= 5 && (tally.counts.get('QEMU exited') ?? 0) >= 7, tally.lines.join(', '));
});

/** Over vfio-user QEMU 11.1 reads the windows of a VMD from a file that is not there. */
test('QEMU dies of an Intel VMD that is served over vfio-user, in the words that docs/differences.md names', {
  skip,
  timeout: 300_000,
}, async () => {
  const vmd = (deviceId: number): GuestDevice => ({
    bytes: buildConfigSpace({ vendorId: 0x8086, deviceId, classCode: 0x010400, size: 0x1000, bars: [4], standard: [PM] }).bytes,
    barSizes: [0x10000, 0, 0, 0, 0, 0],
  });
  const cases = [0x201d, 0x28c0].map(id => caseOf(`8086:${id.toString(16)}`, vmd(id)));
  const judgements = await judge(cases);
  const ends = cases.map(one => [
    judgements.get(one)?.end,
    judgements
      .get(one)
      ?.words.join(' ')
      .replace(/vfio-user:\d+/, 'NAME'),
  ]);
  assert.deepEqual(ends, [
    ['died', 'VMD NAME cannot read MEMBARs (-1)'],
    ['up', ''],
  ]);
});
