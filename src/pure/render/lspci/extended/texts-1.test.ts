/** The text of the extended capabilities 01h to 18h, as lspci 3.13 printed it for the same bytes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseHexBytes } from '../../../bytes/hex.ts';
import { decodeCapability } from '../../../pci/capability.ts';
import { ConfigSpace } from '../../../pci/config-space.ts';
import { EXTENDED_CAPABILITIES } from '../../../pci/extended/index.ts';
import { walkExtended } from '../../../pci/walk.ts';
import { EXTENDED_TEXTS } from './index.ts';

interface Vector {
  readonly id: number;
  /** Device/Port Type of the PCI Express capability. */
  readonly port: number;
  /** From offset 4 of the capability, version 2. */
  readonly bytes: string;
  /** The title and the lines. */
  readonly text: readonly string[];
}

const VECTORS: readonly Vector[] = [
  {
    id: 0x01,
    port: 10,
    bytes: '0000100000000000103046000120000000200000200800000100000002000000030000000400000007000000750000800200f800',
    text: [
      'Advanced Error Reporting',
      'UESta:\tDLP- SDES- TLP- FCP- CmpltTO- CmpltAbrt- UnxCmplt- RxOF- MalfTLP-',
      '\tECRC- UnsupReq+ ACSViol- UncorrIntErr- BlockedTLP- AtomicOpBlocked- TLPBlockedErr-',
      '\tPoisonTLPBlocked- DMWrReqBlocked- IDECheck- MisIDETLP- PCRC_CHECK- TLPXlatBlocked-',
      'UEMsk:\tDLP- SDES- TLP- FCP- CmpltTO- CmpltAbrt- UnxCmplt- RxOF- MalfTLP-',
      '\tECRC- UnsupReq- ACSViol- UncorrIntErr- BlockedTLP- AtomicOpBlocked- TLPBlockedErr-',
      '\tPoisonTLPBlocked- DMWrReqBlocked- IDECheck- MisIDETLP- PCRC_CHECK- TLPXlatBlocked-',
      'UESvrt:\tDLP+ SDES- TLP+ FCP+ CmpltTO- CmpltAbrt- UnxCmplt- RxOF+ MalfTLP+',
      '\tECRC- UnsupReq- ACSViol- UncorrIntErr+ BlockedTLP- AtomicOpBlocked- TLPBlockedErr-',
      '\tPoisonTLPBlocked- DMWrReqBlocked- IDECheck- MisIDETLP- PCRC_CHECK- TLPXlatBlocked-',
      'CESta:\tRxErr+ BadTLP- BadDLLP- Rollover- Timeout- AdvNonFatalErr+ CorrIntErr- HeaderOF-',
      'CEMsk:\tRxErr- BadTLP- BadDLLP- Rollover- Timeout- AdvNonFatalErr+ CorrIntErr- HeaderOF-',
      'AERCap:\tFirst Error Pointer: 00, ECRCGenCap+ ECRCGenEn- ECRCChkCap- ECRCChkEn-',
      '\tMultHdrRecCap- MultHdrRecEn- TLPPfxPres+ HdrLogCap-',
      'HeaderLog: 00000001 00000002 00000003 00000004',
      'RootCmd: CERptEn+ NFERptEn+ FERptEn+',
      'RootSta: CERcvd+ MultCERcvd- UERcvd+ MultUERcvd-',
      '\t FirstFatal+ NonFatalMsg+ FatalMsg+ IntMsgNum 16',
      'ErrorSrc: ERR_COR: 0002 ERR_FATAL/NONFATAL: 00f8',
    ],
  },
  {
    id: 0x02,
    port: 4,
    bytes: '01000000030000000000000001000000ff000080000000000100000a0000020100000300',
    text: [
      'Virtual Channel',
      'Caps:\tLPEVC=0 RefClk=100ns PATEntryBits=1',
      'Arb:\tFixed+ WRR32+ WRR64- WRR128-',
      'Ctrl:\tArbSelect=Fixed',
      'Status:\tInProgress-',
      'VC0:\tCaps:\tPATOffset=00 MaxTimeSlots=1 RejSnoopTrans-',
      '\tArb:\tFixed+ WRR32- WRR64- WRR128- TWRR128- WRR256-',
      '\tCtrl:\tEnable+ ID=0 ArbSelect=Fixed TC/VC=ff',
      '\tStatus:\tNegoPending- InProgress-',
      'VC1:\tCaps:\tPATOffset=0a MaxTimeSlots=1 RejSnoopTrans-',
      '\tArb:\tFixed+ WRR32- WRR64- WRR128- TWRR128- WRR256-',
      '\tCtrl:\tEnable- ID=1 ArbSelect=WRR32 TC/VC=00',
      '\tStatus:\tNegoPending+ InProgress+',
      '\tPort Arbitration Table <?>',
    ],
  },
  {
    id: 0x03,
    port: 0,
    bytes: '0025388c31500a2b',
    text: ['Device Serial Number 2b-0a-50-31-8c-38-25-00'],
  },
  {
    id: 0x04,
    port: 0,
    bytes: '000000000000000000000000',
    text: ['Power Budgeting <?>'],
  },
  {
    id: 0x05,
    port: 4,
    bytes: '0002020f0000000000000000010002000000000000c0d1fe0000000003000103000000000030e5d000000000',
    text: [
      'Root Complex Link',
      'Desc:\tPortNumber=0f ComponentID=02 EltType=Config',
      'Link0:\tDesc:\tTargetPort=00 TargetComponent=02 AssocRCRB- LinkType=MemMapped LinkValid+',
      '\tAddr:\t00000000fed1c000',
      'Link1:\tDesc:\tTargetPort=03 TargetComponent=01 AssocRCRB- LinkType=Config LinkValid+',
      '\tAddr:\t0e:0a.3  CfgSpace=00000000d0e53000',
    ],
  },
  {
    id: 0x06,
    port: 4,
    bytes: '0000000000000000',
    text: ['Root Complex Internal Link <?>'],
  },
  {
    id: 0x07,
    port: 10,
    bytes: '0f80002000031200',
    text: [
      'Root Complex Event Collector Endpoint Association',
      'RCiEPBitmap: RCiEP at Device(s): 0-3, 15, 29',
      'AssociatedBusNumbers: 03-12',
    ],
  },
  {
    id: 0x08,
    port: 0,
    bytes: '00000000000000000000000000000000000000000000000000000000',
    text: ['Multi-Function Virtual Channel <?>'],
  },
  {
    id: 0x09,
    port: 0,
    bytes: '00000000000000000000000000000000ff0000800000000000',
    text: [
      'Virtual Channel',
      'Caps:\tLPEVC=0 RefClk=100ns PATEntryBits=1',
      'Arb:\tFixed- WRR32- WRR64- WRR128-',
      'Ctrl:\tArbSelect=Fixed',
      'Status:\tInProgress-',
      'VC0:\tCaps:\tPATOffset=00 MaxTimeSlots=1 RejSnoopTrans-',
      '\tArb:\tFixed- WRR32- WRR64- WRR128- TWRR128- WRR256-',
      '\tCtrl:\tEnable+ ID=0 ArbSelect=Fixed TC/VC=ff',
      '\tStatus:\tNegoPending- InProgress-',
    ],
  },
  {
    id: 0x0a,
    port: 4,
    bytes: '00000000000000000000000000000000',
    text: ['Root Complex Register Block <?>'],
  },
  {
    id: 0x0b,
    port: 0,
    bytes:
      '4000c1040000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000',
    text: ['Vendor Specific Information: ID=0040 Rev=1 Len=04c <?>'],
  },
  {
    id: 0x0c,
    port: 0,
    bytes: '',
    text: ['Configuration Access Correlation <?>'],
  },
  {
    id: 0x0d,
    port: 4,
    bytes: '1f001d00',
    text: [
      'Access Control Services',
      'ACSCap:\tSrcValid+ TransBlk+ ReqRedir+ CmpltRedir+ UpstreamFwd+ EgressCtrl- DirectTrans-',
      'ACSCtl:\tSrcValid+ TransBlk- ReqRedir+ CmpltRedir+ UpstreamFwd+ EgressCtrl- DirectTrans-',
    ],
  },
  {
    id: 0x0e,
    port: 0,
    bytes: '02030000',
    text: [
      'Alternative Routing-ID Interpretation (ARI)',
      'ARICap:\tMFVC- ACS+, Next Function: 3',
      'ARICtl:\tMFVC- ACS-, Function Group: 0',
    ],
  },
  {
    id: 0x0f,
    port: 0,
    bytes: '20000080',
    text: ['Address Translation Service (ATS)', 'ATSCap:\tInvalidate Queue Depth: 00', 'ATSCtl:\tEnable+, Smallest Translation Unit: 00'],
  },
  {
    id: 0x10,
    port: 0,
    bytes: '0200000019000000080008000800000001000100000034a053050000010000000c004088010000000000a0fe0000000000000000000000000b000000',
    text: [
      'Single Root I/O Virtualization (SR-IOV)',
      'IOVCap:\tMigration- 10BitTagReq- IntMsgNum 0',
      'IOVCtl:\tEnable+ Migration- Interrupt- MSE+ ARIHierarchy+ 10BitTagReq-',
      'IOVSta:\tMigration-',
      'Initial VFs: 8, Total VFs: 8, Number of VFs: 8, Function Dependency Link: 00',
      'VF offset: 1, stride: 1, Device ID: a034',
      'Supported Page Size: 00000553, System Page Size: 00000001',
      'Region 0: Memory at 0000000188400000 (64-bit, prefetchable)',
      'Region 2: Memory at fea00000 (32-bit, non-prefetchable)',
      'VF Migration: offset: 00000008, BIR: 3',
    ],
  },
  {
    id: 0x11,
    port: 0,
    bytes: '',
    text: ['Multi-Root I/O Virtualization <?>'],
  },
  {
    id: 0x12,
    port: 0,
    bytes: '3f0c02800c00e0ff010000000f0000000000000000000000000000000000000000000000',
    text: [
      'Multicast',
      'McastCap: MaxGroups 64, WindowSz 12 (4096 bytes)\t\tMcastCtl: NumGroups 3, Enable+',
      'McastBAR: IndexPos 12, BaseAddr 00000001ffe00000',
      'McastReceiveVec:      000000000000000f',
      'McastBlockAllVec:     0000000000000000',
      'McastBlockUntransVec: 0000000000000000',
    ],
  },
  {
    id: 0x12,
    port: 6,
    bytes: '3f8002800c00e0ff010000000f00000000000000000000000000000000000000000000004c000080ff000000',
    text: [
      'Multicast',
      'McastCap: MaxGroups 64, ECRCRegen+',
      'McastCtl: NumGroups 3, Enable+',
      'McastBAR: IndexPos 12, BaseAddr 00000001ffe00000',
      'McastReceiveVec:      000000000000000f',
      'McastBlockAllVec:     0000000000000000',
      'McastBlockUntransVec: 0000000000000000',
      'McastOverlayBAR: OverlaySize 12 (4096 bytes), BaseAddr 000000ff80000040',
    ],
  },
  {
    id: 0x13,
    port: 0,
    bytes: '010002810001000020000000',
    text: [
      'Page Request Interface (PRI)',
      'PRICtl: Enable+ Reset-',
      'PRISta: RF- UPRGI+ Stopped+ PASID+',
      'Page Request Capacity: 00000100, Page Request Allocation: 00000020',
    ],
  },
  {
    id: 0x14,
    port: 0,
    bytes: '',
    text: ['Reserved for AMD <?>'],
  },
  {
    id: 0x15,
    port: 0,
    bytes: '00f0010020080000',
    text: ['Physical Resizable BAR', 'BAR 0: current size: 256MB, supported: 256MB 512MB 1GB 2GB 4GB'],
  },
  {
    id: 0x16,
    port: 0,
    bytes: '00000000000000000000000000000000',
    text: ['Dynamic Power Allocation <?>'],
  },
  {
    id: 0x17,
    port: 0,
    bytes: '0703010001010000aa00bb01',
    text: [
      'Transaction Processing Hints',
      'Interrupt vector mode supported',
      'Device specific mode supported',
      'Extended requester support',
      'Steering table in TPH capability structure',
    ],
  },
  {
    id: 0x18,
    port: 0,
    bytes: '03100310',
    text: ['Latency Tolerance Reporting', 'Max snoop latency: 3145728ns', 'Max no snoop latency: 3145728ns'],
  },
];

