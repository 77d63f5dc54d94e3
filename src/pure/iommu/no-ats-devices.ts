/** Devices whose ATS Linux never uses, whatever their capability says: ids, conditions, releases, as Linux 7.3 answers for them. */

import { PCI_VENDOR_ID_ATI, PCI_VENDOR_ID_INTEL } from '../spec/pci-ids.ts';
import type { KernelVersion } from './kernel-release.ts';

/** The registers by which a kernel identifies devices; null where they are unknown. */
export interface PciIdentity {
  readonly vendorId: number | null;
  readonly deviceId: number | null;
  readonly revisionId: number | null;
  readonly subsystemVendorId: number | null;
  readonly subsystemId: number | null;
}

/** Devices of one kind. */
export interface NoAtsDevices {
  readonly name: string;
  readonly vendorId: number;
  readonly deviceIds: readonly number[];
  /** The first release of Linux that leaves their ATS alone; a distribution may have backported that. */
  readonly since: KernelVersion;
  /** The revisions that are concerned, from `first` to `last`; null for all. */
  readonly revisions: { readonly first: number; readonly last: number } | null;
  /** The boards that are concerned, by subsystem vendor and subsystem; null for all. */
  readonly boards: readonly (readonly [vendor: number, id: number])[] | null;
}

const release = (major: number, minor: number): KernelVersion => ({ major, minor });

/** To add to it: serve a device with the ids to a kernel that should know them, and read what it reports. */
export const NO_ATS_DEVICES: readonly NoAtsDevices[] = [
  { name: 'AMD Stoney', vendorId: PCI_VENDOR_ID_ATI, deviceIds: [0x98e4], since: release(4, 12), revisions: null, boards: null },
  { name: 'AMD Iceland', vendorId: PCI_VENDOR_ID_ATI, deviceIds: [0x6900], since: release(5, 2), revisions: null, boards: null },
  {
    name: 'AMD Navi 10',
    ...{ vendorId: PCI_VENDOR_ID_ATI, deviceIds: [0x7310, 0x7312, 0x7318, 0x7319, 0x731a, 0x731b, 0x731e, 0x731f] },
    ...{ since: release(5, 17), revisions: null, boards: null },
  },
  {
    name: 'AMD Navi 14',
    ...{ vendorId: PCI_VENDOR_ID_ATI, deviceIds: [0x7340, 0x7341, 0x7347, 0x734f] },
    ...{ since: release(5, 17), revisions: null, boards: null },
  },
  {
    name: 'AMD Raven of some boards',
    ...{ vendorId: PCI_VENDOR_ID_ATI, deviceIds: [0x15d8], since: release(5, 12), revisions: { first: 0xcf, last: 0xcf } },
    boards: [0xce19, 0xcc10, 0xcc08].map(id => [0xea50, id] as const),
  },
  {
    name: 'Intel IPU E2000 before stepping C0',
    ...{ vendorId: PCI_VENDOR_ID_INTEL, deviceIds: [0x1451, 0x1452, 0x1453, 0x1454, 0x1455, 0x1457, 0x1459, 0x145a, 0x145c] },
    ...{ since: release(6, 7), revisions: { first: 0, last: 0x1f }, boards: null },
  },
];

/** `isSure` is false where a revision or board that decides is not known. */
export interface NoAtsMatch {
  readonly devices: NoAtsDevices;
  readonly isSure: boolean;
}

/** Whether the device is one of the boards; null where that is unknown. */
function isBoard(boards: NoAtsDevices['boards'], { subsystemVendorId: vendor, subsystemId: id }: PciIdentity): boolean | null {
  if (boards === null) return true;
  const may = boards.some(([v, i]) => (vendor === null || v === vendor) && (id === null || i === id));
  return may && (vendor === null || id === null) ? null : may;
}

function isRevision(revisions: NoAtsDevices['revisions'], { revisionId }: PciIdentity): boolean | null {
  if (revisions === null) return true;
  return revisionId === null ? null : revisionId >= revisions.first && revisionId <= revisions.last;
}

/** The entry of a device; null where it has none, also where its vendor or device ID is not known. */
export function findNoAtsDevice(identity: PciIdentity): NoAtsMatch | null {
  const { vendorId, deviceId } = identity;
  if ((vendorId !== PCI_VENDOR_ID_ATI && vendorId !== PCI_VENDOR_ID_INTEL) || deviceId === null) return null;
  for (const devices of NO_ATS_DEVICES) {
    if (devices.vendorId !== vendorId || !devices.deviceIds.includes(deviceId)) continue;
    const conditions = [isRevision(devices.revisions, identity), isBoard(devices.boards, identity)];
    if (!conditions.includes(false)) return { devices, isSure: !conditions.includes(null) };
  }
  return null;
}
