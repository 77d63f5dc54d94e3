/** HW_INFO data of each IOMMU type: measured registers, tables of fields, strange lengths and round trips. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { iommu_hw_info_amd, iommu_hw_info_arm_smmuv3, iommu_hw_info_tegra241_cmdqv, iommu_hw_info_vtd } from '../spec/iommufd/index.ts';
import { decodeHwInfoAmd } from './amd.ts';
import {
  AMD_VMM_FIELDS,
  decodeHwInfo,
  encodeHwInfoAmd,
  encodeHwInfoSmmuv3,
  encodeHwInfoTegra241Cmdqv,
  encodeHwInfoVtd,
  type HwInfoNote,
  type HwInfoReport,
  SMMUV3_VMM_FIELDS,
  smmuv3OutputAddressSize,
} from './index.ts';
import { decodeHwInfoSmmuv3 } from './smmuv3.ts';
import { decodeHwInfoTegra241Cmdqv } from './tegra241-cmdqv.ts';
import { decodeHwInfoVtd } from './vtd.ts';

const codes = (decoded: { notes: readonly HwInfoNote[] }) => decoded.notes.map(note => note.code);
const vtd = (ecap_reg: bigint, cap_reg = 0n, flags = 0) => decodeHwInfoVtd(iommu_hw_info_vtd.encode({ cap_reg, ecap_reg, flags }));
const smmuv3 = (idr: readonly number[], flags = 0) => decodeHwInfoSmmuv3(iommu_hw_info_arm_smmuv3.encode({ idr, flags }));
const amd = (efr: bigint, maxPasidLog2 = 0) => decodeHwInfoAmd(iommu_hw_info_amd.encode({ efr }), maxPasidLog2);
const report = (type: number, data: Uint8Array, over: Partial<HwInfoReport> = {}): HwInfoReport => ({
  type,
  data,
  capabilities: 0n,
  maxPasidLog2: 0,
  ...over,
});

/** Fields that are not 0 and not false. */
function set(fields: object | undefined): object {
  return Object.fromEntries(Object.entries(fields ?? {}).filter(([, value]) => value !== false && value !== 0));
}

test('decodeHwInfoVtd reads the registers that Linux 7.3.4 reported', () => {
  const vectors: [bigint, object][] = [
    [0xf00f4en, { QI: true, DT: true, IR: true, PT: true, IRO: 15, MHMV: 15 }],
    [0xf00f4an, { QI: true, IR: true, PT: true, IRO: 15, MHMV: 15 }],
    [
      0x499880f00f4en,
      { QI: true, DT: true, IR: true, PT: true, IRO: 15, MHMV: 15, SRS: true, PSS: 19, PASID: true, SMTS: true, SLTS: true },
    ],
  ];
  for (const [ecap, expected] of vectors) assert.deepEqual(set(vtd(ecap).fields.ecap), expected, ecap.toString(16));
  assert.equal(vtd(0xf00f4en).meaning?.deviceTlb, true);
  assert.equal(vtd(0xf00f4an).meaning?.deviceTlb, false);
  assert.ok(codes(vtd(0xf00f4an)).includes('vtd.no-device-tlb'));
  assert.deepEqual(codes(vtd(0xf00f4en)), ['vtd.ats-page-aligned']);
  assert.equal(vtd(0x499880f00f4en).meaning?.pasidBits, 20);
  assert.equal(vtd(0x499880f00f4en).meaning?.nested, false);
});