for (const { id, port, bytes, text } of VECTORS) {
  test(`EXTENDED_TEXTS ${id.toString(16).padStart(2, '0')}h in a function of type ${port} prints ${text[0]}`, () => {
    const space = new Uint8Array(0x1000);
    space[0x06] = 0x10;
    space[0x34] = 0x40;
    space.set([0x10, 0, 2 | (port << 4)], 0x40);
    space.set([id, 0, 2, 0, ...parseHexBytes(bytes)], 0x100);
    const config = new ConfigSpace(space);
    const [ref] = walkExtended(config).capabilities;
    const renderer = EXTENDED_TEXTS.find(({ type }) => type.id === id);
    assert.ok(renderer);
    const { fields, missing } = decodeCapability(renderer.type, config, ref.offset);
    assert.deepEqual(missing, []);
    const device = { config, vendorId: 0x8086, deviceId: 0x1234, expressType: port, deviceFunction: 0, nameSubsystem: () => '' };
    const { title, lines } = renderer.format(fields, ref, device);
    assert.deepEqual([title, ...lines], text);
  });
}

test('EXTENDED_TEXTS has one text for each extended capability', () => {
  assert.deepEqual(
    EXTENDED_TEXTS.map(({ type }) => type.id).toSorted((a, b) => a - b),
    EXTENDED_CAPABILITIES.map(({ id }) => id).toSorted((a, b) => a - b),
  );
});
