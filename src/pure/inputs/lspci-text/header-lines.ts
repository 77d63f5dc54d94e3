/** The lines of a device itself, of which the registers of its header are known. */

import { nameClass } from '../../pci/class-names.ts';
import { commonHeader, type0Header, type1Header, type2Header } from '../../pci/header.ts';
import { PCI_BASE_CLASS_BRIDGE, PCI_CLASS_BRIDGE_PCI } from '../../spec/pci-ids.ts';
import {
  PCI_BASE_ADDRESS_0,
  PCI_BASE_ADDRESS_MEM_PREFETCH,
  PCI_BASE_ADDRESS_MEM_TYPE_64,
  PCI_BASE_ADDRESS_SPACE_IO,
  PCI_HEADER_TYPE,
  PCI_HEADER_TYPE_BRIDGE,
  PCI_HEADER_TYPE_CARDBUS,
  PCI_HEADER_TYPE_MASK,
  PCI_HEADER_TYPE_NORMAL,
} from '../../spec/pci-regs.ts';
import { MEMORY_TYPE } from '../../spec/pcie.ts';
import { FieldWriter } from './field-writer.ts';
import { flags, named, number, type Take } from './reader.ts';
import type { TextBits } from './text-bits.ts';

const DEVSEL = { fast: 'fast', medium: 'medium', slow: 'slow' };

const CONTROL = flags('command', {
  'I/O': 'ioSpaceEnable',
  Mem: 'memorySpaceEnable',
  BusMaster: 'busMasterEnable',
  SpecCycle: 'specialCycleEnable',
  MemWINV: 'memoryWriteAndInvalidate',
  VGASnoop: 'vgaPaletteSnoop',
  ParErr: 'parityErrorResponse',
  Stepping: 'idselStepping',
  SERR: 'serrEnable',
  FastB2B: 'fastBackToBackEnable',
  DisINTx: 'interruptDisable',
});
const STATUS: readonly Take[] = [
  flags('status', {
    Cap: 'capabilitiesList',
    '66MHz': 'capable66Mhz',
    UDF: 'userDefinableFeatures',
    FastB2B: 'fastBackToBackCapable',
    ParErr: 'masterDataParityError',
    '>TAbort': 'signaledTargetAbort',
    '<TAbort': 'receivedTargetAbort',
    '<MAbort': 'receivedMasterAbort',
    '>SERR': 'signaledSystemError',
    '<PERR': 'detectedParityError',
    INTx: 'interruptStatus',
  }),
  named('status', 'devselTiming', /DEVSEL=(fast|medium|slow)/, DEVSEL),
];
const SECONDARY_STATUS: readonly Take[] = [
  flags('secondaryStatus', {
    '66MHz': 'capable66Mhz',
    FastB2B: 'fastBackToBackCapable',
    ParErr: 'masterDataParityError',
    '>TAbort': 'signaledTargetAbort',
    '<TAbort': 'receivedTargetAbort',
    '<MAbort': 'receivedMasterAbort',
    '<SERR': 'receivedSystemError',
    '<PERR': 'detectedParityError',
  }),
  named('secondaryStatus', 'devselTiming', /DEVSEL=(fast|medium|slow)/, DEVSEL),
];
const BRIDGE_CONTROL = flags('bridgeControl', {
  Parity: 'parityErrorResponse',
  SERR: 'serrEnable',
  NoISA: 'isaEnable',
  VGA: 'vgaEnable',
  VGA16: 'vga16BitDecode',
  MAbort: 'masterAbortMode',
  '>Reset': 'secondaryBusReset',
  FastB2B: 'fastBackToBackEnable',
  PriDiscTmr: 'primaryDiscardTimer',
  SecDiscTmr: 'secondaryDiscardTimer',
  DiscTmrStat: 'discardTimerStatus',
  DiscTmrSERREn: 'discardTimerSerrEnable',
});
const BUSES: readonly Take[] = [
  number('primaryBus', /primary=([0-9a-f]{2})\b/),
  number('secondaryBus', /secondary=([0-9a-f]{2})\b/),
  number('subordinateBus', /subordinate=([0-9a-f]{2})\b/),
  number('secondaryLatencyTimer', /sec-latency=(\d{1,3})\b/, 10),
];

