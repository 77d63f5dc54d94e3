/** The JSON of `devices`: ids as hex strings, addresses with their domain, stable codes beside the words. */
import { formatHex } from '../bytes/hex.ts';
import type { ListedDevice } from './devices-report.ts';
import type { DeviceJson, DevicesJson } from './schemas/devices.ts';
import { DEVICES_SCHEMA_VERSION } from './versions.ts';

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

/** The document that `airlock devices --json` prints. */
export function devicesJson(devices: readonly ListedDevice[]): DevicesJson {
  return { schemaVersion: DEVICES_SCHEMA_VERSION, devices: devices.map(deviceJson) };
}
