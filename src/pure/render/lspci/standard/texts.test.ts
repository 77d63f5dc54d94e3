import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseHexBytes } from '../../../bytes/hex.ts';
import { STANDARD_CAPABILITIES, standardCapabilityFor } from '../../../pci/capabilities/index.ts';
import { decodeCapability } from '../../../pci/capability.ts';
import { ConfigSpace } from '../../../pci/config-space.ts';
import { formatPowerLimit } from './express/power-limit.ts';
import { STANDARD_TEXTS } from './index.ts';

interface Golden {
  readonly name: string;
  /** The capability, at 40h of a function whose other bytes are zero but for those of `header`. */
  readonly hex: string;
  readonly header?: Readonly<Record<number, number>>;
  readonly deviceFunction?: number;
  /** Title and lines, as lspci 3.13 prints them. */
  readonly text: readonly string[];
}

const LEGACY_ENDPOINT = '10001200a18f00003029090003014000400003110000000000000000000000000000000000007000400000000e00000003001f00';
const LEGACY_ENDPOINT_HEAD = [
  'Express (v2) Legacy Endpoint, IntMsgNum 0',
  'DevCap:\tMaxPayload 256 bytes, PhantFunc 0, Latency L0s <4us, L1 unlimited',
  '\tExtTag+ AttnBtn- AttnInd- PwrInd- RBE+ FLReset- TEE-IO-',
  'DevCtl:\tCorrErr- NonFatalErr- FatalErr- UnsupReq-',
  '\tRlxdOrd+ ExtTag+ PhantFunc- AuxPwr- NoSnoop+',
  '\tMaxPayload 256 bytes, MaxReadReq 512 bytes',
  'DevSta:\tCorrErr+ NonFatalErr- FatalErr- UnsupReq+ AuxPwr- TransPend-',
  'LnkCap:\tPort #0, Speed 8GT/s, Width x16, ASPM not supported',
  '\tClockPM- Surprise- LLActRep- BwNot- ASPMOptComp+',
  'LnkCtl:\tASPM Disabled; RCB 64 bytes, LnkDisable- CommClk+',
  '\tExtSynch- ClockPM- AutWidDis- BWInt- AutBWInt-',
  'LnkSta:\tSpeed 8GT/s, Width x16',
  '\tTrErr- Train- SlotClk+ DLActive- BWMgmt- ABWMgmt-',
  'DevCap2: Completion Timeout: Not Supported, TimeoutDis- NROPrPrP- LTR-',
  '\t 10BitTagComp- 10BitTagReq- OBFF Not Supported, ExtFmt+ EETLPPrefix+, MaxEETLPPrefixes 1',
  '\t EmergencyPowerReduction Not Supported, EmergencyPowerReductionInit-',
  '\t FRS-',
];
const LEGACY_ENDPOINT_CONTROL2 = [
  'DevCtl2: Completion Timeout: 50us to 50ms, TimeoutDis-',
  '\t AtomicOpsCtl: ReqEn+',
  '\t IDOReq- IDOCompl- LTR- EmergencyPowerReductionReq-',
  '\t 10BitTagReq- OBFF Disabled, EETLPPrefixBlk-',
];
const LEGACY_ENDPOINT_LINK2 = [
  'LnkCap2: Supported Link Speeds: 2.5-8GT/s, Crosslink- Retimer- 2Retimers- DRS-',
  'LnkCtl2: Target Link Speed: 8GT/s, EnterCompliance- SpeedDis-',
  '\t Transmit Margin: Normal Operating Range, EnterModifiedCompliance- ComplianceSOS-',
  '\t Compliance Preset/De-emphasis: -6dB de-emphasis, 0dB preshoot',
];
const LEGACY_ENDPOINT_STATUS2 = [
  'LnkSta2: Current De-emphasis Level: -3.5dB, EqualizationComplete+ EqualizationPhase1+',
  '\t EqualizationPhase2+ EqualizationPhase3+ LinkEqualizationRequest-',
  '\t Retimer- 2Retimers- CrosslinkRes: unsupported',
];

