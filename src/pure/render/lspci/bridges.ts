/** The text of what only bridges have: bus numbers, windows, secondary status, bridge control. */
import { hexDigits } from '../../bytes/hex.ts';
import { decodeBridgeWindows } from '../../pci/bridge-windows.ts';
import type { DecodedDevice } from '../../pci/decode-device.ts';
import type { Type1Header, Type2Header } from '../../pci/header.ts';
import { PCI_CB_LEGACY_MODE_BASE } from '../../spec/pci-regs.ts';
import { formatSecondaryStatus } from './header.ts';
import { formatRom, formatWindow } from './regions.ts';
import { formatFlags } from './renderer.ts';

function formatBuses(primary: number, secondary: number, subordinate: number, latency: number): string {
  return `\tBus: primary=${hexDigits(primary, 2)}, secondary=${hexDigits(secondary, 2)}, subordinate=${hexDigits(subordinate, 2)}, sec-latency=${latency}`;
}

/** A PCI bridge or a port; all registers of its header must be known. */
export function formatBridge(header: Type1Header, device: DecodedDevice, verbosity: number): string[] {
  const lines = [formatBuses(header.primaryBus, header.secondaryBus, header.subordinateBus, header.secondaryLatencyTimer)];
  for (const window of decodeBridgeWindows(header)) lines.push(formatWindow(window, verbosity));
  if (verbosity > 1) lines.push(formatSecondaryStatus(header.secondaryStatus));
  lines.push(...formatRom(device.bars, device.header.common.command?.memorySpaceEnable ?? false));
  if (verbosity > 1) lines.push(...formatBridgeControl(header.bridgeControl));
  return lines;
}

function formatBridgeControl(control: Type1Header['bridgeControl']): string[] {
  const flags = formatFlags({
    Parity: control.parityErrorResponse,
    SERR: control.serrEnable,
    NoISA: control.isaEnable,
    VGA: control.vgaEnable,
    VGA16: control.vga16BitDecode,
    MAbort: control.masterAbortMode,
    '>Reset': control.secondaryBusReset,
    FastB2B: control.fastBackToBackEnable,
  });
  const timers = formatFlags({
    PriDiscTmr: control.primaryDiscardTimer,
    SecDiscTmr: control.secondaryDiscardTimer,
    DiscTmrStat: control.discardTimerStatus,
    DiscTmrSERREn: control.discardTimerSerrEnable,
  });
  return [`\tBridgeCtl: ${flags}`, `\t\t${timers}`];
}

/** A CardBus bridge; the registers of its first 64 bytes must be known. */
export function formatCardbus(header: Type2Header, device: DecodedDevice, verbosity: number): string[] {
  const { bridgeControl: control } = header;
  const command = device.header.common.command;
  const window = (label: string, base: number, limit: number, suffix: string) =>
    base <= limit || verbosity > 2 ? [`\t${label}: ${hexDigits(base, 8)}-${hexDigits(limit, 8)}${suffix}`] : [];
  const memory = (n: number, base: number, limit: number, isPrefetchable: boolean) => {
    const suffix = (command?.memorySpaceEnable ? '' : ' [disabled]') + (isPrefetchable ? ' (prefetchable)' : '');
    // The low twelve bits are read-only zero.
    return window(`Memory window ${n}`, base, (limit + 0xfff) >>> 0, suffix);
  };
  const io = (n: number, base: number, limit: number) => {
    // Bit 0 of the base says whether the window has 32 address bits.
    const mask = (base & 1) === 1 ? 0xfffffffc : 0xfffc;
    const suffix = command?.ioSpaceEnable ? '' : ' [disabled]';
    return window(`I/O window ${n}`, (base & mask) >>> 0, ((limit & mask) | 3) >>> 0, suffix);
  };
  const lines = [
    formatBuses(header.pciBus, header.cardbusBus, header.subordinateBus, header.cardbusLatencyTimer),
    ...memory(0, header.memoryBase0, header.memoryLimit0, control.memory0Prefetchable),
    ...memory(1, header.memoryBase1, header.memoryLimit1, control.memory1Prefetchable),
    ...io(0, header.ioBase0, header.ioLimit0),
    ...io(1, header.ioBase1, header.ioLimit1),
  ];
  if (header.secondaryStatus.receivedSystemError) lines.push('\tSecondary status: SERR');
  if (verbosity > 1) lines.push(formatCardbusControl(control));
  const legacy = device.config.read(PCI_CB_LEGACY_MODE_BASE, 2) ?? 0;
  if (legacy !== 0) lines.push(`\t16-bit legacy interface ports at ${hexDigits(legacy, 4)}`);
  return lines;
}

function formatCardbusControl(control: Type2Header['bridgeControl']): string {
  const flags = formatFlags({
    Parity: control.parityErrorResponse,
    SERR: control.serrEnable,
    ISA: control.isaEnable,
    VGA: control.vgaEnable,
    MAbort: control.masterAbortMode,
    '>Reset': control.cardbusReset,
    '16bInt': control.interrupts16Bit,
    PostWrite: control.writePosting,
  });
  return `\tBridgeCtl: ${flags}`;
}
