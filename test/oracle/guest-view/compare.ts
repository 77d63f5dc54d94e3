/** Compares what QEMU did with what we say that it does: how it ended, its words, the guest's bytes and its writes. */
import { formatHex } from '../../../src/pure/bytes/hex.ts';
import { u16 } from './chains.ts';
import { expectBytes, expectWords, expectWrites } from './expected.ts';
import { FATAL_INPUTS, fatalKinds } from './fatal-inputs.ts';
import type { Case, Judgement } from './judge.ts';
import { KNOWN_DIFFERENCES } from './known-differences.ts';

/** Names of the slots in words of overlapping capabilities: QEMU's are the running guest's, ours is 00. */
export const SLOT_DIFFERENCE = '`0000:00:SS` in the words of overlapping capabilities';
const SLOT = /(?<=\b0000:00:00:)[0-9a-f]{2}\.[0-7]\b/g;

/** A Multiple Message Enable above Multiple Message Capable reads as that: of the bits that a write reaches not all can be 1 at once. */
export const CLAMPED_DIFFERENCE = 'ones written to Multiple Message Enable';

/** How many cases were of which kind. */
export class Tally {
  readonly counts = new Map<string, number>();

  add(kind: string): void {
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
  }

  /** `12 × exited`, the most frequent first. */
  get lines(): string[] {
    return [...this.counts].sort(([, a], [, b]) => b - a).map(([kind, count]) => `${count} × ${kind}`);
  }
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

function differingBytes({ device, realized }: Case, { guest }: Judgement): string[] {
  if (realized.outcome === 'failed' || guest === null) return [];
  const ours = expectBytes(realized);
  const lines: string[] = [];
  for (let at = 0; at < ours.length; at += 4) {
    const [here, theirs] = [ours, guest].map(bytes => hex(bytes.subarray(at, at + 4)));
    if (here !== theirs) lines.push(`${formatHex(at)}: device ${hex(device.bytes.subarray(at, at + 4))}, QEMU ${theirs}, ours ${here}`);
  }
  return lines;
}

/** Multiple Message Enable of the MSI that QEMU emulates, and what it reads as after ones: what is capable. */
function clampedByte({ realized }: Case, guest: Uint8Array): { readonly at: number; readonly value: number } | null {
  if (realized.outcome === 'failed') return null;
  const msi = realized.capabilities.find(({ kind, id, status }) => kind === 'standard' && id === 0x05 && status !== 'hidden');
  if (msi === undefined) return null;
  return { at: msi.offset + 2, value: ((u16(guest, msi.offset + 2) >> 1) & 7) << 4 };
}

const MULTIPLE_MESSAGE_ENABLE = 0x70;

function differingWrites(one: Case, { guest, probe }: Judgement, tally: Tally): string[] {
  if (one.realized.outcome === 'failed' || guest === null || probe === null) return [];
  const write = expectWrites(one.realized, one.device);
  const clamped = clampedByte(one, guest);
  const lines: string[] = [];
  for (let at = 0; at < write.length; at++) {
    let ones = guest[at] | write[at];
    if (at === clamped?.at && (ones & MULTIPLE_MESSAGE_ENABLE) !== clamped.value) {
      tally.add(CLAMPED_DIFFERENCE);
      ones = (ones & ~MULTIPLE_MESSAGE_ENABLE) | clamped.value;
    }
    const zeros = guest[at] & ~write[at];
    if (probe.ones[at] === ones && probe.zeros[at] === zeros) continue;
    const theirs = `reads ${formatHex(guest[at])}, ${formatHex(probe.ones[at])} after ones, ${formatHex(probe.zeros[at])} after zeros`;
    lines.push(`${formatHex(at)}: QEMU ${theirs}, ours takes ${formatHex(write[at])}`);
  }
  return lines;
}

function differingWords({ realized }: Case, { words }: Judgement, tally: Tally): string[] {
  const [ours, theirs] = [expectWords(realized), words].map(lines => lines.join('\n'));
  if (ours === theirs) return [];
  if (ours.replaceAll(SLOT, '') === theirs.replaceAll(SLOT, '')) {
    tally.add(SLOT_DIFFERENCE);
    return [];
  }
  return [`QEMU says "${theirs}", we say "${ours}"`];
}

function judgeEnd({ device }: Case, { end, during, words }: Judgement, tally: Tally): string[] {
  const kind = fatalKinds(device).find(fatal => fatal.ends.includes(end) && fatal.words.test(words.join('\n')));
  tally.add(kind === undefined ? `${end}, not known` : kind.name);
  const when = during === null ? '' : ` while it ${during}`;
  return kind === undefined ? [`QEMU ${end}${when}: ${words.join(' ')}`] : [];
}

/** What differs and is not known to; one line each. Counts every case in `tally`. */
export function compare(one: Case, judgement: Judgement, tally: Tally): string[] {
  const { end } = judgement;
  tally.add(`QEMU ${end}`);
  if (end === 'died' || end === 'hung') return judgeEnd(one, judgement, tally);
  const words = differingWords(one, judgement, tally);
  const rest = [...differingBytes(one, judgement), ...differingWrites(one, judgement, tally)];
  if (words.length + rest.length === 0) return [];
  const known = KNOWN_DIFFERENCES.find(({ matches }) => matches(one.device, one.placement));
  if (known === undefined) return [...words, ...rest];
  tally.add(known.name);
  return [];
}

/** Every kind of fatal input and of known difference, all of which must have been met. */
export const EXPECTED_KINDS: readonly string[] = [
  ...FATAL_INPUTS.map(({ name }) => name),
  ...KNOWN_DIFFERENCES.map(({ name }) => name),
  SLOT_DIFFERENCE,
  CLAMPED_DIFFERENCE,
];
