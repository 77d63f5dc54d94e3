/** The table of what `ats` means for one device: each value of the property under each answer of the host's kernel. */
import type { Message, Realized } from '../guest-view/index.ts';
import { findCapability } from '../pci/find-capability.ts';
import type { OnOffAuto } from '../qemu/index.ts';
import { PCI_EXT_CAP_ID_ATS } from '../spec/pci-regs.ts';
import { type Painter, PLAIN, type Tone } from './paint.ts';
import { rowsAt, titleRow } from './row.ts';

/** What a kernel that knows the flag can answer. */
export type KernelAnswer = 'supported' | 'unsupported';

/** One row of the table: a value of the property, the kernel's answer, and the result. */
export interface AtsRow {
  readonly ats: OnOffAuto;
  /** null where both answers have the same result. */
  readonly answer: KernelAnswer | null;
  readonly realized: Realized;
}

const VALUES: readonly OnOffAuto[] = ['off', 'auto', 'on'];

/** What becomes of the guest's ATS, in the words of the table. */
export type AtsOutcome = 'shown' | 'masked' | 'absent' | 'unknown' | 'realize fails';

/** What a realize makes of ATS. */
export function atsOutcome(realized: Realized): AtsOutcome {
  if (realized.outcome === 'failed') return 'realize fails';
  const ats = findCapability(realized.capabilities, 'extended', PCI_EXT_CAP_ID_ATS);
  if (realized.outcome === 'unknown' || ats?.status === 'unknown') return 'unknown';
  if (ats === undefined) return realized.unknownAt.extended === null ? 'absent' : 'unknown';
  return ats.status === 'hidden' ? 'masked' : 'shown';
}

/** The message about ATS: QEMU's words where it has some, else the reason. */
function wordsOf(realized: Realized): { readonly tone: Tone; readonly text: string } {
  if (realized.outcome === 'failed') return { tone: 'bad', text: `error: ${realized.error.message}` };
  const told: Message | undefined = realized.messages.find(({ code }) => code.startsWith('ats.'));
  if (told !== undefined) return { tone: told.level === 'warning' ? 'warn' : 'dim', text: `${told.level}: ${told.message}` };
  const reason = findCapability(realized.capabilities, 'extended', PCI_EXT_CAP_ID_ATS)?.reason;
  return { tone: 'dim', text: reason?.label ?? '' };
}

function isSame(a: Realized, b: Realized): boolean {
  return atsOutcome(a) === atsOutcome(b) && wordsOf(a).text === wordsOf(b).text;
}

/** The rows for one device, which `realizeWith` realizes under a value and an answer. One row serves both answers where they agree. */
export function atsRows(realizeWith: (ats: OnOffAuto, answer: KernelAnswer) => Realized): AtsRow[] {
  return VALUES.flatMap((ats): AtsRow[] => {
    const supported = realizeWith(ats, 'supported');
    const unsupported = realizeWith(ats, 'unsupported');
    if (isSame(supported, unsupported)) return [{ ats, answer: null, realized: supported }];
    return [
      { ats, answer: 'supported', realized: supported },
      { ats, answer: 'unsupported', realized: unsupported },
    ];
  });
}

const ANSWERS: Readonly<Record<KernelAnswer, string>> = { supported: 'may be used', unsupported: 'not supported' };
const TONES: Readonly<Record<AtsOutcome, Tone>> = { shown: 'good', masked: 'warn', absent: 'dim', unknown: 'warn', 'realize fails': 'bad' };

/** Where the columns begin. */
const COLUMNS = [2, 12, 27, 42];

/** The table as lines. */
export function formatAtsTable(rows: readonly AtsRow[], paint: Painter = PLAIN): string[] {
  const row = rowsAt(COLUMNS, paint);
  const lines = titleRow(row, 'PROPERTY', 'KERNEL SAYS', "GUEST'S ATS", 'WHY');
  for (const { ats, answer, realized } of rows) {
    const outcome = atsOutcome(realized);
    const { tone, text } = wordsOf(realized);
    lines.push(...row(`ats=${ats}`, answer === null ? 'either' : ANSWERS[answer], [TONES[outcome], outcome], [tone, text]));
  }
  return lines;
}
