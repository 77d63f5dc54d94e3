/** What QEMU makes of a command line, asked while its machine waits at its first instruction. */
import { ConfigSpace, walkExtended } from '../../../src/pure/pci/index.ts';
import { PCI_EXT_CAP_ID_ATS } from '../../../src/pure/spec/pci-regs.ts';
import { parseQtree, type QtreeDevice } from '../../oracle/plan/qtree.ts';
import { monitorLine } from '../device-lines.ts';
import type { CommandResponse } from '../protocol.ts';
import { changedProperties } from './changed-properties.ts';
import type { QtestCommand } from './guest-reads.ts';
import type { LineResult, ShownDevice, ShownIommu } from './planned-line.ts';

/** A read of qtest's takes so many bytes of its commands. */
const QTEST_STEP = 512;

/** What is typed into QEMU's monitor, which reads no faster than qtest reads its `commands`. */
export function conversation(commands: readonly QtestCommand[]): string {
  const steps = 4 + Math.ceil(commands.join().length / QTEST_STEP);
  const tree = monitorLine('info qtree');
  const pauses = Array.from({ length: steps }, () => ({ execute: 'query-status' }));
  return [{ execute: 'qmp_capabilities' }, tree, ...pauses, { execute: 'quit' }].map(command => `${JSON.stringify(command)}\n`).join('');
}

interface Answer {
  readonly return?: unknown;
}

/** What the monitor's line printed. */
function treeIn(stdout: string): string {
  const answers = stdout.split('\n').flatMap((line): Answer[] => (line.startsWith('{"return"') ? [JSON.parse(line)] : []));
  const [text] = answers.flatMap(({ return: answer }) => (typeof answer === 'string' ? [answer] : []));
  if (text === undefined) throw new Error(`QEMU's monitor printed nothing: ${stdout.slice(0, 200)}`);
  return text;
}

/** What begins a line of standard error about an option, as `vfio-pci: ` where it is about a device. */
function attribute(line: string, words: readonly string[]): string {
  const text = line.replace(/^qemu-system-\w+: /, '');
  for (const [index, word] of words.entries()) {
    const { [index + 1]: value = '' } = words;
    if (word === '-device' && text.startsWith(`-device ${value}: `)) {
      const driver = value.startsWith('{') ? (/"driver": *"([^"]*)"/.exec(value)?.[1] ?? '') : value.split(',')[0];
      return `${driver?.replace(/^driver=/, '')}: ${text.slice(`-device ${value}: `.length)}`;
    }
    if (/^-(global|object|M|machine|set)$/.test(word) && text.startsWith(`${word} ${value}: `))
      return text.slice(`${word} ${value}: `.length);
  }
  return text;
}

/** What says nothing of the VM: information, and that QEMU runs without KVM. */
const isOther = (text: string): boolean => /^([^:]*: )?info: |KVM VFIO device isn't created yet$/.test(text);

/** Words as a plan has them: descriptors without their numbers, which are others each time; hints in a line, or left out. */
function plainWords(text: string): string {
  return text
    .replace(/\b(fd|iommufd)=\d+/g, '$1=N')
    .replace(/deprecated\nPlease use/, 'deprecated; please use')
    .replace(/\n(Identifiers consist of )/, '; $1')
    .replace(/\nUse -machine help .*$/, '')
    .replace(/\n(device does not support requested feature)/, ': $1')
    .replace(/^qapi\/[^ ]*:\d+: /, '')
    .replace(/^qemu-system-\w+:\/[^:]*:\d+: /, '');
}

/** A line that is not QEMU's own belongs to the one before. */
function saidIn(stderr: string, words: readonly string[]): string[] {
  const said: string[] = [];
  for (const line of stderr.split('\n').filter(text => text !== '')) {
    if (/^qemu-system-\w+: /.test(line) || said.length === 0) said.push(attribute(line, words));
    else said.push(`${said.pop()}\n${line}`);
  }
  return said.filter(text => !isOther(text)).map(plainWords);
}

/** Whether the guest sees ATS; of a value that is not AUTO, the value; null where nothing answers. */
function atsOf({ properties }: QtreeDevice, config: Uint8Array): string | null {
  const value = properties.get('ats')?.replaceAll('"', '') ?? null;
  if (config.every(byte => byte === 0xff)) return null;
  if (value !== 'auto') return value;
  return walkExtended(new ConfigSpace(config)).capabilities.some(({ id }) => id === PCI_EXT_CAP_ID_ATS) ? 'on' : 'off';
}

const IOMMUS = /^(intel-iommu|amd-iommu|virtio-iommu-pci|arm-smmuv3)$/;

/** What a device of virtio is stands at the device behind its transport. */
function shownIommu({ driver, properties }: QtreeDevice, next: QtreeDevice | undefined): ShownIommu {
  const behind = driver.startsWith('virtio-') && next?.bus === 'virtio-bus' ? next.properties : [];
  return { driver, properties: changedProperties(driver, [...properties, ...behind]) };
}

/** The address of the host's device. */
function hostOf({ properties }: QtreeDevice): string {
  return /([^/]*)"$/.exec(properties.get('sysfsdev') ?? '')?.[1] ?? '';
}

function shownDevice(device: QtreeDevice, config: Uint8Array): ShownDevice {
  const { driver, id, bus, properties } = device;
  return {
    host: hostOf(device),
    ...{ driver, id, bus, address: properties.get('addr') ?? '' },
    properties: changedProperties(driver, properties),
    ats: atsOf(device, config),
    config: Buffer.from(config).toString('hex'),
  };
}

/** How QEMU ended, and what qtest answered. */
export interface AskedLine {
  readonly words: readonly string[];
  readonly response: CommandResponse;
  /** By the host's address of the device, where QEMU started. */
  readonly configs: () => ReadonlyMap<string, Uint8Array>;
}

export function resultIn({ words, response, configs }: AskedLine): LineResult {
  const { code, stdout, stderr } = response;
  const said = saidIn(stderr.toString(), words);
  if (code !== 0) return { outcome: 'fails', said, devices: [], iommus: [] };
  const devices = parseQtree(treeIn(stdout.toString()));
  const read = configs();
  const assigned = devices.filter(({ driver }) => driver.startsWith('vfio-pci'));
  const shown = assigned.map(device => shownDevice(device, read.get(hostOf(device)) ?? new Uint8Array()));
  const iommus = devices.flatMap((device, index) => (IOMMUS.test(device.driver) ? [shownIommu(device, devices[index + 1])] : []));
  return { outcome: 'fits', said, devices: shown.sort((one, other) => one.host.localeCompare(other.host)), iommus };
}
