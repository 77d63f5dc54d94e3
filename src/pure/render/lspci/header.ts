/** The text of the registers that all headers share: Control, Status, Latency, Interrupt, BIST; or the one line of `-v`. */
import { hexDigits } from '../../bytes/hex.ts';
import type { CommonHeader } from '../../pci/header.ts';
import { formatFlags, sign } from './renderer.ts';

/** Registers of the three layouts that the lines about any function are made of. */
export interface LayoutRegisters {
  readonly interruptLine?: number;
  readonly interruptPin?: number;
  readonly minGrant?: number;
  readonly maxLatency?: number;
}

/** `fast`, `medium`, `slow`; `??` for the value that is reserved. */
export function formatDevsel(timing: string): string {
  return timing.startsWith('unknown') ? '??' : timing;
}

function formatControl(command: CommonHeader['command']): string {
  const flags = formatFlags({
    'I/O': command.ioSpaceEnable,
    Mem: command.memorySpaceEnable,
    BusMaster: command.busMasterEnable,
    SpecCycle: command.specialCycleEnable,
    MemWINV: command.memoryWriteAndInvalidate,
    VGASnoop: command.vgaPaletteSnoop,
    ParErr: command.parityErrorResponse,
    Stepping: command.idselStepping,
    SERR: command.serrEnable,
    FastB2B: command.fastBackToBackEnable,
    DisINTx: command.interruptDisable,
  });
  return `\tControl: ${flags}`;
}

function formatStatus(status: CommonHeader['status']): string {
  const capable = formatFlags({
    Cap: status.capabilitiesList,
    '66MHz': status.capable66Mhz,
    UDF: status.userDefinableFeatures,
    FastB2B: status.fastBackToBackCapable,
    ParErr: status.masterDataParityError,
  });
  const events = formatFlags({
    '>TAbort': status.signaledTargetAbort,
    '<TAbort': status.receivedTargetAbort,
    '<MAbort': status.receivedMasterAbort,
    '>SERR': status.signaledSystemError,
    '<PERR': status.detectedParityError,
    INTx: status.interruptStatus,
  });
  return `\tStatus: ${capable} DEVSEL=${formatDevsel(status.devselTiming)} ${events}`;
}

/** Latency means something only to a function that masters the bus. Grant and latency are quarters of a microsecond. */
function formatLatency(common: CommonHeader, { minGrant = 0, maxLatency = 0 }: LayoutRegisters): string {
  const bounds = [minGrant > 0 ? [`${minGrant * 250}ns min`] : [], maxLatency > 0 ? [`${maxLatency * 250}ns max`] : []].flat();
  const wanted = bounds.length > 0 ? ` (${bounds.join(', ')})` : '';
  const line = common.cacheLineSize > 0 ? `, Cache Line Size: ${common.cacheLineSize * 4} bytes` : '';
  return `\tLatency: ${common.latencyTimer}${wanted}${line}`;
}

/** `Interrupt: pin A routed to IRQ 11`; none where the function has neither. */
export function formatInterrupt({ interruptLine = 0, interruptPin = 0 }: LayoutRegisters): string[] {
  if (interruptLine === 0 && interruptPin === 0) return [];
  const pin = interruptPin === 0 ? '?' : String.fromCharCode(0x40 + interruptPin);
  return [`\tInterrupt: pin ${pin} routed to IRQ ${interruptLine}`];
}

function formatBist({ bist }: CommonHeader): string[] {
  if (!bist.capable) return [];
  return [bist.start ? '\tBIST is running' : `\tBIST result: ${hexDigits(bist.completionCode, 2)}`];
}

/** One line of flags, as `-v` gives it. */
function formatShortFlags({ command, status, latencyTimer }: CommonHeader, { interruptLine = 0 }: LayoutRegisters): string {
  const flags: [boolean, string][] = [
    [command.busMasterEnable, 'bus master'],
    [command.vgaPaletteSnoop, 'VGA palette snoop'],
    [command.idselStepping, 'stepping'],
    [command.fastBackToBackEnable, 'fast Back2Back'],
    [status.capable66Mhz, '66MHz'],
    [status.userDefinableFeatures, 'user-definable features'],
    [true, `${formatDevsel(status.devselTiming)} devsel`],
    [command.busMasterEnable, `latency ${latencyTimer}`],
    [interruptLine !== 0, `IRQ ${interruptLine}`],
  ];
  const set = flags.filter(([holds]) => holds).map(([, text]) => text);
  return `\tFlags: ${set.join(', ')}`;
}

/** The lines about any function; `verbosity` from 1 up. */
export function formatCommonHeader(common: CommonHeader, layout: LayoutRegisters, verbosity: number): string[] {
  if (verbosity < 2) return [formatShortFlags(common, layout), ...formatBist(common)];
  const lines = [formatControl(common.command), formatStatus(common.status)];
  if (common.command.busMasterEnable) lines.push(formatLatency(common, layout));
  return [...lines, ...formatInterrupt(layout), ...formatBist(common)];
}

/** What a bridge saw on its other side. */
export function formatSecondaryStatus(status: {
  readonly capable66Mhz: boolean;
  readonly fastBackToBackCapable: boolean;
  readonly masterDataParityError: boolean;
  readonly devselTiming: string;
  readonly signaledTargetAbort: boolean;
  readonly receivedTargetAbort: boolean;
  readonly receivedMasterAbort: boolean;
  readonly receivedSystemError: boolean;
  readonly detectedParityError: boolean;
}): string {
  const events = formatFlags({
    '>TAbort': status.signaledTargetAbort,
    '<TAbort': status.receivedTargetAbort,
    '<MAbort': status.receivedMasterAbort,
    '<SERR': status.receivedSystemError,
    '<PERR': status.detectedParityError,
  });
  const capable = `66MHz${sign(status.capable66Mhz)} FastB2B${sign(status.fastBackToBackCapable)}`;
  return `\tSecondary status: ${capable} ParErr${sign(status.masterDataParityError)} DEVSEL=${formatDevsel(status.devselTiming)} ${events}`;
}