const CARDBUS_BUSES: readonly Take[] = [
  number('pciBus', /primary=([0-9a-f]{2})\b/),
  number('cardbusBus', /secondary=([0-9a-f]{2})\b/),
  number('subordinateBus', /subordinate=([0-9a-f]{2})\b/),
  number('cardbusLatencyTimer', /sec-latency=(\d{1,3})\b/, 10),
];
const CARDBUS_CONTROL = flags('bridgeControl', {
  Parity: 'parityErrorResponse',
  SERR: 'serrEnable',
  ISA: 'isaEnable',
  VGA: 'vgaEnable',
  MAbort: 'masterAbortMode',
  '>Reset': 'cardbusReset',
  '16bInt': 'interrupts16Bit',
  PostWrite: 'writePosting',
});

/** Words of the one line of `-v`, which has those that hold. */
const SHORT_FLAGS = [
  ['bus master', 'command', 'busMasterEnable'],
  ['VGA palette snoop', 'command', 'vgaPaletteSnoop'],
  ['stepping', 'command', 'idselStepping'],
  ['fast Back2Back', 'command', 'fastBackToBackEnable'],
  ['66MHz', 'status', 'capable66Mhz'],
  ['user-definable features', 'status', 'userDefinableFeatures'],
] as const;

function readShortFlags(text: string, put: FieldWriter): void {
  const words = text.split(', ');
  if (!words.some(word => / devsel$/.test(word))) return;
  for (const [word, register, field] of SHORT_FLAGS) put.set(register, field, words.includes(word));
  named('status', 'devselTiming', /\b(fast|medium|slow) devsel/, DEVSEL)(text, put);
  number('latencyTimer', /\blatency (\d{1,3})\b/, 10)(text, put);
}

/** Grant and latency are quarters of a microsecond. */
const QUARTER = 250;

function readLatency(text: string, common: FieldWriter, bits: TextBits, isEndpoint: boolean): void {
  const [, timer, bounds = '', line] = /^(\d{1,3})(?: \(([^)]*)\))?(?:, Cache Line Size: (\d{1,4}) bytes)?$/.exec(text) ?? [];
  if (timer === undefined) return;
  common.number('latencyTimer', Number(timer));
  common.number('cacheLineSize', Number(line ?? 0) / 4 || 0);
  if (!isEndpoint) return;
  const put = new FieldWriter(type0Header.pieces, bits, 0);
  for (const [name, register] of [
    ['min', 'minGrant'],
    ['max', 'maxLatency'],
  ] as const) {
    const quarters = Number(new RegExp(`(\\d{1,6})ns ${name}`).exec(bounds)?.[1] ?? 0) / QUARTER;
    if (Number.isInteger(quarters)) put.number(register, quarters);
  }
}

/** The number behind `routed to IRQ` is the kernel's, not that of the register. */
function readPin(text: string, put: FieldWriter): void {
  const pin = /^pin ([A-D?]) routed to IRQ/.exec(text)?.[1];
  if (pin !== undefined) put.number('interruptPin', pin === '?' ? 0 : pin.charCodeAt(0) - 0x40);
}

const REGION = /^Region ([0-5]): (?:(Memory) at (?:[0-9a-f]{1,16}|<\w+>) \((64-bit|32-bit), (non-)?prefetchable\)|(I\/O ports) at )/;

/** The type of a numbered region. Its address is where the kernel has it, which on some machines is not what the register holds. */
function readRegion(line: string, bits: TextBits): void {
  const [, index, memory, width, non, io] = REGION.exec(line) ?? [];
  if (index === undefined) return;
  const at = PCI_BASE_ADDRESS_0 + 4 * Number(index);
  if (io !== undefined) bits.write(at, 1, PCI_BASE_ADDRESS_SPACE_IO, PCI_BASE_ADDRESS_SPACE_IO);
  if (memory === undefined) return;
  const type = width === '64-bit' ? PCI_BASE_ADDRESS_MEM_TYPE_64 : 0;
  bits.write(at, 1, MEMORY_TYPE, type | (non === undefined ? PCI_BASE_ADDRESS_MEM_PREFETCH : 0));
}

