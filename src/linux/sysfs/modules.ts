/** VFIO's modules and iommufd, as the kernel shows them (sysfs-module). */
import { existsSync } from 'node:fs';
import type { ModuleFacts, ModuleState } from '../../pure/facts/index.ts';
import { listFolder, readText } from './attribute.ts';

/** Those that a host needs; each has a folder when built in, too, as it has parameters or a version. */
const NEEDED = ['iommufd', 'vfio', 'vfio_iommu_type1', 'vfio_pci'];
const ANY = /^(?:vfio|iommufd$)|_vfio_pci$/;

/** Parameters that matter for assignment. Lists of device IDs are not among them: sysfs does not give them back. */
const PARAMETERS: readonly string[] = [
  'allow_unsafe_interrupts',
  'disable_denylist',
  'disable_hugepages',
  'disable_idle_d3',
  'disable_vga',
  'dma_entry_limit',
  'enable_sriov',
  'enable_unsafe_noiommu_mode',
  'nointxmask',
];
const VALUE = /^(?:[YN]|\d{1,10})$/;

function stateOf(folder: string): ModuleState {
  const has = (file: string) => existsSync(`${folder}/${file}`);
  if (has('initstate') || has('refcnt')) return 'loaded';
  // Each module has this file; of a copy it may be missing.
  return has('uevent') ? 'builtin' : 'present';
}

function parametersOf(folder: string): Record<string, string> {
  const values = PARAMETERS.map(name => [name, readText(`${folder}/parameters/${name}`)] as const);
  return Object.fromEntries(values.filter((entry): entry is [string, string] => entry[1] !== null && VALUE.test(entry[1])));
}

/** `/sys/bus/pci/drivers/vfio-pci` is `vfio_pci`; a driver that is built in without parameters shows nowhere else. */
const moduleOf = (driver: string): string => driver.replaceAll('-', '_');

/** In the order of their names; null for a tree with no list of them. `root` without a slash behind it. */
export function readModules(root: string): ModuleFacts[] | null {
  const all = listFolder(`${root}/sys/module`);
  const drivers = listFolder(`${root}/sys/bus/pci/drivers`);
  if (all === null && drivers === null) return null;
  const shown = (all ?? []).filter(name => ANY.test(name));
  const bound = (drivers ?? []).map(moduleOf).filter(name => /(?:^|_)vfio_pci$/.test(name));
  const inKernel = new Set([...shown, ...bound]);
  // Without the list of modules only the driver is known not to be there.
  const needed = all === null ? ['vfio_pci'] : NEEDED;
  return [...new Set([...inKernel, ...needed])].sort().map(name => {
    const folder = `${root}/sys/module/${name}`;
    const state = shown.includes(name) ? stateOf(folder) : inKernel.has(name) ? 'present' : 'absent';
    return { name, state, parameters: parametersOf(folder) };
  });
}
