/** Brings an instance of Incus to a definition: what its daemon writes for QEMU, as far as the instance's text decides. */
import type { DefinedDevice, VmDefinition } from '../../definition.ts';
import { type Origin, TextPlaces } from '../../origin.ts';
import { nameOfFile } from '../file-name.ts';
import type { FindingList } from '../finding-list.ts';
import { plainWord, type QemuWord } from '../qemu/index.ts';
import { readShellCommand } from '../qemu/shell-words.ts';
import type { DefinitionText, ReadContext } from '../reader.ts';
import { withQemuWords } from '../with-qemu-words.ts';
import { entriesOf, textOf, type YamlScalar, yamlAt } from '../yaml/index.ts';
import { incusDevices, incusValue, isAddedLater } from './devices.ts';
import { type IncusInstance, isTrue } from './instance.ts';
import { applySections, ownGlobals, type RawSection, rawSections } from './raw-conf.ts';

const MACHINES: Readonly<Record<string, string>> = { x86_64: 'q35', aarch64: 'virt', ppc64le: 'pseries', s390x: 's390-ccw-virtio' };

export function incusDefinition(
  instance: IncusInstance,
  definition: DefinitionText,
  context: ReadContext,
  list: FindingList,
): VmDefinition {
  const { places } = instance.text;
  const origin = places.at(instance.node.start, instance.node.start);
  const architecture = textOf(yamlAt(instance.node, 'architecture')) ?? null;
  const security = instance.config('security.iommu');
  const hasIommu = isTrue(security?.text) && security !== undefined;
  const isX86 = architecture === null || architecture === 'x86_64';
  const machine = MACHINES[architecture ?? 'x86_64'] ?? 'q35';
  const at = security === undefined ? origin : places.at(security.start, security.end);
  tellWhatIsMissing(instance, list);
  const devices = incusDevices(instance, list);
  const addedLater = devices.filter(isAddedLater);
  const sections = sectionsOf(instance, definition, list);
  tellUnreached(sections, addedLater, list);
  const parts = applySections(
    {
      devices: [...(hasIommu ? [iommu(instance, at)] : []), ...devices.filter(device => !isAddedLater(device))],
      objects: [],
      globals: isX86 ? ownGlobals(origin) : [],
      machine: [
        incusValue('type', machine, origin),
        incusValue('accel', 'kvm', origin),
        ...(hasIommu ? [incusValue('kernel-irqchip', 'split', at)] : []),
      ],
    },
    sections,
    list,
  );
  const type = parts.machine.findLast(({ name }) => name === 'type') ?? null;
  if (type?.value === machine) {
    const words = `Incus starts with the newest ${machine} of its QEMU: which one the text does not say`;
    list.add('note', 'incus.machine.newest', words, null);
  }
  const own: VmDefinition = {
    name: instance.name ?? nameOfFile(definition.file),
    source: { format: 'incus', file: definition.file, line: origin.line },
    vmm: { family: 'qemu', architecture, program: null },
    machine: { type, values: parts.machine.filter(({ name }) => name !== 'type' && name !== 'accel') },
    // Incus always says -nodefaults.
    hasDefaultDevices: false,
    otherOptions: [],
    accelerators: parts.machine.filter(({ name }) => name === 'accel').flatMap(({ value }) => value.split(':')),
    globals: parts.globals,
    objects: parts.objects,
    devices: [...parts.devices, ...addedLater],
    ...list.partial,
    findings: list.findings,
  };
  const raw = instance.config('raw.qemu');
  return raw === undefined ? own : withQemuWords(own, shellWords(raw, definition, places), context);
}

/** Sections are of the file that QEMU starts with; Incus adds its network cards to the running program. */
function tellUnreached(sections: readonly RawSection[], addedLater: readonly DefinedDevice[], list: FindingList): void {
  const ids = new Set(addedLater.map(({ id }) => id));
  for (const { name, origin } of sections) {
    const id = /^device\s+"([^"]*)"$/.exec(name)?.[1];
    if (id === undefined || !ids.has(id)) continue;
    const words = `raw.qemu.conf does not reach ${id}, which Incus adds once QEMU runs: raw.qemu.scriptlet does`;
    list.add('warning', 'incus.raw-conf.nic', words, origin);
  }
}

/** The first slot of the root complex that is free; Windows knows no virtio-iommu. */
function iommu(instance: IncusInstance, origin: Origin): DefinedDevice {
  const isWindows = /windows/i.test(instance.config('image.os')?.text ?? '');
  const common = { host: { kind: 'emulated' }, origin } as const;
  if (isWindows) {
    const values = [incusValue('intremap', 'on', origin), incusValue('caching-mode', 'on', origin)];
    return { driver: 'intel-iommu', id: 'intel-iommu', values, ...common };
  }
  const values = [incusValue('bus', 'pcie.0', origin), incusValue('addr', '1.0', origin)];
  return { driver: 'virtio-iommu-pci', id: 'qemu_iommu', values, ...common };
}

function sectionsOf(instance: IncusInstance, { text }: DefinitionText, list: FindingList) {
  const raw = instance.config('raw.qemu.conf');
  return raw === undefined ? [] : rawSections(raw, text, instance.text.places, list);
}

/** Words that stand in the text as they are know their places; of others the whole has one. */
function shellWords(raw: YamlScalar, { file, text }: DefinitionText, places: TextPlaces): readonly QemuWord[] {
  const seen = { hasOpenSubstitution: false };
  if (raw.style === 'literal' || text.slice(raw.start, raw.end) === raw.text) {
    return readShellCommand({ text: text.slice(0, raw.end), places, joinLines: true, seen }, raw.start).words;
  }
  const origin = { ...places.at(raw.start, raw.end), span: null };
  const { words } = readShellCommand({ text: raw.text, places: new TextPlaces(file, raw.text), joinLines: true, seen }, 0);
  return words.map(word => plainWord(word.text, origin));
}

/** What may add or change devices besides, and is not in the text or cannot be foreseen. */
function tellWhatIsMissing(instance: IncusInstance, list: FindingList): void {
  const { places } = instance.text;
  if (instance.profiles.length > 0) {
    const node = yamlAt(instance.node, 'profiles') ?? instance.node;
    const words = `Devices and configuration of the profiles ${instance.profiles.join(', ').slice(0, 200)} are not in the text: give the output of incus config show --expanded`;
    list.addGap('note', 'incus.profiles', words, places.at(node.start, node.end));
  }
  for (const map of ['expanded_config', 'config']) {
    for (const { key, keyStart, keyEnd } of entriesOf(yamlAt(instance.node, map))) {
      if (!key.startsWith('raw.qemu.qmp.') && key !== 'raw.qemu.scriptlet') continue;
      const words = `${key.slice(0, 64)} may change anything of the VM at start: what this plan says holds only as far as it does not`;
      list.addGap('note', 'incus.raw', words, places.at(keyStart, keyEnd));
    }
  }
}
