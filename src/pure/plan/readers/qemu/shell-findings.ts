/** What is to be said about a command as text of a shell: what is not known of it, and what its author may have meant to be part of it. */
import type { TextPlaces } from '../../origin.ts';
import type { PlanFinding } from '../../plan-finding.ts';
import { Findings, repeat } from './findings.ts';
import type { ShellWord } from './shell-word.ts';

/** How far is looked for an option behind a command. */
const MOST_BEHIND = 1000;
const OPTION_BEHIND = /^(?:[ \t]*(?:#[^\n]*)?\r?\n)*[ \t]*(-[a-z][^\s]*)/;

/** Of `words`, which end at `end` of the text. */
export function shellFindings(words: readonly ShellWord[], text: string, end: number, places: TextPlaces): readonly PlanFinding[] {
  const findings = new Findings();
  for (const word of words) {
    if (!word.hasExpansion) continue;
    const message = `The shell puts something else in place of what begins with $ or \` here, which is not known: ${repeat(word.text)}`;
    findings.warning('qemu.shell.expansion', message, word.origin(0, word.text.length));
  }
  const behind = OPTION_BEHIND.exec(text.slice(end, end + MOST_BEHIND));
  if (behind !== null) {
    const start = end + behind[0].length - (behind[1]?.length ?? 0);
    const message = `The command ends before ${repeat(behind[1] ?? '')}, which QEMU does not get: a line that goes on ends with a backslash, and no comment stands between`;
    findings.warning('qemu.shell.cut', message, places.at(start, end + behind[0].length));
  }
  return findings.all;
}
