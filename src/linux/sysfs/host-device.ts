/** PCI functions as sysfs shows them: identity, driver, group, regions, SR-IOV relations, config bytes (sysfs-bus-pci, sysfs-bus-vfio). */
import { Bdf } from '../../pure/pci/bdf.ts';
import { ConfigSpace } from '../../pure/pci/config-space.ts';
import { AttributeFolder, listFolder, type Unreadable } from './attribute.ts';
import { type IommuGroup, readIommuGroup } from './iommu-group.ts';
import { type HostBar, parseResource } from './resource.ts';

/** How virtual functions and their physical function belong together. */
export interface SriovRelations {
  /** Of a virtual function, null for any other. */
  readonly physicalFunction: Bdf | null;
  /** Those that a physical function has now, in the order of their numbers. */
  readonly virtualFunctions: readonly Bdf[];
  /** How many virtual functions it can have; null for a function without SR-IOV. */
  readonly totalVfs: number | null;
}

/** A PCI function of a host. */
export interface HostDevice {
  readonly address: Bdf;
  readonly vendorId: number;
  readonly deviceId: number;
  readonly subsystemVendorId: number | null;
  readonly subsystemId: number | null;
  readonly revisionId: number | null;
  /** 24 bits: class, subclass, programming interface. */
  readonly classCode: number;
  readonly modalias: string | null;
  readonly driver: string | null;
  /** The only driver that may bind the function, where one was set. */
  readonly driverOverride: string | null;
  /** null where no IOMMU stands behind the function. */
  readonly iommuGroup: IommuGroup | null;
  readonly numaNode: number | null;
  readonly bars: readonly HostBar[];
  readonly sriov: SriovRelations;
  /** The device file of VFIO, such as `/dev/vfio/devices/vfio3`; null where the function is not bound to a VFIO driver or has none. */
  readonly vfioDevice: string | null;
  /** In the order in which the kernel tries them. */
  readonly resetMethods: readonly string[];
  /** Host bytes as far as they may be read: 64 without privilege, none where they were not asked for. */
  readonly config: ConfigSpace;
  /** Files that could not be read, with the errno's name; ENOENT for one that is missing where it should be, or may have been lost. */
  readonly unreadable: readonly Unreadable[];
}

export interface ReadDevicesOptions {
  /** Where the file system tree begins; default `/`. */
  readonly root?: string;
  /** Whether to read config space, which wakes a function that sleeps; default true. */
  readonly config?: boolean;
}

type GroupReader = (number: number) => IommuGroup | null;

const PCI_DEVICES = 'sys/bus/pci/devices';

const pathOf = (root: string): string => `${root.replace(/\/$/, '')}/${PCI_DEVICES}`;

function parseAddress(text: string | null): Bdf | null {
  try {
    return text === null ? null : Bdf.parse(text);
  } catch {
    return null;
  }
}

/**
 * sriov_numvfs is never read: while a function is being removed the kernel blocks its reader, even against signals, for as long as a
 * process holds the device.
 */
function readSriov(folder: AttributeFolder): SriovRelations {
  const virtualFunctions = [...folder.names]
    .filter(name => /^virtfn\d+$/.test(name))
    .sort((a, b) => Number(a.slice(6)) - Number(b.slice(6)))
    .map(name => parseAddress(folder.link(name)))
    .filter(address => address !== null);
  return {
    physicalFunction: parseAddress(folder.link('physfn')),
    virtualFunctions,
    totalVfs: folder.integer('sriov_totalvfs'),
  };
}

function readGroup(folder: AttributeFolder, groups: GroupReader): IommuGroup | null {
  const name = folder.link('iommu_group');
  if (name === null || !/^\d{1,9}$/.test(name)) return null;
  const group = groups(Number(name));
  // A copy of the devices alone lacks the groups.
  if (group === null) folder.unreadable.push({ file: 'iommu_group/devices', code: 'ENOENT' });
  return group;
}

function readVfioDevice(folder: AttributeFolder): string | null {
  if (!folder.names.has('vfio-dev')) return null;
  const path = `${folder.path}/vfio-dev`;
  // Without CONFIG_VFIO_DEVICE_CDEV the folder is there and names no file.
  const name = listFolder(path)?.find(entry => /^vfio\d+$/.test(entry) && listFolder(`${path}/${entry}`)?.includes('dev'));
  return name === undefined ? null : `/dev/vfio/devices/${name}`;
}

/** sysfs writes `(null)` where no override is set, and -1 where the platform names no node. */
function readDriverOverride(folder: AttributeFolder): string | null {
  const text = folder.text('driver_override');
  return text === '(null)' || text === '' ? null : text;
}

