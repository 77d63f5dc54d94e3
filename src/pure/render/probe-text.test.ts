/** The text and the JSON of a probe that was made up. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseHexBytes } from '../bytes/hex.ts';
import type { VfioRegionInfo } from '../device/vfio-info.ts';
import { type HwInfoReport, iommufdDevice, legacyVfioDevice } from '../iommu/index.ts';
import { Bdf } from '../pci/bdf.ts';
import { buildConfigSpace } from '../pci/builder.ts';
import { ConfigSpace } from '../pci/config-space.ts';
import { probeJson } from '../reports/probe-json.ts';
import type { ProbeReport } from '../reports/probe-report.ts';
import { formatProbe } from './probe-text.ts';

const VTD: HwInfoReport = {
  type: 1,
  data: parseHexBytes('0000000000000000860226228c00d2004e0ff00000000000'),
  capabilities: 0n,
  maxPasidLog2: 0,
  kernel: '7.3.4',
};

const REGION = { flags: 7, offset: 0n, isReadable: true, isWritable: true, mappable: [], isMsixMappable: false, type: null };
const REGIONS: readonly VfioRegionInfo[] = [
  { ...REGION, index: 0, size: 0x4000n, mappable: [{ offset: 0x2000n, size: 0x2000n }] },
  { ...REGION, index: 1, size: 0n },
  { ...REGION, index: 7, size: 0x1000n },
  { ...REGION, index: 9, size: 0x10n, type: { type: 0x8086, subtype: 2 } },
];

function reportOf(changes: Partial<ProbeReport> = {}): ProbeReport {
  return {
    bdf: Bdf.parse('0000:01:00.0'),
    driver: 'vfio-pci',
    backend: 'iommufd',
    path: '/dev/vfio/devices/vfio7',
    iommuGroup: 12,
    kernel: '7.3.4',
    hostIommu: iommufdDevice(VTD),
    moreReports: [],
    flags: 3,
    canReset: true,
    hardware: buildConfigSpace({ vendorId: 0x1234, deviceId: 0x5678, classCode: 0, command: 6 }),
    vfio: buildConfigSpace({ vendorId: 0x1234, deviceId: 0x5678, classCode: 0, command: 2 }),
    regions: REGIONS,
    interrupts: [{ index: 2, flags: 9, count: 17, hasEventfd: true, isMaskable: false, isAutomasked: false, isFixedSize: true }],
    ...changes,
  };
}

const paragraph = (report: ProbeReport, title: string): string[] => {
  const lines = formatProbe(report);
  const start = lines.findIndex(line => line.startsWith(title));
  const end = lines.indexOf('', start);
  return lines.slice(start + 1, end < 0 ? undefined : end);
};

test('formatProbe shows every register of HW_INFO raw and field by field', () => {
  const lines = paragraph(reportOf(), 'HW_INFO of type 1 (intel-vtd), 24 bytes of data');
  assert.deepEqual(lines.slice(0, 6), [
    '  out_capabilities      0x0000000000000000',
    '                        DIRTY_TRACKING- PCI_PASID_EXEC- PCI_PASID_PRIV-',
    '                        PCI_ATS_NOT_SUPPORTED-',
    '  out_max_pasid_log2    0',
    '  flags                 0x00000000',
    '                        ERRATA_772415_SPR17-',
  ]);
  const text = lines.join('\n');
  assert.match(text, /^ {2}cap {19}0x00d2008c22260286\n {24}ND=6 AFL- /m);
  assert.match(text, /^ {2}ecap {18}0x0000000000f00f4e\n {24}C- QI\+ DT\+ IR\+ /m);
  assert.match(text, /^ {2}meaning {15}guest address bits 39, /m);
});

test("formatProbe gives the kernel's answers, differences, regions and interrupts", () => {
  const report = reportOf();
  assert.match(paragraph(report, "The kernel's answers").join(' '), /^ {2}ATS +supported: .*\(flag-clear\)/);
  assert.deepEqual(paragraph(report, "vfio's bytes against"), [
    '  WHERE: HARDWARE | VFIO',
    '  0x000 header common.command.busMasterEnable: true | false',
  ]);
  assert.deepEqual(paragraph(report, 'Regions'), [
    '  0 BAR 0               0x4000 bytes, read, write, map 0x2000-0x3fff',
    '  7 config              0x1000 bytes, read, write',
    '  9 type 0x8086 subtype 0x2 0x10 bytes, read, write',
  ]);
  assert.deepEqual(paragraph(report, 'Interrupts'), ['  2 MSI-X               17, eventfd, fixed in number once set up']);
});

test('formatProbe of a legacy container has no HW_INFO and says that ATS is unreported', () => {
  const report = reportOf({ backend: 'legacy', path: '/dev/vfio/12', hostIommu: legacyVfioDevice() });
  const text = formatProbe(report).join('\n');
  assert.ok(!text.includes('HW_INFO of'));
  assert.match(text, /opened through legacy: \/dev\/vfio\/12/);
  assert.match(text, /ATS +unreported: The device is in a legacy VFIO container/);
});

test("formatProbe compares no more of the hardware's bytes than may be read, and says how many", () => {
  const { hardware, vfio } = reportOf();
  const partly = reportOf({ hardware: new ConfigSpace(hardware.bytes.slice(0, 64)) });
  assert.ok(formatProbe(partly).includes("vfio's bytes against the hardware's: 64 bytes compared (of the hardware's, 64 may be read)"));
  assert.deepEqual(paragraph(reportOf({ hardware: vfio }), "vfio's bytes against"), ['  no difference']);
});

test('formatProbe is no wider than 80 columns, whatever the report', () => {
  const types = [0, 1, 2, 3, 4, 99].map(type => ({ ...VTD, type, data: new Uint8Array(48).fill(0x5a), maxPasidLog2: 20 }));
  const lines = formatProbe(reportOf({ moreReports: [...types, { ...VTD, data: new Uint8Array(3), capabilities: null }] }));
  assert.deepEqual(
    lines.filter(line => [...line].length > 80),
    [],
  );
  assert.ok(lines.some(line => line.startsWith('  out_capabilities      not returned')));
  assert.ok(lines.some(line => line.startsWith('  data                  5a5a5a5a5a5a5a5a 5a5a')));
});

test('probeJson holds the bytes as they came beside what they mean', () => {
  const json = JSON.parse(JSON.stringify(probeJson(reportOf())));
  const { data, type, capabilities, registers } = json.hwInfo;
  assert.deepEqual([type, capabilities, data], ['0x1', '0x0', '0000000000000000860226228c00d2004e0ff00000000000']);
  assert.deepEqual(
    registers.map(({ name, raw }: { name: string; raw: string }) => [name, raw]),
    [
      ['flags', '0x00000000'],
      ['cap', '0x00d2008c22260286'],
      ['ecap', '0x0000000000f00f4e'],
    ],
  );
  assert.equal(registers[2].fields.DT, true);
  assert.deepEqual([json.ats.answer, json.ats.code, json.pasid], ['supported', 'flag-clear', null]);
  assert.deepEqual([json.config.hardware.length, json.config.vfio.slice(8, 12)], [512, '0200']);
  assert.deepEqual(json.config.differences, [
    { at: '0x000', place: 'header', field: 'common.command.busMasterEnable', hardware: 'true', vfio: 'false' },
  ]);
  assert.deepEqual(json.regions[0].mappable, [{ offset: '0x2000', size: '0x2000' }]);
  assert.equal(json.interrupts[0].name, 'MSI-X');
  assert.equal(JSON.parse(JSON.stringify(probeJson(reportOf({ hostIommu: legacyVfioDevice() })))).hwInfo, null);
});
