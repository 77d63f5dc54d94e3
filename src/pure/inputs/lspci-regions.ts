/** The regions in the text that stands beside the bytes of a verbose dump: `Region 0: Memory at … (64-bit, prefetchable) [size=8G]`. */

import { wordAt } from '../bytes/checked.ts';
import type { UnplacedRegion } from '../facts/read-text.ts';
import { ROM_INDEX } from '../pci/bars.ts';
import type { ConfigSpace } from '../pci/config-space.ts';
import { headerLayout } from '../pci/header-layout.ts';
import type { KnownRegions, RegionFact } from '../pci/regions.ts';
import {
  PCI_BASE_ADDRESS_0,
  PCI_BASE_ADDRESS_MEM_PREFETCH,
  PCI_BASE_ADDRESS_MEM_TYPE_64,
  PCI_BASE_ADDRESS_MEM_TYPE_MASK,
  PCI_BASE_ADDRESS_SPACE_IO,
  PCI_HEADER_TYPE_BRIDGE,
  PCI_HEADER_TYPE_NORMAL,
  PCI_ROM_ADDRESS,
  PCI_ROM_ADDRESS_ENABLE,
} from '../spec/pci-regs.ts';
import { BAR_COUNTS, ROM_ADDRESS } from '../spec/pcie.ts';

const TAB = 9;
const SPACE = 32;
/** The spaces that an editor may have put in place of a tab. */
const INDENT = 8;
/**
 * `Re`gion, `Me`mory at, `I/`O ports at, `Ex`pansion ROM at, `[v`irtual] or `[e`nhanced] before any of them, and what the host knows:
 * `Ke`rnel driver in use, `IO`MMU group, `NU`MA node. No row begins so.
 */
const STARTS = new Set(['Re', 'Me', 'I/', 'Ex', '[v', '[e', 'Ke', 'IO', 'NU'].map(pair => pair.charCodeAt(0) | (pair.charCodeAt(1) << 8)));

const startsRegion = (bytes: Uint8Array, at: number): boolean => at + 2 <= bytes.length && STARTS.has(wordAt(bytes, at));

/** Where the text of a device's own line begins, or -1: lines of its capabilities are indented further, or begin otherwise. */
export function regionTextAt(bytes: Uint8Array, at: number): number {
  if (bytes[at] === TAB) return startsRegion(bytes, at + 1) ? at + 1 : -1;
  for (let i = 0; i < INDENT; i++) if (bytes[at + i] !== SPACE) return -1;
  return startsRegion(bytes, at + INDENT) ? at + INDENT : -1;
}

const REGION =
  /^(?:Region (?<number>[0-5]): )?(?:\[(?:virtual|enhanced)\] )*(?:(?<memory>Memory)|(?<io>I\/O ports)|(?<rom>Expansion ROM)) at (?<rest>.*)$/;
const MEMORY = /^(?:[0-9a-f]{1,16}|<\w+>) \((?<width>64-bit|32-bit|low-1M|type 3), (?<non>non-)?prefetchable\)/;
const SIZE = /\[size=(?<count>\d{1,15})(?<unit>[KMGT]?)\]/;
const UNITS = ['', 'K', 'M', 'G', 'T'];
/** No function has more. */
const MOST_LINES = 16;

/** 2 to the power of 63, the largest region that an address of 64 bits leaves room for. */
const MOST_SIZE = 1n << 63n;

function parseSize(rest: string): bigint | null {
  const { count, unit } = SIZE.exec(rest)?.groups ?? {};
  if (count === undefined) return null;
  const size = BigInt(count) << BigInt(10 * UNITS.indexOf(unit ?? ''));
  return size > 0n && size <= MOST_SIZE ? size : null;
}

/** A region by its line; the index is null in the text of `lspci -v`, which does not number them. */
type Line = Omit<RegionFact, 'index'> & { readonly index: number | null };

function parseLine(text: string): Line | null {
  const { number, memory, io, rom, rest } = REGION.exec(text)?.groups ?? {};
  if (rest === undefined) return null;
  const size = parseSize(rest);
  if (rom !== undefined) return { index: ROM_INDEX, kind: null, width: null, prefetchable: null, size };
  const index = number === undefined ? null : Number(number);
  if (io !== undefined) return { index, kind: 'io', width: 32, prefetchable: false, size };
  const { width, non } = MEMORY.exec(rest)?.groups ?? {};
  if (memory === undefined || width === undefined) return { index, kind: null, width: null, prefetchable: null, size };
  return { index, kind: 'memory', width: width === '64-bit' ? 64 : 32, prefetchable: non === undefined, size };
}

/** Whether a register of the header can be that of a line. */
function fits({ kind, width, prefetchable }: Line, raw: number): boolean {
  if ((raw & PCI_BASE_ADDRESS_SPACE_IO) !== 0) return kind === 'io';
  return (
    kind === 'memory' &&
    width === ((raw & PCI_BASE_ADDRESS_MEM_TYPE_MASK) === PCI_BASE_ADDRESS_MEM_TYPE_64 ? 64 : 32) &&
    prefetchable === ((raw & PCI_BASE_ADDRESS_MEM_PREFETCH) !== 0)
  );
}