function readNode(folder: AttributeFolder): number | null {
  const node = folder.integer('numa_node');
  return node === null || node < 0 ? null : node;
}

function readConfig(folder: AttributeFolder): Uint8Array | null {
  if (!folder.names.has('config')) folder.unreadable.push({ file: 'config', code: 'ENOENT' });
  return folder.bytes('config');
}

/** A copied tree may have lost its links. A missing one means that there is no driver or no group only where other links are there. */
function noteLostLinks(folder: AttributeFolder, root: string): void {
  if (root === '/') return;
  const hasLinks = folder.hasLinks();
  const hasGroups = hasLinks && listFolder(`${root.replace(/\/$/, '')}/sys/kernel/iommu_groups`) !== null;
  if (!hasLinks && !folder.names.has('driver')) folder.unreadable.push({ file: 'driver', code: 'ENOENT' });
  if (!hasGroups && !folder.names.has('iommu_group')) folder.unreadable.push({ file: 'iommu_group', code: 'ENOENT' });
}

/** What could not be read of a function below this name, such as `iommu_group`; null where all of it could be. */
export function findUnreadable({ unreadable }: Pick<HostDevice, 'unreadable'>, name: string): Unreadable | null {
  return unreadable.find(({ file }) => file === name || file.startsWith(`${name}/`)) ?? null;
}

/** The function in `folder`, or null where it vanished before all was read. */
function readFolder(folder: AttributeFolder, address: Bdf, groups: GroupReader, options: ReadDevicesOptions): HostDevice | null {
  const { root = '/', config = true } = options;
  const vendorId = folder.integer('vendor');
  const deviceId = folder.integer('device');
  const classCode = folder.integer('class');
  if (vendorId === null || deviceId === null || classCode === null) return null;
  noteLostLinks(folder, root);
  const device: HostDevice = {
    address,
    vendorId,
    deviceId,
    subsystemVendorId: folder.integer('subsystem_vendor'),
    subsystemId: folder.integer('subsystem_device'),
    revisionId: folder.integer('revision'),
    classCode,
    modalias: folder.text('modalias'),
    driver: folder.link('driver'),
    driverOverride: readDriverOverride(folder),
    iommuGroup: readGroup(folder, groups),
    numaNode: readNode(folder),
    bars: parseResource(folder.text('resource') ?? ''),
    sriov: readSriov(folder),
    vfioDevice: readVfioDevice(folder),
    resetMethods: folder.text('reset_method')?.split(/\s+/).filter(Boolean) ?? [],
    config: new ConfigSpace((config ? readConfig(folder) : null) ?? new Uint8Array(0)),
    unreadable: folder.unreadable,
  };
  // A single file vanishes when a driver is unbound; all of them vanish with the device.
  const isGone = folder.vanished.length > 0 && listFolder(folder.path) === null;
  return isGone ? null : device;
}

/** One function, or null where the host has none at `address`. Throws where sysfs may not be read at all. */
export function readDevice(address: Bdf, options: ReadDevicesOptions = {}): HostDevice | null {
  const { root = '/' } = options;
  const folder = AttributeFolder.open(`${pathOf(root)}/${address.text}`);
  return folder === null ? null : readFolder(folder, address, number => readIommuGroup(number, root), options);
}

/** Addresses that the host lists beside these devices: of all that could be read, those that could not, as in a copied tree with missing parts. */
export function readHidden(devices: readonly HostDevice[], root = '/'): string[] {
  const known = new Set(devices.map(({ address }) => address.text));
  return (listFolder(pathOf(root)) ?? []).filter(name => parseAddress(name) !== null && !known.has(name));
}

/** All functions of a host in the order of their addresses; empty where it has no PCI. One that vanishes meanwhile is left out. */
export function readDevices(options: ReadDevicesOptions = {}): HostDevice[] {
  const { root = '/' } = options;
  const known = new Map<number, IommuGroup | null>();
  const groups: GroupReader = number => {
    if (!known.has(number)) known.set(number, readIommuGroup(number, root));
    return known.get(number) ?? null;
  };
  const devices: HostDevice[] = [];
  for (const name of listFolder(pathOf(root)) ?? []) {
    const address = parseAddress(name);
    const folder = address === null ? null : AttributeFolder.open(`${pathOf(root)}/${name}`);
    const device = folder && address && readFolder(folder, address, groups, options);
    if (device) devices.push(device);
  }
  return devices.sort((a, b) => a.address.compare(b.address));
}