test('decodeHwInfoVtd puts each capability bit where the specification has it', () => {
  const vectors: [bigint, object][] = [
    [0n, {}],
    [6n, { ND: 6 }],
    [1n << 7n, { CM: true }],
    [0b01110n << 8n, { SAGAW: 14 }],
    [56n << 16n, { MGAW: 56 }],
    [0x3ffn << 24n, { FRO: 0x3ff }],
    [3n << 34n, { SLLPS: 3 }],
    [0xffn << 40n, { NFR: 255 }],
    [0x3fn << 48n, { MAMV: 63 }],
    [1n << 56n, { FL1GP: true }],
    [1n << 60n, { FL5LP: true }],
    [1n << 63n, { ESRTPS: true }],
    [1n << 13n, { reserved: 1n << 13n }],
  ];
  for (const [cap, expected] of vectors) assert.deepEqual(set(vtd(0n, cap).fields.cap), expected, cap.toString(16));
  const { meaning } = vtd(0n, (56n << 16n) | (0b01110n << 8n) | 6n);
  assert.deepEqual([meaning?.guestAddressBits, meaning?.addressWidths, meaning?.domains], [57, [39, 48, 57], 65536]);
});

test('decodeHwInfoVtd names the erratum and says that it is unconditional', () => {
  assert.deepEqual(vtd(4n, 0n, 1).errata, ['ERRATA_772415_SPR17']);
  assert.ok(codes(vtd(4n, 0n, 1)).includes('vtd.errata-unconditional'));
  assert.deepEqual(vtd(4n).errata, []);
});

test('smmuv3OutputAddressSize knows that the table is not linear', () => {
  const vectors: [number, number, boolean][] = [
    [0, 32, false],
    [1, 36, false],
    [2, 40, false],
    [3, 42, false],
    [4, 44, false],
    [5, 48, false],
    [6, 52, false],
    [7, 48, true],
  ];
  for (const [oas, bits, assumed] of vectors) {
    assert.deepEqual(smmuv3OutputAddressSize(oas), { bits, assumed });
    // Bit 3 is not part of the field.
    const decoded = smmuv3([0, 0, 0, 0, 0, oas | 8]);
    assert.equal(decoded.meaning?.outputAddressBits, bits);
    assert.equal(codes(decoded).includes('smmuv3.oas-reserved'), assumed);
  }
});

test('decodeHwInfoSmmuv3 puts each field where the specification has it', () => {
  const plain = { HTTU: 'none', TTENDIAN: 'mixed', STALL_MODEL: 'stall', ST_LEVEL: 'linear' };
  const vectors: [number, object][] = [
    [0, plain],
    [2 << 2, { ...plain, TTF: 2 }],
    [2 << 6, { ...plain, HTTU: 'access and dirty' }],
    [1 << 10, { ...plain, ATS: true }],
    [1 << 12, { ...plain, ASID16: true }],
    [1 << 16, { ...plain, PRI: true }],
    [1 << 19, { ...plain, CD2L: true }],
    [2 << 21, { ...plain, TTENDIAN: 'little' }],
    [1 << 21, { ...plain, TTENDIAN: 'unknown (0x1)' }],
    [2 << 24, { ...plain, STALL_MODEL: 'forced' }],
    [1 << 26, { ...plain, TERM_MODEL: true }],
    [1 << 27, { ...plain, ST_LEVEL: 'two levels' }],
  ];
  for (const [idr0, expected] of vectors) assert.deepEqual(set(smmuv3([idr0, 0, 0, 0, 0, 0]).fields.idr0), expected, idr0.toString(16));
  const { fields, meaning } = smmuv3([8, 0x10 | (20 << 6) | (8 << 21), 0, (1 << 10) | (2 << 11), 0, 0x71 | (1 << 10)]);
  assert.deepEqual(set(fields.idr1), { SIDSIZE: 16, SSIDSIZE: 20, CMDQS: 8 });
  assert.deepEqual(set(fields.idr3), { RIL: true, BBML: 2 });
  assert.deepEqual(set(fields.idr5), { OAS: 1, GRAN4K: true, GRAN16K: true, GRAN64K: true, VAX: 1 });
  assert.deepEqual(meaning, {
    aarch64Tables: true,
    streamIdBits: 16,
    substreamIdBits: 20,
    outputAddressBits: 36,
    virtualAddressBits: 52,
    granules: [4, 16, 64],
    rangeInvalidation: true,
  });
});

