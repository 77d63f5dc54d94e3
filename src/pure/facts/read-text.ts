/** What was read of a device as text, since no bytes of it are there. */

import { hexDigits } from '../bytes/hex.ts';
import type { RegionFact } from '../pci/regions.ts';
import { formatByteSize } from '../text/byte-size.ts';

/** A region of which the text does not say which BAR it is. */
export type UnplacedRegion = Omit<RegionFact, 'index'>;

/** How much of a text its own lines, or rows of bytes beside it, say differently. */
export interface TextContradiction {
  /** The bytes of which that holds. */
  readonly count: number;
  /** The offset of the first such byte. */
  readonly at: number;
}

/** A device's text, as far as it gave what no row of bytes did. */
export interface ReadText {
  /** With which option lspci printed it, as far as that can be seen: `-vv` stands for more too. */
  readonly verbosity: '-v' | '-vv' | '';
  /** How many capabilities it lists. */
  readonly capabilities: number;
  /** Whether rows of bytes stand beside it. */
  readonly hasBytes: boolean;
  /** null where it contradicts neither itself nor the bytes. Bytes are believed before text. */
  readonly contradiction: TextContradiction | null;
  /** Regions that `lspci -v` lists without a number, where it is not known which BAR they are. */
  readonly unplaced: readonly UnplacedRegion[];
}

/** What was read as text in a whole input. */
export interface ReadTexts {
  readonly devices: number;
  readonly capabilities: number;
  /** Whether rows of bytes stand beside all of them. */
  readonly hasBytes: boolean;
}

/** The text of one device as that of an input. */
export function textsOf({ capabilities, hasBytes }: ReadText): ReadTexts {
  return { devices: 1, capabilities, hasBytes };
}

/** Both, in the order of the input. */
export function joinTexts(first: ReadTexts | null, then: ReadTexts | null): ReadTexts | null {
  if (first === null || then === null) return first ?? then;
  return {
    devices: first.devices + then.devices,
    capabilities: first.capabilities + then.capabilities,
    hasBytes: first.hasBytes && then.hasBytes,
  };
}

const counted = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;

/** `1 device was read as text of lspci -v, 12 capabilities, without bytes: what the text does not name is not known`. */
export function formatTexts({ devices, capabilities, hasBytes }: ReadTexts): string {
  const which = `${counted(devices, 'device was', 'devices were')} read as text of lspci -v`;
  const bytes = hasBytes ? 'beside the bytes that are there' : 'without bytes';
  return `${which}, ${counted(capabilities, 'capability', 'capabilities')}, ${bytes}: what the text does not name is not known`;
}

function formatUnplaced({ kind, width, prefetchable, size }: UnplacedRegion): string {
  const what = kind === 'io' ? 'I/O' : kind === null ? 'a region' : `${width}-bit ${prefetchable ? 'prefetchable ' : ''}memory`;
  return size === null ? `${what} of unknown size` : `${what} of ${formatByteSize(size)}`;
}

/** `which BARs these are is not known, since lspci -v does not number them: 64-bit prefetchable memory of 8 GiB`. */
export function formatUnplacedRegions(regions: readonly UnplacedRegion[]): string {
  const which = regions.length === 1 ? 'which BAR this is' : 'which BARs these are';
  return `${which} is not known, since lspci -v does not number regions: ${regions.map(formatUnplaced).join(', ')}`;
}

/** `the text says differently of 2 bytes than the rows of bytes beside it, the first is 2b4: the rows are believed`. */
export function formatTextContradiction({ count, at }: TextContradiction, hasBytes: boolean): string {
  const bytes = `${counted(count, 'byte', 'bytes')}${count === 1 ? '' : ', the first is'}${count === 1 ? ',' : ''} ${hexDigits(at, 2)}`;
  return hasBytes
    ? `the text says differently of ${bytes} than the rows of bytes beside it: the rows are believed`
    : `lines of the text say differently of ${bytes}: what they contradict is taken as unknown`;
}
