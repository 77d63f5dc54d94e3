/** A command line as a list of its words in JSON, or as Python prints one: what managers log, and what programs are started with. */
import { DefinitionError, type DefinitionText } from '../reader.ts';
import { parseYaml } from '../yaml/index.ts';
import { isQemuProgram } from './find-commands.ts';
import { OPTION_NAMES } from './options.ts';
import { plainWord, type QemuWord } from './word.ts';

/** The first words of a list: what runs QEMU stands before it. */
const HEAD = /^[\s\uFEFF]{0,64}\[(?:\s{0,64}(?:"[^"\\\n]{0,4096}"|'[^'\\\n]{0,4096}')\s{0,64}[,\]]){1,8}/;
const WORD = /"([^"\\\n]*)"|'([^'\\\n]*)'/g;

/** Whether a text is a list of strings with the program among the first, or with options alone. */
export function isWordList(text: string): boolean {
  const head = HEAD.exec(text.slice(0, 40_000))?.[0] ?? '';
  const words = [...head.matchAll(WORD)].map(found => found[1] ?? found[2] ?? '');
  const [first = ''] = words;
  return words.some(isQemuProgram) || (first.startsWith('-') && OPTION_NAMES.includes(first.replace(/^--?/, '')));
}

/** The words, from the program on where it is among them. @throws DefinitionError for a list that holds other than strings */
export function listedWords(definition: DefinitionText): readonly QemuWord[] {
  const { documents, places } = parseYaml(definition);
  const [list] = documents;
  const items = list?.kind === 'list' ? list.items : [];
  const words = items.map(item => {
    if (item.kind === 'scalar' && item.json === 'string') return plainWord(item.text, places.at(item.start, item.end));
    throw new DefinitionError('The words of a command line are strings, which this is not', places.at(item.start, item.end));
  });
  const program = words.findIndex(({ text }) => isQemuProgram(text));
  return program < 0 ? words : words.slice(program);
}
