/** Whether one device can be assigned, as far as sysfs shows it. */

import { existsSync } from 'node:fs';
import { isVfioDriver } from '../../pure/facts/index.ts';
import { isReleaseAtLeast } from '../../pure/iommu/kernel-release.ts';
import { doesNotAnswer, NO_ANSWER, NO_ANSWER_TEXT } from '../../pure/pci/no-answer.ts';
import type { Check } from '../../pure/reports/doctor-report.ts';
import { PCI_VENDOR_ID_CXL, PCI_VENDOR_ID_NVIDIA } from '../../pure/spec/pci-ids.ts';
import {
  PCI_DVSEC_CXL_CAP,
  PCI_DVSEC_CXL_DEVICE,
  PCI_DVSEC_HEADER1,
  PCI_DVSEC_HEADER2,
  PCI_EXT_CAP_ID_ATS,
} from '../../pure/spec/pci-regs.ts';
import { CXL_CACHE_CAPABLE } from '../../pure/spec/pcie.ts';
import { readGroupBlockers, readUnknownMembers, rootPrefix } from '../binding/index.ts';
import { readText } from '../sysfs/attribute.ts';
import { findUnreadable, type HostDevice, type Unreadable } from '../sysfs/index.ts';
import { command, demand, fail, pass, type Requirement, unknown, warn } from './check.ts';
import { extendedIds, readDmaCapabilities, whyCapabilitiesUnknown } from './dma-capabilities.ts';

export interface DeviceState {
  readonly device: HostDevice;
  /** The physical function of a virtual one, where the host has it. */
  readonly physical: HostDevice | null;
  readonly root: string;
  readonly isRoot: boolean;
  readonly required: readonly Requirement[];
  /** `uname -r`; null where it is not known. */
  readonly kernel: string | null;
}

/** Whether a link is missing in a tree that may have lost it. */
const isLost = (fault: Unreadable | null, link: string): boolean => fault?.file === link && fault.code === 'ENOENT';

const lostWords = (root: string, link: string): string => `${root} is another tree, which may have lost the link ${link}`;

export function checkGroup({ device, root }: DeviceState): Check {
  const { address, iommuGroup } = device;
  const code = 'group.viable';
  const fault = findUnreadable(device, 'iommu_group');
  if (iommuGroup === null && isLost(fault, 'iommu_group'))
    return unknown(code, `the group of ${address} is not known: ${lostWords(root, 'iommu_group')}`);
  if (iommuGroup === null && fault !== null)
    return unknown(code, `the group of ${address} is not known: ${fault.file} cannot be read: ${fault.code}`);
  if (iommuGroup === null) {
    return fail(code, `${address} is in no IOMMU group: no IOMMU stands behind it`, 'switch the IOMMU on (see iommu.on)');
  }
  const { number, members } = iommuGroup;
  // The group that VFIO makes for a device without an IOMMU has this name.
  if (readText(`${rootPrefix(root)}/sys/kernel/iommu_groups/${number}/name`) === 'vfio-noiommu') {
    return fail(code, `group ${number} has no IOMMU (VFIO's unsafe no-IOMMU mode)`, 'switch the IOMMU on (see iommu.on)');
  }
  const others = readGroupBlockers(iommuGroup, root).filter(blocker => blocker.address !== address.text);
  const hidden = readUnknownMembers(iommuGroup, root).filter(member => member !== address.text);
  if (others.length === 0 && hidden.length > 0)
    return unknown(code, `whether group ${number} is viable is not known: ${root} does not show the drivers of ${hidden.join(', ')}`);
  if (others.length === 0)
    return pass(code, members.length === 1 ? `alone in group ${number}` : `no other member of group ${number} is in use`);
  const names = others.map(blocker => `${blocker.address} to ${blocker.driver}`);
  const text = `group ${number} is not viable: ${names.join(', ')} bound; wanted a VFIO driver or none on each`;
  return fail(code, text, command(`sudo airlock bind ${address} --group --yes`));
}

export function checkDriver({ device, root }: DeviceState): Check {
  const { address, driver } = device;
  if (driver !== null && isVfioDriver(driver)) return pass('device.driver', `${address} is bound to ${driver}`);
  const fault = driver === null ? findUnreadable(device, 'driver') : null;
  if (isLost(fault, 'driver')) return unknown('device.driver', `the driver of ${address} is not known: ${lostWords(root, 'driver')}`);
  if (fault !== null) return unknown('device.driver', `the driver of ${address} is not known: ${fault.file} cannot be read: ${fault.code}`);
  const state = driver === null ? 'has no driver' : `is in use by ${driver}`;
  return fail('device.driver', `${address} ${state}; wanted a VFIO driver`, command(`sudo airlock bind ${address}`));
}