const GOLDENS: readonly Golden[] = [
  { name: 'Null', hex: '0000', text: ['Null'] },
  {
    name: 'Power Management',
    hex: '010003c800000000',
    text: [
      'Power Management version 3',
      'Flags: PMEClk- DSI- D1- D2- AuxCurrent=0mA PME(D0+,D1-,D2-,D3hot+,D3cold+)',
      'Status: D0 NoSoftRst- PME-Enable- DSel=0 DScale=0 PME-',
    ],
  },
  {
    name: 'Power Management of a bridge',
    hex: '0100030008008000',
    text: [
      'Power Management version 3',
      'Flags: PMEClk- DSI- D1- D2- AuxCurrent=0mA PME(D0-,D1-,D2-,D3hot-,D3cold-)',
      'Status: D0 NoSoftRst+ PME-Enable- DSel=0 DScale=0 PME-',
      'Bridge: PM+ B3+',
    ],
  },
  {
    name: 'AGP 3',
    hex: '02003000 0b020009 01010003',
    text: [
      'AGP version 3.0',
      'Status: RQ=10 Iso- ArqSz=0 Cal=0 SBA+ ITACoh- GART64- HTrans- 64bit- FW- AGP3+ Rate=x4,x8',
      'Command: RQ=4 ArqSz=0 Cal=0 SBA- AGP+ GART64- 64bit- FW- Rate=x4',
    ],
  },
  { name: 'Vital Product Data', hex: '0300008000000001', text: ['Vital Product Data', 'Not readable'] },
  {
    name: 'MSI',
    hex: '05008101 0c30e0fe 01000000 89410000 0f000000 02000000',
    text: ['MSI: Enable+ Count=1/1 Maskable+ 64bit+', 'Address: 00000001fee0300c  Data: 4189', 'Masking: 0000000f  Pending: 00000002'],
  },
  {
    name: 'PCI-X of a bridge',
    hex: '0700c300 00f10300 05000600 07000800',
    header: { 14: 1 },
    text: [
      'PCI-X bridge device',
      'Secondary Status: 64bit+ 133MHz+ SCD- USC- SCO- SRD- Freq=133MHz',
      'Status: Dev=f1:00.0 64bit+ 133MHz+ SCD- USC- SCO- SRD-',
      'Upstream: Capacity=5 CommitmentLimit=6',
      'Downstream: Capacity=7 CommitmentLimit=8',
    ],
  },
  {
    name: 'a HyperTransport slave of an old revision',
    hex: '0800a100200011112000117021000000',
    text: [
      'HyperTransport: Slave or Primary Interface',
      '!!! Possibly incomplete decoding',
      'Command: BaseUnitID=1 UnitCnt=5 MastHost- DefDir-',
      'Link Control 0: CFlE- CST- CFE- <LkFail- Init+ EOC- TXO- <CRCErr=0',
      'Link Config 0: MLWI=16bit MLWO=16bit LWI=16bit LWO=16bit',
      'Link Control 1: CFlE- CST- CFE- <LkFail- Init+ EOC- TXO- <CRCErr=0',
      'Link Config 1: MLWI=16bit MLWO=16bit LWI=8bit LWO=N/C',
      'Revision ID: 1.01',
    ],
  },
  { name: 'HyperTransport Gen3', hex: '08003cd0', text: ['HyperTransport: #1a'] },
  { name: 'the Debug Port', hex: '0a00a020', text: ['Debug port: BAR=1 offset=00a0'] },
  { name: 'Subsystem IDs', hex: '0d000000aa173822', text: ['Subsystem: 6058/8760'] },
  {
    name: 'MSI-X',
    hex: '11007f0002000f0002900f00',
    text: ['MSI-X: Enable- Count=128 Masked-', 'Vector table: BAR=2 offset=000f0000', 'PBA: BAR=2 offset=000f9000'],
  },
  { name: 'SATA', hex: '1200100048000000', text: ['SATA HBA v1.0 BAR4 Offset=00000004'] },
  { name: 'Advanced Features', hex: '130006030000', text: ['PCI Advanced Features', 'AFCap: TP+ FLR+', 'AFCtrl: FLR-', 'AFStatus: TP-'] },
  {
    name: 'Enhanced Allocation',
    hex: '14000100 0400ff80 02000000 feffff3f 30840000 00000000',
    text: [
      'Enhanced Allocation (EA): NumEntries=1',
      'Entry 0: Enable+ Writable- EntrySize=4',
      '\t BAR Equivalent Indicator: BAR 0',
      '\t PrimaryProperties: memory space, non-prefetchable',
      '\t SecondaryProperties: entry unavailable for use, PrimaryProperties should be used',
      '\t Base: 843000000000',
      '\t MaxOffset: 03fffffff',
    ],
  },
  { name: 'a Flattening Portal Bridge', hex: '1500cdab', text: ['Flattening Portal Bridge <?>'] },
  {
    name: 'PCI Express of an endpoint',
    hex: LEGACY_ENDPOINT,
    text: [...LEGACY_ENDPOINT_HEAD, ...LEGACY_ENDPOINT_CONTROL2, ...LEGACY_ENDPOINT_LINK2, ...LEGACY_ENDPOINT_STATUS2],
  },
  {
    name: 'PCI Express of an endpoint with memory',
    hex: LEGACY_ENDPOINT,
    header: { 19: 0xf0 },
    text: [
      ...LEGACY_ENDPOINT_HEAD,
      '\t AtomicOpsCap: 32bit- 64bit- 128bitCAS-',
      ...LEGACY_ENDPOINT_CONTROL2,
      ...LEGACY_ENDPOINT_LINK2,
      ...LEGACY_ENDPOINT_STATUS2,
    ],
  },
  {
    name: "PCI Express of an endpoint's second function, which leaves the link to the first",
    hex: LEGACY_ENDPOINT,
    deviceFunction: 1,
    text: [...LEGACY_ENDPOINT_HEAD, ...LEGACY_ENDPOINT_CONTROL2, ...LEGACY_ENDPOINT_STATUS2],
  },
];