const IDS = /(?:^|\[|^Device )([0-9a-f]{4}):([0-9a-f]{4})\]?$/;

function readSubsystem(text: string, put: FieldWriter): void {
  const [, vendor, device] = IDS.exec(text) ?? [];
  if (vendor === undefined || device === undefined) return;
  put.number('subsystemVendorId', Number.parseInt(vendor, 16));
  put.number('subsystemId', Number.parseInt(device, 16));
}

/** Whether functions of the class may have the header of a bridge: those of bridges between two buses of PCI or CardBus. */
function hasBridgeHeader(classCode: number): boolean {
  const { subclass } = nameClass(classCode << 8);
  return classCode >> 8 === PCI_BASE_CLASS_BRIDGE && (subclass === null || /PCI|CardBus|RACEway/.test(subclass));
}

/**
 * The layout of the header: a bridge's lines are those of a bridge, and a class that is no bridge's has none. null where the text does
 * not tell, as of a PCI bridge without its line of buses.
 */
function layoutOf(labels: ReadonlyMap<string, string>, classCode: number | null, lines: readonly string[]): number | null {
  const isCardbus = lines.some(line => /^(?:Memory|I\/O) window [01]:|^16-bit legacy interface/.test(line));
  if (lines.some(line => line.startsWith('!!!'))) return null;
  if (labels.has('Bus')) return isCardbus ? PCI_HEADER_TYPE_CARDBUS : classCode === PCI_CLASS_BRIDGE_PCI ? PCI_HEADER_TYPE_BRIDGE : null;
  const isTold = labels.has('Control') || labels.has('Flags');
  return isTold && classCode !== null && !hasBridgeHeader(classCode) ? PCI_HEADER_TYPE_NORMAL : null;
}

/** Writes what the lines of a device itself say. Lines are without their indent. */
export function readHeaderLines(lines: readonly string[], bits: TextBits, classCode: number | null): void {
  const labels = new Map<string, string>();
  let last = '';
  for (const line of lines) {
    const colon = line.indexOf(': ');
    if (/^PriDiscTmr/.test(line)) labels.set(last, `${labels.get(last) ?? ''} ${line}`);
    else if (colon > 0) {
      last = line.slice(0, colon);
      if (!labels.has(last)) labels.set(last, line.slice(colon + 2));
    }
  }
  const layout = layoutOf(labels, classCode, lines);
  if (layout !== null) bits.write(PCI_HEADER_TYPE, 1, PCI_HEADER_TYPE_MASK, layout);
  const common = new FieldWriter(commonHeader.pieces, bits, 0);
  const text = (label: string) => labels.get(label) ?? '';
  CONTROL(text('Control'), common);
  for (const take of STATUS) take(text('Status'), common);
  if (labels.has('Flags')) readShortFlags(text('Flags'), common);
  readLatency(text('Latency'), common, bits, layout === PCI_HEADER_TYPE_NORMAL);
  if (layout === PCI_HEADER_TYPE_NORMAL) {
    const put = new FieldWriter(type0Header.pieces, bits, 0);
    readPin(text('Interrupt'), put);
    readSubsystem(text('Subsystem'), put);
  }
  if (layout === PCI_HEADER_TYPE_BRIDGE) {
    const put = new FieldWriter(type1Header.pieces, bits, 0);
    readPin(text('Interrupt'), put);
    for (const take of BUSES) take(text('Bus'), put);
    for (const take of SECONDARY_STATUS) take(text('Secondary status'), put);
    BRIDGE_CONTROL(text('BridgeCtl'), put);
  }
  if (layout === PCI_HEADER_TYPE_CARDBUS) {
    const put = new FieldWriter(type2Header.pieces, bits, 0);
    readPin(text('Interrupt'), put);
    readSubsystem(text('Subsystem'), put);
    for (const take of CARDBUS_BUSES) take(text('Bus'), put);
    CARDBUS_CONTROL(text('BridgeCtl'), put);
  }
  if (layout !== null) for (const line of lines) readRegion(line, bits);
}
