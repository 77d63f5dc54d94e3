/** Brings a configuration of Cloud Hypervisor to a definition, in its own words. */
import { Bdf, BdfError } from '../../../pci/bdf.ts';
import { type DefinedDevice, type DefinedObject, findValue, type HostChoice, type VmDefinition } from '../../definition.ts';
import { nameOfFile } from '../file-name.ts';
import type { FindingList } from '../finding-list.ts';
import { type CloudHypervisorConfig, type ConfigEntry, DEVICE_PARTS, isOn } from './config.ts';
import { numbersOf, validate } from './validate.ts';

export interface Made {
  readonly file: string;
  readonly line: number | null;
  readonly program: string | null;
}

export function cloudHypervisorDefinition(config: CloudHypervisorConfig, { file, line, program }: Made, list: FindingList): VmDefinition {
  validate(config, list);
  return {
    name: nameOfFile(file),
    source: { format: 'cloud-hypervisor', file, line },
    vmm: { family: 'cloud-hypervisor', architecture: null, program },
    machine: { type: null, values: config.platform },
    hasDefaultDevices: true,
    otherOptions: [],
    accelerators: ['kvm'],
    globals: [],
    objects: iommufdObjects(config),
    devices: [...iommus(config), ...config.entries.map(entry => deviceOf(entry, config, list))],
    findings: list.findings,
  };
}

/** A descriptor for it turns iommufd on, unless its switch is written. */
function iommufdObjects({ platform }: CloudHypervisorConfig): DefinedObject[] {
  const [written, descriptor] = [findValue(platform, 'iommufd'), findValue(platform, 'iommufd_fd')];
  const said = written ?? descriptor;
  if (said === undefined || (written !== undefined && !isOn(written))) return [];
  const values = descriptor === undefined ? [] : [{ ...descriptor, name: 'fd' }];
  return [{ type: 'iommufd', id: null, values, isForAll: true, origin: said.origin }];
}

/** One virtio-iommu for all, where one device is behind it, a segment is, or it is asked for. */
function iommus({ entries, platform, iommu }: CloudHypervisorConfig): DefinedDevice[] {
  const segments = findValue(platform, 'iommu_segments');
  const said = [
    ...(iommu ? [iommu] : []),
    ...(segments && numbersOf(segments.value).length > 0 ? [{ ...segments, value: 'on' }] : []),
    ...entries.flatMap(({ values }) => findValue(values, 'iommu') ?? []),
  ].find(isOn);
  if (said === undefined) return [];
  return [{ driver: 'virtio-iommu', id: null, values: [], host: { kind: 'emulated' }, isAddressLate: true, origin: said.origin }];
}

/** A device behind the guest's IOMMU reaches others by what the guest maps, and nothing is mapped for it at the start. */
function peerDmaOf({ part, values }: ConfigEntry, { platform }: CloudHypervisorConfig): DefinedDevice['peerDma'] {
  const direct = findValue(platform, 'vfio_p2p_dma');
  if (part !== 'devices' || (direct && !isOn(direct)) || isOn(findValue(values, 'iommu'))) return undefined;
  return { exceptBars: numbersOf(findValue(values, 'x_exclude_mmap_bars')?.value ?? '') };
}

function deviceOf(entry: ConfigEntry, config: CloudHypervisorConfig, list: FindingList): DefinedDevice {
  const { part, values, origin } = entry;
  const peerDma = peerDmaOf(entry, config);
  const id = findValue(values, 'id')?.value ?? null;
  const isLate = findValue(values, 'pci_device_id') === undefined;
  return {
    driver: DEVICE_PARTS[part],
    id,
    values: values.filter(({ name }) => !['id', 'path', 'fd', 'socket'].includes(name)),
    host: hostOf(entry, list),
    // The lowest slot that is free then, behind devices that Cloud Hypervisor adds itself.
    ...(isLate ? { isAddressLate: true } : {}),
    ...(peerDma !== undefined && { peerDma }),
    origin,
  };
}

function hostOf({ part, values, origin }: ConfigEntry, list: FindingList): HostChoice {
  if (part === 'user_devices') {
    const socket = findValue(values, 'socket');
    if (socket === undefined)
      list.add('error', 'cloud-hypervisor.user-device', 'a user device has no socket: Cloud Hypervisor refuses it', origin);
    return { kind: 'socket', path: socket?.value ?? null, origin: socket?.origin ?? origin };
  }
  if (part !== 'devices') return { kind: 'emulated' };
  const path = findValue(values, 'path');
  if (path === undefined) {
    const fd = findValue(values, 'fd');
    if (fd !== undefined && fd.json !== null) {
      const words = 'fd in JSON becomes -1: Cloud Hypervisor does not keep descriptors there, it takes them with the request';
      list.add('warning', 'cloud-hypervisor.fd', words, fd.origin);
    }
    const words =
      fd === undefined ? 'the device has neither path nor fd, and so names none' : 'the device is an open descriptor, which names none';
    return { kind: 'late', words, origin: fd?.origin ?? origin };
  }
  const uuid = /\/mdev\/devices\/([0-9a-f-]{36})\/*$/i.exec(path.value.slice(-300))?.[1];
  if (uuid !== undefined) return { kind: 'mdev', uuid, origin: path.origin };
  const address = addressOf(path.value);
  if (address !== null) return { kind: 'address', address, origin: path.origin };
  return { kind: 'late', words: 'the path of the device ends in no PCI address', origin: path.origin };
}

function addressOf(path: string): Bdf | null {
  try {
    return Bdf.parse(path);
  } catch (error) {
    if (error instanceof BdfError) return null;
    throw error;
  }
}
