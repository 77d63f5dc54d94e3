/** Adds words that a format passes on to QEMU as they are, such as `args:` of Proxmox, to what the format itself made. */
import { type DefinedDevice, findValue, type VmDefinition } from '../definition.ts';
import { readQemuWords } from './qemu/read-words.ts';
import type { QemuWord } from './qemu/word.ts';
import type { ReadContext } from './reader.ts';

/** The definition that QEMU gets: the words stand behind its own, `-set` among them may change its devices. */
export function withQemuWords(definition: VmDefinition, words: readonly QemuWord[], context: ReadContext): VmDefinition {
  const parts = readQemuWords(words, { context, known: definition.devices });
  return {
    ...definition,
    name: parts.name ?? definition.name,
    machine: { type: parts.machine.type ?? definition.machine.type, values: [...definition.machine.values, ...parts.machine.values] },
    accelerators: parts.accelerators.length > 0 ? parts.accelerators : definition.accelerators,
    globals: [...definition.globals, ...parts.globals],
    objects: [...definition.objects, ...parts.objects],
    devices: parts.devices.map((device, at) => restored(device, definition.devices[at])),
    otherOptions: [...definition.otherOptions, ...parts.otherOptions],
    ...(parts.isPartial ? { isPartial: true } : {}),
    findings: [...definition.findings, ...parts.findings],
  };
}

/** What the format knows of its device, and QEMU's words do not say: how it is chosen, unless -set names another. */
function restored(device: DefinedDevice, known: DefinedDevice | undefined): DefinedDevice {
  if (known === undefined) return device;
  const hasOtherHost = ['host', 'sysfsdev'].some(name => findValue(device.values, name)?.value !== findValue(known.values, name)?.value);
  const hasAddress = findValue(device.values, 'addr') !== undefined;
  return {
    ...device,
    ...(hasOtherHost ? {} : { host: known.host }),
    ...(known.isAddressLate && !hasAddress ? { isAddressLate: true } : {}),
    ...(known.functions === undefined ? {} : { functions: known.functions }),
    ...(known.isBoundAtStart === undefined ? {} : { isBoundAtStart: known.isBoundAtStart }),
  };
}
