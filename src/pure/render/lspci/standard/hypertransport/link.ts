/** Lines about links that the texts of HyperTransport's slave and host interfaces share. */

import { hexDigits } from '../../../../bytes/hex.ts';
import type { Piece } from '../../../../bytes/layout.ts';
import type { errorHandling } from '../../../../pci/capabilities/hypertransport/link.ts';
import {
  HT_FREQUENCIES,
  HT_WIDTHS,
  type linkConfig,
  type linkControl,
  type linkFrequency,
} from '../../../../pci/capabilities/hypertransport/link.ts';
import { formatFlags } from '../../renderer.ts';

type Of<F extends (at: number) => Piece<unknown>> = ReturnType<F> extends Piece<infer T> ? T : never;
export type LinkControl = Of<typeof linkControl>;
export type LinkConfig = Of<typeof linkConfig>;
export type LinkFrequency = Of<typeof linkFrequency>;
export type ErrorHandling = Of<typeof errorHandling>;

/** The last code of HT_FREQUENCIES that is printed with its name, and the vendor's own. */
const LAST_NAMED = 9;
const VENDOR = 15;

export function formatLinkControl(of: LinkControl, isRevised: boolean): string {
  const flags = formatFlags({
    CFlE: of.crcFloodEnable,
    CST: of.crcStartTest,
    CFE: of.crcForceError,
    '<LkFail': of.linkFailure,
    Init: of.initializationComplete,
    EOC: of.endOfChain,
    TXO: of.transmitterOff,
  });
  const more = formatFlags({
    IsocEn: of.isochronousEnable,
    LSEn: of.ldtStopTristateEnable,
    ExtCTL: of.extendedCtlTime,
    '64b': of.addressing64Enable,
  });
  return `${flags} <CRCErr=${hexDigits(of.crcError)}${isRevised ? ` ${more}` : ''}`;
}

function formatWidth(name: string): string {
  if (name === HT_WIDTHS[7]) return 'N/C';
  const unnamed = /0x([0-9a-f]+)/.exec(name);
  return unnamed === null ? name : `[${unnamed[1]}]`;
}

export function formatLinkConfig(of: LinkConfig, isRevised: boolean): string {
  const parts: [string, string, string, boolean][] = [
    ['MLWI', of.maxWidthIn, 'DwFcIn', of.doublewordFlowControlIn],
    ['MLWO', of.maxWidthOut, 'DwFcOut', of.doublewordFlowControlOut],
    ['LWI', of.widthIn, 'DwFcInEn', of.doublewordFlowControlInEnable],
    ['LWO', of.widthOut, 'DwFcOutEn', of.doublewordFlowControlOutEnable],
  ];
  return parts
    .map(([name, width, flag, set]) => `${name}=${formatWidth(width)}${isRevised ? ` ${formatFlags({ [flag]: set })}` : ''}`)
    .join(' ');
}

/** Codes above the named ones are shown as `[a]`, except for the vendor's own. */
export function formatFrequency(of: LinkFrequency): string {
  const [code] = Object.entries(HT_FREQUENCIES).find(([, name]) => name === of.frequency) ?? ['0'];
  if (Number(code) === VENDOR) return 'Vend';
  return Number(code) <= LAST_NAMED ? of.frequency : `[${hexDigits(Number(code))}]`;
}

export function formatLinkError(of: LinkFrequency): string {
  return formatFlags({ '<Prot': of.protocolError, '<Ovfl': of.overflowError, '<EOC': of.endOfChainError, CTLTm: of.ctlTimeout });
}

export function formatFrequencies(frequencies: number): string {
  const named = Object.entries(HT_FREQUENCIES).filter(([code]) => Number(code) <= LAST_NAMED);
  const flags = named.map(([code, name]) => [name, (frequencies & (1 << Number(code))) !== 0] as const);
  return formatFlags({ ...Object.fromEntries(flags), Vend: (frequencies & (1 << VENDOR)) !== 0 });
}

export function formatErrorHandling(of: ErrorHandling): string {
  return formatFlags({
    PFlE: of.protocolFlood,
    OFlE: of.overflowFlood,
    PFE: of.protocolFatal,
    OFE: of.overflowFatal,
    EOCFE: of.endOfChainFatal,
    RFE: of.responseFatal,
    CRCFE: of.crcFatal,
    SERRFE: of.systemFatal,
    CF: of.chainFail,
    RE: of.responseError,
    PNFE: of.protocolNonFatal,
    ONFE: of.overflowNonFatal,
    EOCNFE: of.endOfChainNonFatal,
    RNFE: of.responseNonFatal,
    CRCNFE: of.crcNonFatal,
    SERRNFE: of.systemNonFatal,
  });
}

interface Features {
  readonly isochronousFlowControl: boolean;
  readonly ldtStop: boolean;
  readonly crcTestMode: boolean;
  readonly extendedCtlTimeRequired: boolean;
  readonly addressing64: boolean;
  readonly unitIdReorderDisable: boolean;
}

export function formatFeatures(of: Features): string {
  return formatFlags({
    IsocFC: of.isochronousFlowControl,
    LDTSTOP: of.ldtStop,
    CRCTM: of.crcTestMode,
    ECTLT: of.extendedCtlTimeRequired,
    '64bA': of.addressing64,
    UIDRD: of.unitIdReorderDisable,
  });
}

export function formatMemoryUpper({ base, limit }: { base: number; limit: number }): string {
  return `Prefetchable memory behind bridge Upper: ${hexDigits(base, 2)}-${hexDigits(limit, 2)}`;
}

export function formatRevision({ major, minor }: { major: number; minor: number }): string {
  return `Revision ID: ${major}.${minor.toString().padStart(2, '0')}`;
}

/** A line for revisions from 0.18 to before 1.02, of which only the first registers are decoded. */
export function revisionNotes({ major, minor }: { major: number; minor: number }): string[] {
  const revision = (major << 5) | minor;
  return revision >= 0x12 && revision < 0x22 ? ['!!! Possibly incomplete decoding'] : [];
}