/** Whether its config space can be read at all; null where it can, which needs no line of its own. */
export function checkAnswer({ device }: DeviceState): Check | null {
  if (!doesNotAnswer(device.config)) return null;
  const fix = 'power the device up, reseat it, or reset the port above it';
  return fail(NO_ANSWER, `${device.address}: ${NO_ANSWER_TEXT}`, fix);
}

const NOT_READ = 'run as root, which alone may read it';

/** What the device itself can do; the kernel's word is another check. */
export function checkCapability(state: DeviceState, name: 'ats' | 'pasid'): Check {
  const { device, physical, isRoot, required } = state;
  const code = `device.${name}`;
  const capabilities = readDmaCapabilities(device, physical, isRoot);
  const title = name.toUpperCase();
  const presence = capabilities[name];
  const isRequired = required.includes(name);
  const fix = `assign a device that has ${title}`;
  if (presence === 'yes') return pass(code, `${device.address} has the ${title} capability`);
  if (presence === 'physical-function') return pass(code, `${device.address} uses ${title} of its physical function`);
  if (presence === 'unknown') {
    return demand(
      unknown(code, `whether ${device.address} has ${title} is not known: ${capabilities.unknownBecause}`, isRoot ? null : NOT_READ),
      isRequired,
      NOT_READ,
    );
  }
  // Most devices have none, and nothing is wrong with that.
  const text = `${device.address} has no ${title} capability`;
  return isRequired ? fail(code, `required: ${text}`, fix) : pass(code, `${text}; nothing there to show or mask`);
}

/** Below a port that leads out of the machine the kernel trusts no device with ATS (sysfs: removable). */
export function checkTrust({ device, root, required, kernel }: DeviceState): Check {
  const code = 'device.trusted';
  const path = `${rootPrefix(root)}/sys/bus/pci/devices/${device.address}/removable`;
  const removable = readText(path);
  // The file came with Linux 5.14 (sysfs-devices-removable).
  if (removable === null && (existsSync(path) || !isReleaseAtLeast(kernel, 5, 14)))
    return unknown(code, `whether ${device.address} is below a port that leads out of the machine is not known: sysfs does not say`);
  if (removable !== 'removable') return pass(code, `${device.address} is not below a port that leads out of the machine`);
  const fix = 'put the device into a slot inside of the machine';
  const text = `${device.address} is below a port that leads out of the machine: the kernel does not trust it, and uses no ATS`;
  return demand(warn(code, text, fix), required.includes('ats'), fix);
}

/** A CXL device with a cache of host memory (CXL 3.1 §8.1.3, Cache Capable). */
function hasCxlCache({ config }: HostDevice, offsets: readonly number[]): boolean {
  return offsets.some(
    at =>
      (config.read(at + PCI_DVSEC_HEADER1, 2) ?? 0) === PCI_VENDOR_ID_CXL &&
      config.read(at + PCI_DVSEC_HEADER2, 2) === PCI_DVSEC_CXL_DEVICE &&
      ((config.read(at + PCI_DVSEC_CXL_CAP, 2) ?? 0) & CXL_CACHE_CAPABLE) !== 0,
  );
}

/** Says of a device that cannot work without ATS that `ats=off` is no choice for it. `offsets` are those of its DVSECs. */
export function checkRequiresAts(state: DeviceState, offsets: readonly number[]): Check {
  const { device, isRoot } = state;
  const code = 'device.requires-ats';
  const why = whyCapabilitiesUnknown(device, isRoot);
  if (why !== null) return unknown(code, `whether ${device.address} requires ATS is not known: ${why}`, isRoot ? null : NOT_READ);
  if (hasCxlCache(device, offsets)) {
    return warn(
      code,
      `${device.address} has CXL.cache, which requires ATS: it does not work with ats=off`,
      'use ats=on, so that its guest starts only where ATS can be used',
    );
  }
  if (device.vendorId === PCI_VENDOR_ID_NVIDIA && extendedIds(device.config).has(PCI_EXT_CAP_ID_ATS)) {
    return unknown(
      code,
      `${device.address} is by NVIDIA and has ATS: some of these require it, and which is not to be seen in config space`,
    );
  }
  return pass(code, `nothing in its config space says that ${device.address} requires ATS`);
}