test('decodeHwInfoSmmuv3 names the erratum and warns of IDR0.ATS and OAS', () => {
  assert.deepEqual(smmuv3([0, 0, 0, 0, 0, 5], 1).errata, ['ERRATA_REPEAT_TLBI_CFGI']);
  assert.deepEqual(codes(smmuv3([1 << 10, 0, 0, 0, 0, 5])), ['smmuv3.ats-is-per-device', 'smmuv3.oas-not-for-vmm']);
});

test('the VMM field lists name fields that exist', () => {
  const decoded: Readonly<Record<string, object | undefined>> = { ...smmuv3([0, 0, 0, 0, 0, 0]).fields, ...amd(0n).fields } as Record<
    string,
    object
  >;
  for (const [register, names] of Object.entries({ ...SMMUV3_VMM_FIELDS, ...AMD_VMM_FIELDS })) {
    for (const name of names) assert.ok(Object.hasOwn(decoded[register] ?? {}, name), `${register}.${name}`);
  }
});

test('decodeHwInfoTegra241Cmdqv reads its bytes', () => {
  const { fields, meaning } = decodeHwInfoTegra241Cmdqv(Uint8Array.of(0, 0, 0, 0, 1, 2, 4, 0));
  assert.deepEqual(fields, { flags: {}, version: 1, log2vcmdqs: 2, log2vsids: 4 });
  assert.deepEqual(meaning, { commandQueues: 4, streamIds: 16 });
});

test('decodeHwInfoAmd puts each field where the specification has it', () => {
  const vectors: [bigint, object][] = [
    [1n << 1n, { PPRSup: true }],
    [1n << 4n, { GTSup: true }],
    [2n << 10n, { HATS: 2 }],
    [1n << 12n, { GATS: 1 }],
    [3n << 14n, { GLX: 3 }],
    [0xfn << 32n, { PASmax: 15 }],
    [1n << 48n, { GioSup: true }],
    [1n << 50n, { EPHSup: true }],
    [1n << 63n, { SNPSup: true }],
  ];
  for (const [efr, expected] of vectors) assert.deepEqual(set(amd(efr).fields.efr), expected, efr.toString(16));
  assert.deepEqual(amd((0xfn << 32n) | (5n << 48n) | 0x12n).meaning, {
    pasidBits: 16,
    pageRequests: true,
    guestTranslation: true,
    guestPageTables: true,
  });
});

test('decodeHwInfoAmd says that EFR does not tell about ATS and when the PASID width is suspect', () => {
  assert.deepEqual(codes(amd(0xfn << 32n)), ['amd.ats-not-in-efr']);
  assert.deepEqual(codes(amd(0xfn << 32n, 15)), ['amd.ats-not-in-efr', 'amd.pasid-one-short', 'amd.pasid-modes-off']);
  for (const other of [14, 16]) assert.deepEqual(codes(amd(0xfn << 32n, other)), ['amd.ats-not-in-efr', 'amd.pasid-modes-off']);
});

test('decodeHwInfo tells the types apart and keeps those it does not know', () => {
  const vectors: [number, string][] = [
    [0, 'none'],
    [1, 'intel-vtd'],
    [2, 'arm-smmuv3'],
    [3, 'tegra241-cmdqv'],
    [4, 'amd'],
    [5, 'unknown (0x5)'],
    [0xfeedbeef, 'unknown (0xfeedbeef)'],
  ];
  const data = Uint8Array.of(0xef, 0xbe, 0xad, 0xde);
  for (const [type, name] of vectors) {
    const decoded = decodeHwInfo(report(type, data));
    assert.equal(decoded.type, name);
    assert.deepEqual(decoded.data, data);
  }
  assert.deepEqual(codes(decodeHwInfo(report(0, data))), ['hw-info.data-without-type']);
  assert.deepEqual(codes(decodeHwInfo(report(0, new Uint8Array(8)))), []);
  assert.deepEqual(codes(decodeHwInfo(report(9, data))), ['hw-info.unknown-type']);
});