for (const { name, hex, header = {}, deviceFunction = 0, text } of GOLDENS) {
  test(`STANDARD_TEXTS show ${name}`, () => {
    const bytes = new Uint8Array(256);
    for (const [at, value] of Object.entries(header)) bytes[Number(at)] = value;
    bytes.set(parseHexBytes(hex.replaceAll(' ', '')), 0x40);
    const config = new ConfigSpace(bytes);
    const ref = { kind: 'standard', id: bytes[0x40] ?? 0, offset: 0x40, version: 0, next: 0 } as const;
    const type = standardCapabilityFor(config, ref);
    const format = STANDARD_TEXTS.find(candidate => candidate.type === type)?.format;
    assert.ok(type !== null && format !== undefined);
    const nameSubsystem = (vendor: number, device: number) => `${vendor}/${device}`;
    const device = { config, vendorId: 0, deviceId: 0, expressType: null, nameSubsystem, deviceFunction };
    const { title, lines } = format(decodeCapability(type, config, 0x40).fields, ref, device);
    assert.deepEqual([title, ...lines], text);
  });
}

test('STANDARD_TEXTS has one text for each standard capability type', () => {
  assert.deepEqual(new Set(STANDARD_TEXTS.map(text => text.type)), new Set(STANDARD_CAPABILITIES));
  assert.equal(STANDARD_TEXTS.length, STANDARD_CAPABILITIES.length);
});

const POWER_LIMITS: readonly [value: number, scale: number, text: string][] = [
  [25, 0, '25W'],
  [75, 1, '7.5W'],
  [239, 2, '2.39W'],
  [1, 3, '0.001W'],
  [0xf0, 0, '250W'],
  [0xfe, 0, '600W'],
  [0xff, 0, '>600W'],
  [0xff, 1, '25.5W'],
];

for (const [value, scale, text] of POWER_LIMITS) {
  test(`formatPowerLimit shows ${value} at scale ${scale} as ${text}`, () => assert.equal(formatPowerLimit(value, scale), text));
}
