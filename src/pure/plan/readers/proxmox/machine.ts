/** The machine and the guest's IOMMU that Proxmox makes of `machine:`. */
import type { DefinedDevice, DefinedMachine, DefinedValue } from '../../definition.ts';
import type { Origin, TextPlaces } from '../../origin.ts';
import type { PlanFinding } from '../../plan-finding.ts';
import type { FindingList } from '../finding-list.ts';
import { type ConfLine, type ListItem, listItems, originOf } from './conf.ts';

/** The chip sets that Proxmox has a table of places for. */
export type Chipset = 'i440fx' | 'q35' | 'virt';

export interface ProxmoxMachine {
  readonly machine: DefinedMachine;
  readonly iommu: DefinedDevice[];
  readonly chipset: Chipset;
}

const KEYS: readonly string[] = ['', 'type', 'viommu', 'aw-bits', 'enable-s3', 'enable-s4'];

const VIOMMUS: readonly string[] = ['intel', 'virtio'];

/** A value that Proxmox writes for what stands at `origin`. */
export function proxmoxValue(name: string, value: string, origin: Origin): DefinedValue {
  return { name, value, json: null, origin: { ...origin, span: null } };
}

/** What the schema does not take: Proxmox reads on as if the line were not there. */
function dropReason(items: readonly ListItem[], places: TextPlaces): PlanFinding | undefined {
  const fault = (code: string, words: string, origin: Origin): PlanFinding => ({
    severity: 'warning',
    code,
    message: `${words}; Proxmox drops the line with a warning, and the VM gets the default machine`,
    origin,
  });
  for (const item of items) {
    if (KEYS.includes(item.name)) continue;
    const words = `machine has no ${JSON.stringify(item.name.slice(0, 64))}: Proxmox takes ${KEYS.filter(key => key !== '').join(', ')}`;
    return fault('proxmox.property.unknown', words, places.at(item.nameStart, item.end));
  }
  const viommu = items.findLast(({ name }) => name === 'viommu');
  if (viommu === undefined || VIOMMUS.includes(viommu.value)) return undefined;
  const words = `viommu ${JSON.stringify(viommu.value.slice(0, 64))} is none: Proxmox takes ${VIOMMUS.join(' and ')}`;
  return fault('proxmox.property.value', words, originOf(viommu, places));
}

/** What a type that is the newest one may be pinned to. */
const PINNED: Readonly<Record<string, string>> = { q35: 'pc-q35-11.0', pc: 'pc-i440fx-11.0', virt: 'virt-11.0' };

function chipsetOf(type: string): Chipset {
  if (type.includes('q35')) return 'q35';
  return type.startsWith('virt') ? 'virt' : 'i440fx';
}

/** `line` is `machine:`, undefined where there is none; `isArm` says whether the guest is one. */
export function machineOf(line: ConfLine | undefined, isArm: boolean, places: TextPlaces, list: FindingList): ProxmoxMachine {
  const items = line === undefined ? [] : listItems(line.value);
  const dropped = dropReason(items, places);
  if (dropped !== undefined) {
    list.add(dropped.severity, dropped.code, dropped.message, dropped.origin);
    return machineOf(undefined, isArm, places, list);
  }
  const find = (...names: string[]): ListItem | undefined => items.findLast(({ name }) => names.includes(name));
  const written = find('', 'type');
  const start = line?.start ?? 0;
  const type = written?.value || (isArm ? 'virt' : 'pc');
  const typeOrigin = written === undefined ? { ...places.at(start, start), span: null } : originOf(written, places);
  const { [type]: pinned } = PINNED;
  if (pinned !== undefined) {
    const words = `The machine type ${type} is the newest of the node's QEMU at each start; pin it, such as machine: ${pinned}`;
    list.add('note', 'proxmox.machine.newest', words, written === undefined ? null : typeOrigin);
  }
  const values: DefinedValue[] = [];
  const viommu = find('viommu');
  const width = find('aw-bits');
  const chipset = chipsetOf(type);
  const refuse = (words: string, item: ListItem): void => list.add('error', 'proxmox.machine.refused', words, originOf(item, places));
  if (viommu?.value === 'intel' && chipset !== 'q35') refuse('to use Intel vIOMMU please set the machine type to q35', viommu);
  if (viommu === undefined && width !== undefined) refuse('cannot set aw-bits if no vIOMMU is configured', width);
  if (viommu?.value === 'intel' && width !== undefined && !['39', '48'].includes(width.value))
    refuse('Intel vIOMMU supports only 39 or 48 bits as address width', width);
  if (viommu?.value === 'intel') values.push(proxmoxValue('kernel-irqchip', 'split', originOf(viommu, places)));
  return {
    machine: { type: { name: 'type', value: type, json: null, origin: typeOrigin }, values },
    iommu: viommu === undefined ? [] : iommuOf(viommu, width, places),
    chipset,
  };
}

function iommuOf(viommu: ListItem, width: ListItem | undefined, places: TextPlaces): DefinedDevice[] {
  const origin = originOf(viommu, places);
  const bits = width === undefined ? [] : [{ name: 'aw-bits', value: width.value, json: null, origin: originOf(width, places) }];
  const common = { id: null, host: { kind: 'emulated' }, origin } as const;
  if (viommu.value === 'intel') {
    const values = [proxmoxValue('intremap', 'on', origin), proxmoxValue('caching-mode', 'on', origin), ...bits];
    return [{ driver: 'intel-iommu', ...common, values }];
  }
  return [{ driver: 'virtio-iommu-pci', ...common, values: bits, isAddressLate: true }];
}
