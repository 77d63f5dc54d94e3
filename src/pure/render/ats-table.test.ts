import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PROFILES, realize, settingsOf } from '../guest-view/index.ts';
import { iommufdDevice } from '../iommu/index.ts';
import { buildConfigSpace, type CapabilityPart } from '../pci/index.ts';
import { effectiveProperties } from '../qemu/index.ts';
import { atsRows, formatAtsTable, type KernelAnswer } from './ats-table.ts';
import { COLOURED } from './paint.ts';

const EXPRESS = { id: 0x10, body: `0200${'00'.repeat(0x30)}` };
const ATS = { id: 0x0f, body: '20000000' };
const DSN = { id: 0x03, body: '0102030405060708' };

function rowsOf(extended: readonly CapabilityPart[]) {
  const config = buildConfigSpace({ vendorId: 0x1234, deviceId: 1, classCode: 0x030200, standard: [EXPRESS], extended });
  return atsRows((ats, answer: KernelAnswer) =>
    realize({
      config,
      bytes: 'host',
      profile: PROFILES.airlock,
      settings: settingsOf(effectiveProperties({ profile: PROFILES.airlock, device: [{ name: 'ats', value: ats }] })),
      hostIommu: iommufdDevice({
        type: 0,
        data: new Uint8Array(0),
        capabilities: answer === 'supported' ? 0n : 8n,
        maxPasidLog2: 0,
        kernel: '7.3.4',
      }),
      placement: 'root-port',
      viommuPasid: false,
      barSizes: null,
      virtualFunction: null,
    }),
  );
}

test('atsRows of a device with ATS are the five rows: only off does not look at the kernel', () => {
  const rows = rowsOf([ATS]).map(({ ats, answer, realized }) => [ats, answer, realized.outcome]);
  assert.deepEqual(rows, [
    ['off', null, 'realized'],
    ['auto', 'supported', 'realized'],
    ['auto', 'unsupported', 'realized'],
    ['on', 'supported', 'realized'],
    ['on', 'unsupported', 'failed'],
  ]);
});

test('formatAtsTable tells what becomes of ATS and why, in words of QEMU where it has some', () => {
  assert.deepEqual(formatAtsTable(rowsOf([ATS])), [
    "  PROPERTY  KERNEL SAYS    GUEST'S ATS    WHY",
    '  ats=off   either         masked         ats=off',
    '  ats=auto  may be used    shown          kernel: ATS may be used',
    '  ats=auto  not supported  masked         warning: vfio-pci: host kernel reports',
    '                                          ATS unsupported; ATS capability will',
    '                                          be masked',
    '  ats=on    may be used    shown          kernel: ATS may be used',
    '  ats=on    not supported  realize fails  error: vfio-pci: ATS requested but not',
    '                                          supported by kernel',
  ]);
});

test('formatAtsTable of a device without ATS says so in three rows, and warns where it was asked for', () => {
  assert.deepEqual(formatAtsTable(rowsOf([DSN])), [
    "  PROPERTY  KERNEL SAYS    GUEST'S ATS    WHY",
    '  ats=off   either         absent',
    '  ats=auto  either         absent',
    '  ats=on    either         absent         warning: vfio-pci: ats=on requested,',
    '                                          but host device has no ATS extended',
    '                                          capability',
  ]);
});

test('formatAtsTable with colours is the plain table once they are taken out', () => {
  const coloured = formatAtsTable(rowsOf([ATS]), COLOURED);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape is what is taken out
  const plain = coloured.map(line => line.replace(/\u001b\[\d+m/g, '').trimEnd());
  assert.deepEqual(plain, formatAtsTable(rowsOf([ATS])));
  assert.ok(coloured.every(line => line.includes('\u001b[')));
});
