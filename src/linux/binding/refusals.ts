/** What speaks against taking functions from the host: each reason with a stable code. */

import { PCI_BASE_CLASS_BRIDGE, PCI_BASE_CLASS_STORAGE, PCI_CLASS_BRIDGE_OTHER, PCI_CLASS_SERIAL_USB } from '../../pure/spec/pci-ids.ts';
import { readText } from '../sysfs/attribute.ts';
import type { HostDevice } from '../sysfs/index.ts';
import { findLostConsole } from './console.ts';
import { type DiskUse, readDiskUses } from './disks.ts';
import { findLostNetwork, readNetworks } from './networks.ts';
import { isBelow, readRealPath, rootPrefix } from './paths.ts';

export interface Refusal {
  /** Stable, such as `carries.root-file-system`. */
  readonly code: string;
  /** One sentence: what the function is or carries, and what was wanted. */
  readonly text: string;
}

/** Endpoints use class 0680h (other bridge) too, switches of accelerators among them. */
export const isBridge = ({ classCode }: Pick<HostDevice, 'classCode'>): boolean =>
  classCode >>> 16 === PCI_BASE_CLASS_BRIDGE && classCode >>> 8 !== PCI_CLASS_BRIDGE_OTHER;

/** What VFIO itself will not take, or what would take others along. */
function refuseByKind(device: HostDevice, root: string): Refusal[] {
  const refusals: Refusal[] = [];
  const { address, sriov, iommuGroup } = device;
  if (isBridge(device)) refusals.push({ code: 'kind.bridge', text: `${address} is a bridge, which is never assigned; wanted an endpoint` });
  const count = sriov.virtualFunctions.length;
  if (count > 0) {
    const text = `${address} has ${count} virtual functions, which would go with its driver; wanted 0 in its sriov_numvfs`;
    refusals.push({ code: 'kind.virtual-functions', text });
  }
  const allowsNone = /^[Y1]/.test(readText(`${root}/sys/module/vfio/parameters/enable_unsafe_noiommu_mode`) ?? '');
  if (iommuGroup === null && !allowsNone) {
    const text = `no IOMMU stands behind ${address}, so that VFIO does not take it; wanted one, switched on (see airlock doctor)`;
    refusals.push({ code: 'kind.no-iommu', text });
  }
  return refusals;
}

/** Storage, USB and virtio: where a file system may lie whose disk is not known. */
function mayCarryDisk({ classCode, driver }: HostDevice): boolean {
  return classCode >>> 16 === PCI_BASE_CLASS_STORAGE || classCode >>> 8 === PCI_CLASS_SERIAL_USB || driver === 'virtio-pci';
}

function refuseDisks(device: HostDevice, folder: string, uses: readonly DiskUse[]): Refusal[] {
  const carried = uses.find(({ isRoot, disks }) => isRoot && disks?.some(disk => isBelow(disk, folder)));
  const use = carried ?? uses.find(({ disks }) => disks?.some(disk => isBelow(disk, folder)));
  if (use !== undefined) {
    const code = use.isRoot ? 'carries.root-file-system' : 'carries.file-system';
    return [{ code, text: `${device.address} carries ${use.what} (${use.from}); wanted a device that the host does not use` }];
  }
  const untold = mayCarryDisk(device) ? uses.find(({ disks }) => disks === null) : undefined;
  if (untold === undefined) return [];
  const text = `${device.address} may carry ${untold.what}: it cannot be told which disks are behind ${untold.from}`;
  return [{ code: 'carries.perhaps-file-system', text }];
}

/** All that speaks against taking these functions from the host at once; empty where nothing does. */
export function findRefusals(devices: readonly HostDevice[], root = '/'): Refusal[] {
  const prefix = rootPrefix(root);
  const uses = readDiskUses(root);
  const folders: string[] = [];
  const refusals = devices.flatMap(device => {
    const folder = readRealPath(`${prefix}/sys/bus/pci/devices/${device.address}`);
    if (folder === null) return [];
    folders.push(folder);
    const lost = findLostConsole(folder, root);
    const text = `${device.address} carries the console (${lost}); wanted another console, as on a serial line`;
    return [
      ...refuseByKind(device, prefix),
      ...refuseDisks(device, folder, uses),
      ...(lost === null ? [] : [{ code: 'carries.console', text }]),
    ];
  });
  const network = findLostNetwork(readNetworks(root), folders);
  if (network === null) return refusals;
  const names = devices.map(({ address }) => address.text).join(', ');
  return [...refusals, { code: 'carries.only-network', text: `${names} carries ${network}; wanted another way into the host` }];
}