/** The registers of a header, of which a 64-bit region takes two. */
const MOST_REGISTERS = 6;

/** Numbers lines without a number where no register is known: only where they take all registers there is one way. */
function numberAll(lines: readonly Line[]): RegionFact[] | null {
  const bars = lines.filter(({ index }) => index !== ROM_INDEX);
  if (bars.some(({ index, width }) => index !== null || width === null)) return null;
  const taken = bars.reduce((sum, { width }) => sum + (width === 64 ? 2 : 1), 0);
  if (taken !== MOST_REGISTERS) return null;
  let next = 0;
  return lines.map(line => {
    if (line.index !== null) return { ...line, index: line.index };
    const index = next;
    next += line.width === 64 ? 2 : 1;
    return { ...line, index };
  });
}

/** Numbers the lines that have no number by the next register that they fit; null where a line fits none. */
function number(lines: readonly Line[], registers: readonly (number | undefined)[]): RegionFact[] | null {
  if (registers.every(raw => raw === undefined) && lines.some(({ index }) => index === null)) return numberAll(lines);
  const numbered: RegionFact[] = [];
  let next = 0;
  for (const line of lines) {
    if (line.index !== null) {
      numbered.push({ ...line, index: line.index });
      continue;
    }
    while (next < registers.length && (registers[next] ?? 0) === 0) next++;
    const raw = registers[next];
    if (raw === undefined || !fits(line, raw)) return null;
    numbered.push({ ...line, index: next });
    next += line.width === 64 ? 2 : 1;
  }
  return numbered;
}

/** Address and enable bit (PCIe 6.0 §7.5.1.2.4). */
const ROM_GIVEN = ROM_ADDRESS | PCI_ROM_ADDRESS_ENABLE;

/** Whether each register with an address has its line; where one has none, that line and perhaps others are missing. */
function speaksOfAll(regions: readonly RegionFact[], config: ConfigSpace): boolean {
  const type = headerLayout(config) ?? PCI_HEADER_TYPE_NORMAL;
  const covered = new Set(regions.flatMap(({ index, width }) => (width === 64 ? [index, index + 1] : [index])));
  const rom = type === PCI_HEADER_TYPE_NORMAL ? (config.read(PCI_ROM_ADDRESS, 4) ?? 0) : 0;
  if ((rom & ROM_GIVEN) !== 0 && !regions.some(({ index }) => index === ROM_INDEX)) return false;
  const count = type <= PCI_HEADER_TYPE_BRIDGE ? (BAR_COUNTS[type] ?? 0) : 0;
  for (let index = 0; index < count; index++) {
    if (!covered.has(index) && (config.read(PCI_BASE_ADDRESS_0 + 4 * index, 4) ?? 0) !== 0) return false;
  }
  return true;
}

const HOST = /^(?:Kernel driver in use|IOMMU group|NUMA node): /;

/** Collects the lines of one device after another. */
export class LspciRegions {
  #lines: Line[] = [];
  #unplaced: readonly UnplacedRegion[] = [];
  #hostLines: string[] = [];

  /** Lines of the device about what its host knows of it; makes room for the next device. */
  takeHostLines(): readonly string[] {
    const lines = this.#hostLines;
    if (lines.length > 0) this.#hostLines = [];
    return lines;
  }

  /** Regions of the device that was finished last of which it is not known which BAR they are. */
  get unplaced(): readonly UnplacedRegion[] {
    return this.#unplaced;
  }

  /** Takes a line that `regionTextAt` found, without its indent. */
  take(text: string): void {
    if (HOST.test(text)) {
      if (this.#hostLines.length < MOST_LINES) this.#hostLines.push(text.trimEnd());
      return;
    }
    const line = parseLine(text.trimEnd());
    if (line !== null && this.#lines.length < MOST_LINES) this.#lines.push(line);
  }

  /**
   * What the lines so far say of the device with these bytes; makes room for the next device. A running kernel lists every region, so the
   * list is complete unless a register shows one more. null where no line has a size, as in the text of another dump.
   */
  finish(config: ConfigSpace): KnownRegions | null {
    const lines = this.#lines;
    this.#unplaced = [];
    if (lines.length === 0) return null;
    this.#lines = [];
    if (!lines.some(({ size }) => size !== null)) return null;
    const regions = number(
      lines,
      [0, 1, 2, 3, 4, 5].map(index => config.read(PCI_BASE_ADDRESS_0 + 4 * index, 4)),
    );
    if (regions === null) this.#unplaced = lines.filter(({ index }) => index === null).map(({ index: _, ...region }) => region);
    const isOnce = regions !== null && new Set(regions.map(({ index }) => index)).size === regions.length;
    return isOnce ? { source: 'lspci', isComplete: speaksOfAll(regions, config), regions } : null;
  }
}
