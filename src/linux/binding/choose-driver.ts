/** Which VFIO driver a function gets: the variant that names it in modules.alias, or vfio-pci; loaded where it is not. */
import { execFileSync } from 'node:child_process';
import { isVfioDriver } from '../../pure/facts/vfio-drivers.ts';
import { listFolder } from '../sysfs/attribute.ts';
import { BindingError } from './binding-error.ts';
import { findVfioModule } from './module-alias.ts';
import { readWholeText, rootPrefix } from './paths.ts';

export interface ChosenDriver {
  readonly driver: string;
  /** What the user should know about how it was chosen. */
  readonly notes: readonly string[];
}

export interface DriverSearch {
  readonly root: string;
  /** `uname -r`; null where it is not known. */
  readonly kernel: string | null;
  /** The driver that the user named. */
  readonly named: string | null;
  readonly hasDriver: (driver: string) => boolean;
  /** Loads a module. Throws BindingError. */
  readonly load: (module: string) => void;
}

/** Loads a module into the running kernel; another tree has no kernel to load it into. */
export function moduleLoader(root: string): (module: string) => void {
  return module => {
    if (rootPrefix(root) !== '') throw new BindingError(`Cannot load ${module}: ${root} is another tree; wanted it loaded already`);
    try {
      execFileSync('modprobe', ['--', module], { encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] });
    } catch (error) {
      const words = error instanceof Error && 'stderr' in error && error.stderr ? String(error.stderr).trim() : String(error);
      throw new BindingError(`Cannot load the module ${module}: ${words.replace(/\s*\n\s*/g, '; ')}`);
    }
  };
}

/** The PCI driver that a loaded module brought, by the links of its folder. */
function driverOfModule(root: string, module: string): string | null {
  const names = listFolder(`${rootPrefix(root)}/sys/module/${module.replaceAll('-', '_')}/drivers`) ?? [];
  return names.find(name => name.startsWith('pci:'))?.slice(4) ?? null;
}

function namedDriver(named: string, { hasDriver, load }: DriverSearch): ChosenDriver {
  if (!isVfioDriver(named) || /[^\w-]/.test(named)) {
    throw new BindingError(`Cannot bind to ${named}: it is no VFIO driver; wanted vfio-pci or a variant such as mlx5_vfio_pci`);
  }
  if (hasDriver(named)) return { driver: named, notes: [] };
  load(named);
  if (hasDriver(named)) return { driver: named, notes: [`loaded the module ${named}`] };
  throw new BindingError(`Cannot bind to ${named}: its module is loaded and has no PCI driver of that name`);
}

/** The best driver for a function by its modalias. Throws BindingError where it is not there and cannot be loaded. */
export function chooseDriver(modalias: string | null, search: DriverSearch): ChosenDriver {
  const { root, kernel, named, hasDriver, load } = search;
  if (named !== null) return namedDriver(named, search);
  const path = `/lib/modules/${kernel}/modules.alias`;
  const aliases = kernel === null || modalias === null ? null : readWholeText(`${rootPrefix(root)}${path}`);
  const missing = modalias === null ? 'the device has no modalias' : kernel === null ? "the kernel's release is not known" : `no ${path}`;
  const notes = aliases === null ? [`${missing}: no variant driver was looked for`] : [];
  const module = (aliases !== null && modalias !== null && findVfioModule(modalias, aliases)) || 'vfio_pci';
  const isGeneric = module.replaceAll('-', '_') === 'vfio_pci';
  const known = driverOfModule(root, module) ?? (isGeneric && hasDriver('vfio-pci') ? 'vfio-pci' : null);
  if (known !== null) return { driver: known, notes };
  load(module);
  const driver = driverOfModule(root, module) ?? (isGeneric && hasDriver('vfio-pci') ? 'vfio-pci' : null);
  if (driver === null) throw new BindingError(`Cannot use the module ${module}: it is loaded and has no PCI driver`);
  return { driver, notes: [...notes, `loaded the module ${module}`] };
}
