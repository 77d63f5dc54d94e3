/** The JSON of `devices`: ids as hex strings, addresses with their domain, stable codes beside the words. */
import { formatHex } from '../bytes/hex.ts';
import type { DmaCapabilities, GroupBlocker, KernelAnswer, ListedDevice } from './devices-report.ts';

export const DEVICES_SCHEMA_VERSION = 1;

export interface DeviceJson {
  readonly bdf: string;
  readonly vendorId: string;
  readonly deviceId: string;
  readonly classCode: string;
  readonly revisionId: string | null;
  readonly driver: string | null;
  readonly driverOverride: string | null;
  readonly vfioDevice: string | null;
  readonly numaNode: number | null;
  readonly physicalFunction: string | null;
  readonly resetMethods: readonly string[];
  readonly iommuGroup: {
    readonly number: number;
    readonly type: string | null;
    /** Whether no member is bound to a driver of the host, the device itself included; null where that is not known of all. */
    readonly viable: boolean | null;
    readonly members: readonly string[];
    readonly blockers: readonly GroupBlocker[];
  } | null;
  readonly capabilities: DmaCapabilities;
  readonly kernelAts: { readonly answer: KernelAnswer['answer']; readonly code: string; readonly text: string };
  readonly unreadable: readonly { readonly file: string; readonly code: string }[];
}

/** One function. */
export function deviceJson(device: ListedDevice): DeviceJson {
  const { group, kernelAts } = device;
  return {
    bdf: device.address.text,
    vendorId: formatHex(device.vendorId, 4),
    deviceId: formatHex(device.deviceId, 4),
    classCode: formatHex(device.classCode, 6),
    revisionId: device.revisionId === null ? null : formatHex(device.revisionId, 2),
    driver: device.driver,
    driverOverride: device.driverOverride,
    vfioDevice: device.vfioDevice,
    numaNode: device.numaNode,
    physicalFunction: device.physicalFunction?.text ?? null,
    resetMethods: device.resetMethods,
    iommuGroup: group && {
      number: group.number,
      type: group.type,
      viable: group.blockers.length > 0 ? false : group.hidden.length > 0 ? null : true,
      members: group.members,
      blockers: group.blockers,
    },
    capabilities: device.capabilities,
    kernelAts: { answer: kernelAts.answer, code: kernelAts.code, text: kernelAts.text },
    unreadable: device.unreadable,
  };
}
