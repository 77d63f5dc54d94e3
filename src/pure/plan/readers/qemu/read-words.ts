/** Reads the words of a command line of QEMU, behind the program's. */
import { nearestNames } from '../../../text/nearest-names.ts';
import type { DefinedDevice } from '../../definition.ts';
import type { ReadContext } from '../reader.ts';
import { QemuCommand, type QemuParts } from './command.ts';
import { type Findings, repeat } from './findings.ts';
import { OPTION_NAMES, optionArity, unknownTakesNext } from './options.ts';
import type { QemuWord } from './word.ts';

/** What words are read with. */
export interface QemuWordsOptions {
  readonly context: ReadContext;
  /** Devices that other parts of the definition make before, which `-set` may change, and whose ids are taken. They come first in the result. */
  readonly known?: readonly DefinedDevice[];
}

/**
 * What the words of a command line define; the program is not among them.
 *
 * @throws DefinitionError for more than any definition has
 */
export function readQemuWords(words: readonly QemuWord[], { context, known = [] }: QemuWordsOptions): QemuParts {
  const command = new QemuCommand(context, known);
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index];
    if (word === undefined) break;
    const { text } = word;
    const origin = word.origin(0, text.length);
    if (!text.startsWith('-')) {
      // A word that is no option is the image of a disk.
      command.option('hda', word, origin);
      continue;
    }
    const name = text.slice(text.startsWith('--') ? 2 : 1);
    const arity = optionArity(name);
    const next = words[index + 1];
    if (arity === 'none') command.option(name, null, origin);
    else if (arity === 'unknown') {
      command.findings.error('qemu.option.unknown', unknownOption(text, name, command.findings), origin);
      if (unknownTakesNext(name, next?.text)) index += 1;
    } else if (next === undefined) command.findings.error('qemu.option.argument', `${repeat(text)}: requires an argument`, origin);
    else {
      command.option(name, next, origin);
      index += 1;
    }
  }
  return command.parts();
}

function unknownOption(text: string, name: string, findings: Findings): string {
  const near = findings.isFull || name.length > 40 ? [] : nearestNames(name, OPTION_NAMES).slice(0, 3);
  const hint = near.length === 0 ? '' : ` (nearest: ${near.map(one => `-${one}`).join(', ')})`;
  return `${repeat(text)}: invalid option${hint}`;
}
