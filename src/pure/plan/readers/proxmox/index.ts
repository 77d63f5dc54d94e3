/** Reads Proxmox VE's configuration of a VM, `qemu-server/VMID.conf`. */
import { nearestNames } from '../../../text/nearest-names.ts';
import { quote } from '../../../text/shorten.ts';
import type { VmDefinition } from '../../definition.ts';
import { TextPlaces } from '../../origin.ts';
import { nameOfFile } from '../file-name.ts';
import { FindingList } from '../finding-list.ts';
import { readShellCommand } from '../qemu/shell-words.ts';
import { DefinitionError, type DefinitionText, type ReadContext, type Reader, type Reading } from '../reader.ts';
import { withQemuWords } from '../with-qemu-words.ts';
import { type Conf, parseConf } from './conf.ts';
import { type HostpciDevices, hostpciDevices } from './hostpci.ts';
import { hasOnlyKeys } from './keys.ts';
import { machineOf } from './machine.ts';
import { isMappingFile, mappingsOf } from './mapping.ts';
import { bridgesFor } from './places.ts';

export const proxmoxReader: Reader = {
  name: 'proxmox',
  summary: 'Proxmox qemu-server .conf',
  matches: text => isConf(text) || isMappingFile(text),
  read,
};

/** Keys that a .conf has, and no other format at the beginning of a line with a value behind. */
const TELLING =
  /^(?:hostpci\d{1,3}|ostype|scsihw|vmgenid|smbios1|efidisk0|bootdisk|(?:scsi|virtio|ide|sata|net)\d{1,2}|sockets|onboot): \S/gm;

function isConf(text: string): boolean {
  const current = text.slice(0, 65_536);
  if (/^\s*[<{[]/.test(current) || /^apiVersion:/m.test(current)) return false;
  const found = new Set(current.match(TELLING)?.slice(0, 100));
  return [...found].some(line => line.startsWith('hostpci')) || found.size >= 2 || hasOnlyKeys(current);
}

function read(definition: DefinitionText, context: ReadContext): Reading {
  const { file, text } = definition;
  // Mappings are for VMs of other inputs.
  if (!isConf(text) && isMappingFile(text)) return { definitions: [], findings: [] };
  const places = new TextPlaces(file, text);
  const conf = parseConf(text);
  if (conf.lines.size === 0) throw new DefinitionError(`${file} is no configuration of a VM of Proxmox: it has no line KEY: VALUE`);
  const list = new FindingList();
  const own = ownDefinition(conf, definition, context, { places, list });
  const args = conf.lines.get('args');
  if (args === undefined) return { definitions: [own], findings: [] };
  const { words } = readShellCommand({ text, places, joinLines: false, seen: { hasOpenSubstitution: false } }, args.value.start);
  return { definitions: [withQemuWords(own, words, context)], findings: [] };
}

/** Numbers that are read; those that Proxmox takes are fewer. */
const MOST_HOSTPCI = 999;

interface Tools {
  readonly places: TextPlaces;
  readonly list: FindingList;
}

function ownDefinition(conf: Conf, { file, text }: DefinitionText, context: ReadContext, { places, list }: Tools): VmDefinition {
  const isArm = conf.lines.get('arch')?.value.text === 'aarch64';
  const { machine, iommu, chipset } = machineOf(conf.lines.get('machine'), isArm, places, list);
  checkKeys(conf, { places, list });
  const isWindows7 = conf.lines.get('ostype')?.value.text === 'win7';
  const isUefi = conf.lines.get('bios')?.value.text === 'ovmf';
  const hostpci = { places, list, mappings: mappingsOf(context), chipset, isWindows7, isUefi };
  const assigned: HostpciDevices[] = [];
  for (let index = 0; index <= MOST_HOSTPCI; index++) {
    const line = conf.lines.get(`hostpci${index}`);
    if (line !== undefined) assigned.push(hostpciDevices(line, index, hostpci));
  }
  const [first] = conf.lines.values();
  const origin = places.at(first?.start ?? 0, first?.start ?? 0);
  const accelerated = conf.lines.get('kvm')?.value.text;
  return {
    name: conf.lines.get('name')?.value.text || nameOfFile(file),
    source: { format: 'proxmox', file, line: text === '' ? null : 1 },
    vmm: { family: 'qemu', architecture: isArm ? 'aarch64' : 'x86_64', program: '/usr/bin/kvm' },
    machine,
    // Proxmox always says -nodefaults.
    hasDefaultDevices: false,
    otherOptions: [],
    accelerators: accelerated === '0' ? ['tcg'] : ['kvm'],
    globals: [],
    objects: [],
    devices: [
      ...iommu,
      ...bridgesFor(
        assigned.map(({ place }) => place),
        { chipset, isLegacyIgd: assigned.some(({ isLegacyIgd }) => isLegacyIgd) },
        origin,
      ),
      ...assigned.flatMap(({ devices }) => devices),
    ],
    ...list.partial,
    findings: list.findings,
  };
}

/** Keys that decide about devices of the host's, whose misspelling is told; and others that look like one of them. */
const KEYS = ['machine', 'args', 'bios', 'ostype'];
const OTHER_KEYS: ReadonlySet<string> = new Set([...KEYS, 'arch', 'acpi', 'tags', 'boot', 'kvm', 'runningmachine']);

/** What was meant by a key that Proxmox does not know; undefined where it may be another one. */
function meantKey(key: string): string | undefined {
  if (OTHER_KEYS.has(key) || /^hostpci\d{1,3}$/.test(key)) return undefined;
  const isNumbered = /^h[a-z-]*p[a-z-]*\d/i.test(key);
  return nearestNames(key, isNumbered ? [`hostpci${/\d+$/.exec(key)?.[0] ?? '0'}`] : KEYS)[0];
}

function checkKeys({ lines, pending }: Conf, { places, list }: Tools): void {
  for (const { key, start } of lines.values()) {
    const near = meantKey(key);
    if (near === undefined) continue;
    const words = `Proxmox knows no ${quote(key)} (did you mean ${near}?): it ignores the line`;
    list.add('warning', 'proxmox.key.unknown', words, places.at(start, start + key.length));
  }
  if (pending === null) return;
  const words = 'The file has changes that wait for the next start, under [PENDING]: only the current state is read';
  list.add('note', 'proxmox.pending', words, places.at(pending, pending + '[PENDING]'.length));
}