test('decodeHwInfo names the capability bits and keeps unknown ones', () => {
  const capabilities = (value: bigint | number | null) => decodeHwInfo(report(0, new Uint8Array(0), { capabilities: value })).capabilities;
  assert.deepEqual(set(capabilities(8) ?? {}), { PCI_ATS_NOT_SUPPORTED: true });
  assert.deepEqual(set(capabilities(0x8000_0000_0000_0007n) ?? {}), {
    DIRTY_TRACKING: true,
    PCI_PASID_EXEC: true,
    PCI_PASID_PRIV: true,
    reserved: 1n << 63n,
  });
  assert.equal(capabilities(null), null);
});

test('decodeHwInfo notes a PASID width that PCIe does not know', () => {
  const at = (maxPasidLog2: number) => codes(decodeHwInfo(report(0, new Uint8Array(0), { maxPasidLog2 })));
  assert.deepEqual([at(20), at(21)], [[], ['hw-info.pasid-too-wide']]);
});

test('decodeHwInfo leaves out registers that the data is too short for', () => {
  const whole = iommu_hw_info_vtd.encode({ cap_reg: 6n, ecap_reg: 4n });
  const short = decodeHwInfoVtd(whole.slice(0, 16));
  assert.deepEqual([short.fields.cap?.ND, short.fields.ecap, short.meaning], [6, undefined, null]);
  assert.deepEqual(codes(short), ['hw-info.short']);
  assert.deepEqual(decodeHwInfoVtd(new Uint8Array(0)).fields, {});
  const longer = new Uint8Array(32);
  longer.set(whole);
  assert.equal(codes(decodeHwInfoVtd(longer)).includes('hw-info.longer'), false, 'the kernel fills up with zeros');
  longer[31] = 1;
  assert.ok(codes(decodeHwInfoVtd(longer)).includes('hw-info.longer'));
});

test('decodeHwInfo never throws', () => {
  const any = fc.record({
    type: fc.nat({ max: 6 }),
    data: fc.uint8Array({ maxLength: 64 }),
    capabilities: fc.option(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n })),
    maxPasidLog2: fc.nat({ max: 255 }),
  });
  fc.assert(
    fc.property(any, value => assert.equal(typeof decodeHwInfo(value).type, 'string')),
    { numRuns: 300 },
  );
});

test('encodeHwInfo undoes decodeHwInfo, byte for byte, for every type', () => {
  type RoundTrip = (data: Uint8Array) => Uint8Array;
  /** With enough bytes no register is absent. */
  const complete = <T>(fields: T): Required<T> => fields as Required<T>;
  const types: [number, RoundTrip][] = [
    [iommu_hw_info_vtd.size, data => encodeHwInfoVtd(complete(decodeHwInfoVtd(data).fields))],
    [iommu_hw_info_arm_smmuv3.size, data => encodeHwInfoSmmuv3(complete(decodeHwInfoSmmuv3(data).fields))],
    [iommu_hw_info_tegra241_cmdqv.size, data => encodeHwInfoTegra241Cmdqv(complete(decodeHwInfoTegra241Cmdqv(data).fields))],
    [iommu_hw_info_amd.size, data => encodeHwInfoAmd(complete(decodeHwInfoAmd(data).fields))],
  ];
  for (const [size, roundTrip] of types) {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: size, maxLength: size }), data => assert.deepEqual(roundTrip(data), new Uint8Array(data))),
      { numRuns: 100 },
    );
    for (const fill of [0, 0xff]) assert.deepEqual(roundTrip(new Uint8Array(size).fill(fill)), new Uint8Array(size).fill(fill));
  }
});
