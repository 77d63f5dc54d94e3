/** What of a host decides whether its devices can be assigned: IOMMU, iommufd, VFIO, the kernel's word on ATS (kernel documentation). */
import { existsSync } from 'node:fs';
import { type HostFacts, isFileThere, presentModules } from '../../pure/facts/index.ts';
import { kernelHas, kernelSince } from '../../pure/iommu/kernel-features.ts';
import { parseKernelRelease } from '../../pure/iommu/kernel-release.ts';
import type { Check } from '../../pure/reports/doctor-report.ts';
import { readWholeText, rootPrefix } from '../binding/index.ts';
import { listFolder } from '../sysfs/attribute.ts';
import { isArm, SMMU_FIX } from './arm-words.ts';
import { command, demand, fail, pass, type Requirement, unknown, warn } from './check.ts';

export interface HostState {
  readonly facts: HostFacts;
  readonly root: string;
  readonly required: readonly Requirement[];
}

function iommuFix(architecture: string | null): string {
  if (architecture === 'x86_64') return 'boot with intel_iommu=on (VT-d) or amd_iommu=on, and switch the IOMMU on in the firmware';
  return isArm(architecture) ? SMMU_FIX : 'switch the IOMMU on in the firmware, and boot a kernel that has its driver';
}

export function checkIommu({ facts, root }: HostState): Check {
  const { architecture } = facts;
  // The kernel's own test of iommufd makes an IOMMU with no device behind it.
  const iommus = (facts.iommus ?? []).filter(({ name }) => !name?.startsWith('iommufd_selftest'));
  const groups = listFolder(`${rootPrefix(root)}/sys/kernel/iommu_groups`);
  if (iommus.length > 0) {
    const names = iommus.map(({ name, kind }) => `${name} (${kind})`);
    return pass('iommu.on', `${names.length === 1 ? 'one IOMMU' : `${names.length} IOMMUs`}: ${names.slice(0, 8).join(', ')}`);
  }
  if (groups !== null && groups.length > 0) return pass('iommu.on', `there are ${groups.length} IOMMU groups`);
  if (groups === null && facts.iommus === null)
    return unknown('iommu.on', `${root} has neither sys/class/iommu nor sys/kernel/iommu_groups`);
  return fail(
    'iommu.on',
    'no IOMMU is in use; wanted one, which keeps assigned devices to the memory of their guest',
    iommuFix(architecture),
  );
}

/** Whether the kernel has a module that is not loaded; null where its list is not there. */
function isModuleKnown({ facts, root }: HostState, module: string): boolean | null {
  const folder = `${rootPrefix(root)}/lib/modules/${facts.kernel}`;
  const lists = ['modules.dep', 'modules.builtin'].map(name => readWholeText(`${folder}/${name}`)).filter(text => text !== null);
  if (facts.kernel === null || lists.length === 0) return null;
  return lists.some(text => new RegExp(`(?:^|/)${module.replaceAll(/[-_]/g, '[-_]')}\\.ko`, 'm').test(text));
}

export function checkIommufd(state: HostState): Check {
  const { facts, root, required } = state;
  const code = 'iommufd.present';
  const isRequired = required.includes('iommufd');
  const hasIommufd = isFileThere(facts.iommufd);
  if (hasIommufd) return pass(code, '/dev/iommu is there');
  if (hasIommufd === null) {
    const text = `${root} has no device files, and its kernel's list of them shows no iommufd: whether it has /dev/iommu is not known`;
    return demand(unknown(code, text), isRequired, 'run airlock doctor on that host');
  }
  const isKnown = isModuleKnown(state, 'iommufd');
  const fix = isKnown === false ? 'boot a kernel that is built with CONFIG_IOMMUFD' : command('sudo modprobe iommufd');
  const why = isKnown === false ? `, and Linux ${facts.kernel} has no module iommufd` : '';
  const text = `there is no /dev/iommu${why}: the kernel cannot be asked about ATS and PASID`;
  if (isFileThere(facts.vfioContainer)) return demand(warn(code, `${text}; the legacy container is there`, fix), isRequired, fix);
  return fail(code, `${text}; nor is there a legacy container`, fix);
}

