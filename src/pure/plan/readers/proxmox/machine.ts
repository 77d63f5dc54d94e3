/** The machine and the guest's IOMMU that Proxmox makes of `machine:`. */
import type { DefinedDevice, DefinedMachine, DefinedValue } from '../../definition.ts';
import type { Origin, TextPlaces } from '../../origin.ts';
import type { FindingList } from '../finding-list.ts';
import { type ConfLine, type ListItem, listItems, originOf } from './conf.ts';

export interface ProxmoxMachine {
  readonly machine: DefinedMachine;
  readonly iommu: DefinedDevice[];
  readonly isQ35: boolean;
}

const KEYS: readonly string[] = ['', 'type', 'viommu', 'aw-bits', 'enable-s3', 'enable-s4'];

/** A value that Proxmox writes for what stands at `origin`. */
export function proxmoxValue(name: string, value: string, origin: Origin): DefinedValue {
  return { name, value, json: null, origin: { ...origin, span: null } };
}

/** `line` is `machine:`, undefined where there is none; `isArm` says whether the guest is one. */
export function machineOf(line: ConfLine | undefined, isArm: boolean, places: TextPlaces, list: FindingList): ProxmoxMachine {
  const items = line === undefined ? [] : listItems(line.value);
  for (const item of items) {
    if (KEYS.includes(item.name)) continue;
    const words = `machine has no ${JSON.stringify(item.name.slice(0, 64))}: Proxmox takes ${KEYS.filter(key => key !== '').join(', ')}, and refuses the line`;
    list.add('error', 'proxmox.property.unknown', words, places.at(item.nameStart, item.end));
  }
  const find = (...names: string[]): ListItem | undefined => items.findLast(({ name }) => names.includes(name));
  const written = find('', 'type');
  const start = line?.start ?? 0;
  const type = written?.value || (isArm ? 'virt' : 'pc');
  const isQ35 = /q35/.test(type);
  const typeOrigin = written === undefined ? { ...places.at(start, start), span: null } : originOf(written, places);
  const isNewest = ['q35', 'pc', 'virt'].includes(type);
  if (isNewest) {
    const words = `The machine type ${type} is the newest of the node's QEMU at each start; pin it, such as machine: pc-q35-11.0`;
    list.add('note', 'proxmox.machine.newest', words, written === undefined ? null : typeOrigin);
  }
  const values: DefinedValue[] = [];
  const viommu = find('viommu');
  if (viommu?.value === 'intel') values.push(proxmoxValue('kernel-irqchip', 'split', originOf(viommu, places)));
  return {
    machine: { type: { name: 'type', value: type, json: null, origin: typeOrigin }, values },
    iommu: viommu === undefined ? [] : iommuOf(viommu, find('aw-bits'), places, list),
    isQ35: isQ35 || type === 'virt' || type.startsWith('virt-'),
  };
}

function iommuOf(viommu: ListItem, width: ListItem | undefined, places: TextPlaces, list: FindingList): DefinedDevice[] {
  const origin = originOf(viommu, places);
  const bits = width === undefined ? [] : [{ name: 'aw-bits', value: width.value, json: null, origin: originOf(width, places) }];
  const common = { id: null, host: { kind: 'emulated' }, origin } as const;
  if (viommu.value === 'intel') {
    const values = [proxmoxValue('intremap', 'on', origin), proxmoxValue('caching-mode', 'on', origin), ...bits];
    return [{ driver: 'intel-iommu', ...common, values }];
  }
  if (viommu.value === 'virtio') return [{ driver: 'virtio-iommu-pci', ...common, values: bits, isAddressLate: true }];
  list.add(
    'error',
    'proxmox.property.value',
    `viommu ${JSON.stringify(viommu.value.slice(0, 64))} is none: Proxmox takes intel and virtio`,
    origin,
  );
  return [];
}
