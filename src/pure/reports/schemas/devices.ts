/** What `airlock devices` prints. */
import * as v from 'valibot';
import { DEVICES_SCHEMA_VERSION } from '../versions.ts';
import { address, coded, count, hexDigits, type Json, list, oneOf, orNull, schemaVersion, text } from './values.ts';

const presence = (name: string) =>
  oneOf(
    ['yes', 'no', 'physical-function', 'unknown'],
    `whether the function has ${name}; physical-function: a virtual function uses that of its physical function`,
  );

const capabilities = v.object({
  ats: presence('ATS'),
  pasid: presence('PASID'),
  pri: presence('PRI'),
  unknownBecause: orNull(v.string(), 'why they are unknown, such as not root; null where they are not'),
});
/** Whether a function has the capabilities that an IOMMU works with. */
export type DmaCapabilities = Json<typeof capabilities>;
/** `physical-function`: a virtual function uses that of its physical function (PCIe 6.0 §7.8.9, §10.5.2). */
export type Presence = DmaCapabilities['ats'];

const blocker = v.object({
  address: text('sysfs name; an address for a PCI function'),
  driver: text('the driver that it is bound to'),
});
/** A member of a group that a driver of the host has. */
export type GroupBlocker = Json<typeof blocker>;

const group = v.object({
  number: count('number of the IOMMU group'),
  type: orNull(v.string(), 'of its default domain, such as DMA-FQ; null where the kernel does not say'),
  viable: orNull(
    v.boolean(),
    'whether no member is bound to a driver of the host, the device itself included; null where that is not known of all',
  ),
  members: list(v.string(), 'sysfs names of all members'),
  blockers: list(blocker, 'members that a driver of the host has'),
});

const kernelAts = v.object({
  answer: oneOf(
    ['supported', 'unsupported', 'unreported', 'unknown'],
    'unreported: the kernel cannot say; unknown: it was not or could not be asked',
  ),
  ...coded,
});

const device = v.object({
  bdf: address('address'),
  vendorId: hexDigits(4, 'Vendor ID'),
  deviceId: hexDigits(4, 'Device ID'),
  classCode: hexDigits(6, 'base class, subclass and programming interface'),
  revisionId: orNull(hexDigits(2, 'Revision ID'), 'Revision ID, 2 hexadecimal digits; null where it is not known'),
  driver: orNull(v.string(), 'the driver that it is bound to; null where it has none'),
  driverOverride: orNull(v.string(), 'driver_override of sysfs; null where it is not set'),
  vfioDevice: orNull(v.string(), 'path of its VFIO device file; null where it has none'),
  numaNode: orNull(v.number(), 'NUMA node; null where it has none or that is not known'),
  physicalFunction: orNull(address('address'), 'address of the physical function of a virtual function; null for any other'),
  resetMethods: list(v.string(), 'as the kernel names them, in the order in which it tries them'),
  iommuGroup: orNull(group, 'null where no IOMMU stands behind it'),
  capabilities: v.pipe(capabilities, v.description('capabilities of the function that an IOMMU works with')),
  kernelAts: v.pipe(kernelAts, v.description('what the kernel answers about ATS for the device')),
  unreadable: list(
    v.object({ file: text('name in the folder of the device'), code: text("the errno's name, such as EACCES") }),
    'files that could not be read',
  ),
});
/** One function in the JSON of `airlock devices`. */
export type DeviceJson = Json<typeof device>;

export const devicesDocument = v.pipe(
  v.object({
    schemaVersion: schemaVersion(DEVICES_SCHEMA_VERSION),
    devices: list(device, 'by address'),
  }),
  v.title('airlock devices --json'),
  v.description("A host's PCI functions, with what decides whether and how each can be assigned."),
);
/** The JSON of `airlock devices`. */
export type DevicesJson = Json<typeof devicesDocument>;
