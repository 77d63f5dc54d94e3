/** What is to be said about a command as text of a shell: what is not known of it, and what its author may have meant to be part of it. */
import type { TextPlaces } from '../../origin.ts';
import type { PlanFinding } from '../../plan-finding.ts';
import { Findings, repeat } from './findings.ts';
import { optionArity } from './options.ts';
import type { QemuWord } from './word.ts';

/** How far is looked for an option behind a command. */
const MOST_BEHIND = 1000;
const OPTION_BEHIND = /^(?:[ \t]*(?:#[^\n]*)?\r?\n)*[ \t]*(--?[A-Za-z][^\s]*)/;

/** Options whose arguments say which devices there are, and what they are. */
const OF_DEVICES = new Set(['M', 'accel', 'device', 'global', 'machine', 'object', 'readconfig', 'set']);

/** What is said of the words, and whether a shell puts something in place of one that says what devices there are. */
export interface ShellVerdict {
  readonly findings: readonly PlanFinding[];
  readonly isPartial: boolean;
  /** What the shell puts something in place of. */
  readonly placeholders: readonly string[];
}

/** Of `words`, which end at `end` of the text. */
export function judgeShell(words: readonly QemuWord[], text: string, end: number, places: TextPlaces): ShellVerdict {
  const findings = new Findings();
  let isPartial = false;
  const placeholders = new Set<string>();
  let option: string | null = null;
  for (const word of words) {
    const name: string | null = option === null && word.text.startsWith('-') ? word.text.replace(/^--?/, '') : null;
    if (word.hasExpansion === true) {
      const isOfDevices = option === null || OF_DEVICES.has(option);
      isPartial ||= isOfDevices;
      for (const text of word.expansions ?? []) placeholders.add(text);
      const message = `The shell puts something else in place of what begins with $ or \` here, which is not known: ${repeat(word.text)}`;
      const origin = word.origin(0, word.text.length);
      if (isOfDevices) findings.warning('qemu.shell.expansion', message, origin);
      else findings.note('qemu.shell.expansion', message, origin);
    }
    option = name !== null && optionArity(name) === 'argument' ? name : null;
  }
  const behind = OPTION_BEHIND.exec(text.slice(end, end + MOST_BEHIND));
  if (behind !== null) {
    const start = end + behind[0].length - (behind[1]?.length ?? 0);
    const message = `The command ends before ${repeat(behind[1] ?? '')}, which QEMU does not get: a line that goes on ends with a backslash, and no comment stands between`;
    findings.warning('qemu.shell.cut', message, places.at(start, end + behind[0].length));
  }
  return { findings: findings.all, isPartial, placeholders: [...placeholders] };
}
