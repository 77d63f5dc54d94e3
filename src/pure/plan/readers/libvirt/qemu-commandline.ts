/** `<qemu:commandline>`: words that libvirt hands to QEMU as they are, behind its own. */
import type { DefinedDevice, VmDefinition } from '../../definition.ts';
import type { QemuParts } from '../qemu/command.ts';
import { readQemuWords } from '../qemu/read-words.ts';
import { plainWord } from '../qemu/word.ts';
import type { ReadContext } from '../reader.ts';
import type { LibvirtText } from './libvirt-text.ts';
import { findAttribute, findChildren, type XmlElement } from './xml.ts';

/** What the words add to a domain. */
export interface ReadCommandline
  extends Pick<QemuParts, 'globals' | 'objects' | 'accelerators' | 'otherOptions' | 'machine' | 'isPartial'> {
  /** Devices in QEMU's form of `name=value`, which it makes before those in JSON, which all of libvirt's are. */
  readonly before: readonly DefinedDevice[];
  readonly behind: readonly DefinedDevice[];
}

const NOTHING: ReadCommandline = {
  globals: [],
  objects: [],
  accelerators: [],
  otherOptions: [],
  machine: { type: null, values: [] },
  isPartial: false,
  before: [],
  behind: [],
};

export function readCommandline(text: LibvirtText, element: XmlElement | undefined, context: ReadContext): ReadCommandline {
  if (element === undefined) return NOTHING;
  const words = findChildren(element, 'arg').map(argument => {
    const value = findAttribute(argument, 'value');
    if (value === undefined) text.refuse('No qemu command-line argument specified', text.origin(argument));
    return value === undefined ? plainWord('', text.madeOf(argument)) : plainWord(value.value, text.valueOrigin(value));
  });
  const { devices, findings, ...parts } = readQemuWords(words, { context });
  text.findings.push(...findings);
  const isJson = ({ values }: DefinedDevice) => values.length > 0 && values.every(({ json }) => json !== null);
  return { ...parts, before: devices.filter(device => !isJson(device)), behind: devices.filter(isJson) };
}

/** A definition of what libvirt makes, with what the words add. */
export function withCommandline(definition: VmDefinition, words: ReadCommandline): VmDefinition {
  return {
    ...definition,
    machine: {
      type: words.machine.type ?? definition.machine.type,
      values: [...definition.machine.values, ...words.machine.values],
    },
    accelerators: [...definition.accelerators, ...words.accelerators],
    globals: [...definition.globals, ...words.globals],
    objects: [...definition.objects, ...words.objects],
    devices: [...words.before, ...definition.devices, ...words.behind],
    otherOptions: [...definition.otherOptions, ...words.otherOptions],
    ...(words.isPartial ? { isPartial: true } : {}),
  };
}
