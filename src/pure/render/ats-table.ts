/** The table of what `ats` means for one device: each value of the property under each answer of the host's kernel. */
import type { Message, Realized } from '../guest-view/index.ts';
import type { OnOffAuto } from '../machine/index.ts';
import { type Painter, PLAIN, type Tone } from './paint.ts';
import { wrap } from './wrap.ts';

/** What a kernel that knows the flag can answer. */
export type KernelAnswer = 'supported' | 'unsupported';

export interface AtsRow {
  readonly ats: OnOffAuto;
  /** null where both answers end in the same. */
  readonly answer: KernelAnswer | null;
  readonly realized: Realized;
}

const VALUES: readonly OnOffAuto[] = ['off', 'auto', 'on'];
const ATS = 0x0f;

type Outcome = 'shown' | 'masked' | 'absent' | 'realize fails';

function outcomeOf(realized: Realized): Outcome {
  if (realized.outcome === 'failed') return 'realize fails';
  const ats = realized.capabilities.find(({ kind, id }) => kind === 'extended' && id === ATS);
  if (ats === undefined) return 'absent';
  return ats.status === 'hidden' ? 'masked' : 'shown';
}

/** What is said about ATS: QEMU's words where it has some, else the reason. */
function wordsOf(realized: Realized): { readonly tone: Tone; readonly text: string } {
  if (realized.outcome === 'failed') return { tone: 'bad', text: `error: ${realized.error.message}` };
  const told: Message | undefined = realized.messages.find(({ code }) => code.startsWith('ats.'));
  if (told !== undefined) return { tone: told.level === 'warning' ? 'warn' : 'dim', text: `${told.level}: ${told.message}` };
  const reason = realized.capabilities.find(({ kind, id }) => kind === 'extended' && id === ATS)?.reason;
  return { tone: 'dim', text: reason?.label ?? '' };
}

function isSame(a: Realized, b: Realized): boolean {
  return outcomeOf(a) === outcomeOf(b) && wordsOf(a).text === wordsOf(b).text;
}

/** The rows for one device; `realizeWith` realizes it under a value and an answer. Rows that an answer does not change are one. */
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
const TONES: Readonly<Record<Outcome, Tone>> = { shown: 'good', masked: 'warn', absent: 'dim', 'realize fails': 'bad' };

/** Columns of 10, 15 and 15 characters behind an indent of 2; the words have what is left of 80. */
const WORDS_AT = 42;
const WORDS_WIDTH = 80 - WORDS_AT;

/** The table as lines of at most 80 columns. */
export function formatAtsTable(rows: readonly AtsRow[], paint: Painter = PLAIN): string[] {
  const lines = [paint('dim', `  ${'PROPERTY'.padEnd(10)}${'KERNEL SAYS'.padEnd(15)}${"GUEST'S ATS".padEnd(15)}WHY`)];
  for (const { ats, answer, realized } of rows) {
    const outcome = outcomeOf(realized);
    const { tone, text } = wordsOf(realized);
    const [first, ...rest] = wrap(text, WORDS_WIDTH).map(line => (line === '' ? '' : paint(tone, line)));
    const said = answer === null ? 'either' : ANSWERS[answer];
    lines.push(`  ${`ats=${ats}`.padEnd(10)}${said.padEnd(15)}${paint(TONES[outcome], outcome.padEnd(15))}${first}`.trimEnd());
    lines.push(...rest.map(line => ' '.repeat(WORDS_AT) + line));
  }
  return lines;
}