export function checkVfioModule(state: HostState): Check {
  const { facts, root } = state;
  const modules = presentModules(facts);
  if (modules === null) return unknown('vfio.module', `${root} has neither sys/module nor sys/bus/pci/drivers`);
  const drivers = modules.filter(name => /_?vfio_pci$/.test(name));
  if (drivers.length > 0) return pass('vfio.module', `loaded or built in: ${drivers.join(', ')}`);
  const isMissing = isModuleKnown(state, 'vfio-pci') === false;
  const text = isMissing ? `Linux ${facts.kernel} has no module vfio-pci` : 'no VFIO driver for PCI devices is loaded';
  return fail('vfio.module', text, isMissing ? 'boot a kernel that is built with CONFIG_VFIO_PCI' : command('sudo modprobe vfio-pci'));
}

/** Without device files of their own, devices can only be opened through their group, and then the kernel cannot be asked. */
export function checkCdev({ root, required }: HostState): Check {
  const prefix = rootPrefix(root);
  // Of a device whose folder was not copied only the name is left.
  const names = (listFolder(`${prefix}/sys/class/vfio-dev`) ?? []).filter(name => existsSync(`${prefix}/sys/class/vfio-dev/${name}`));
  const isRequired = required.includes('iommufd');
  const fix = `boot a kernel that is built with CONFIG_VFIO_DEVICE_CDEV (Linux ${kernelSince('vfio-cdev')} or newer)`;
  if (names.length === 0)
    return unknown('vfio.cdev', 'no device is bound to a VFIO driver: whether such devices get a file of their own shows then');
  const [without] = names.filter(name => !existsSync(`${prefix}/sys/class/vfio-dev/${name}/dev`));
  if (without === undefined) return pass('vfio.cdev', 'devices bound to a VFIO driver have a file of their own in /dev/vfio/devices');
  return demand(
    warn('vfio.cdev', `${without} has no file of its own: only its group can be opened, for the legacy container`, fix),
    isRequired,
    fix,
  );
}

/** What lets the kernel be asked about ATS. */
export const NEWER_KERNEL = `boot Linux ${kernelSince('hw-info-ats')} or newer`;

/** Whether the kernel can say that ATS is not supported. */
export function checkAtsReport({ facts, root, required }: HostState): Check {
  const { kernel } = facts;
  const version = kernel === null ? null : parseKernelRelease(kernel);
  const fix = NEWER_KERNEL;
  const isRequired = required.includes('ats');
  const code = 'kernel.ats-report';
  if (version === null) {
    const text = kernel === null ? "the kernel's release is not known" : `no version is to be seen in the kernel's release ${kernel}`;
    return demand(unknown(code, text), isRequired, root === '/' ? fix : 'run airlock doctor on that host');
  }
  if (kernelHas(kernel, 'hw-info-ats') === true) return pass(code, `Linux ${kernel} reports for each device whether ATS can be used`);
  return demand(
    warn(code, `Linux ${kernel} does not report whether ATS can be used: the answer for every device is “unreported”`, fix),
    isRequired,
    fix,
  );
}

export function checkNoAts({ facts, root, required }: HostState): Check {
  const { noAts } = facts;
  const code = 'pci.noats';
  if (noAts === null) return unknown(code, `the kernel's command line cannot be read from ${rootPrefix(root)}/proc/cmdline`);
  if (!noAts) return pass(code, "the kernel's command line leaves ATS on");
  const fix = 'boot without pci=noats';
  return demand(warn(code, "pci=noats on the kernel's command line switches ATS off for all devices", fix), required.includes('ats'), fix);
}
