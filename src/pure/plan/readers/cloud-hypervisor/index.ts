/** Reads Cloud Hypervisor's configurations: VmConfig in JSON, and command lines. */

import type { VmDefinition } from '../../definition.ts';
import { TextPlaces } from '../../origin.ts';
import { FindingList } from '../finding-list.ts';
import type { QemuWord } from '../qemu/index.ts';
import { readShellCommand } from '../qemu/shell-words.ts';
import { nulSeparatedWords } from '../qemu/word.ts';
import { DefinitionError, type DefinitionText, type Reader, type Reading } from '../reader.ts';
import { readCommandLine } from './command-line.ts';
import { cloudHypervisorDefinition } from './definition.ts';
import { readJsonConfig } from './json-config.ts';

export const cloudHypervisorReader: Reader = {
  name: 'cloud-hypervisor',
  summary: 'Cloud Hypervisor configuration in JSON or its command line',
  matches: text => isJsonConfig(text) || commandStart(text) !== null,
  read,
};

/** Words of a command line, the program's name first where it is given. */
export function cloudHypervisorOfWords(words: readonly QemuWord[], file: string): VmDefinition {
  const list = new FindingList();
  const program = words.findIndex(({ text }) => isProgram(text));
  const config = readCommandLine(words.slice(program + 1), list);
  const line = words[0]?.origin(0, 0).line ?? null;
  return cloudHypervisorDefinition(config, { file, line, program: words[program]?.text ?? null }, list);
}

/** Keys that only VmConfig has, in an object that is none of Kubernetes. */
function isJsonConfig(text: string): boolean {
  return (
    /^\s*\{/.test(text) &&
    /"(?:payload|user_devices|boot_vcpus|num_pci_segments|vfio_p2p_dma)"\s*:/.test(text) &&
    !/"apiVersion"\s*:/.test(text)
  );
}

/** The program with an option behind it; its name alone, among other words, runs nothing. */
const RUN = /(?:^|[\s/'"=])cloud-hypervisor(?:-static)?['"]?[\s\\\0]{1,64}--?[a-zA-Z]/gm;

/** More words than a command line has. */
const MOST_WORDS = 100_000;

export function isProgram(word: string): boolean {
  return /(?:^|\/)cloud-hypervisor(?:-static)?$/.test(word.slice(-4096));
}

/** The index of the line on which the program is run; null where it is on none but comments. */
function commandStart(text: string): number | null {
  if (/^\s*[<{]/.test(text)) return null;
  for (const { index } of text.matchAll(RUN)) {
    const start = text.lastIndexOf('\n', index) + 1;
    if (!/^\s*#/.test(text.slice(start, start + 100))) return start;
  }
  return null;
}

function read(definition: DefinitionText): Reading {
  const { file, text } = definition;
  if (/^\s*\{/.test(text)) {
    const list = new FindingList();
    const config = readJsonConfig(definition, list);
    const line = text.slice(0, text.search(/\S|$/)).split('\n').length;
    return { definitions: [cloudHypervisorDefinition(config, { file, line, program: null }, list)], findings: [] };
  }
  return { definitions: [cloudHypervisorOfWords(wordsOf(definition), file)], findings: [] };
}

function wordsOf({ file, text }: DefinitionText): readonly QemuWord[] {
  if (text.includes('\0')) return nulSeparatedWords(text, file, MOST_WORDS);
  const isOptionsAlone = /^\s*--[a-z]/.test(text);
  const start = isOptionsAlone ? 0 : commandStart(text);
  if (start === null)
    throw new DefinitionError(`${file} holds no command line of Cloud Hypervisor: wanted cloud-hypervisor with its options`);
  const places = new TextPlaces(file, text);
  return readShellCommand({ text, places, joinLines: isOptionsAlone, seen: { hasOpenSubstitution: false } }, start).words;
}
