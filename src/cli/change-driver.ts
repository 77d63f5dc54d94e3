/** Gives devices to VFIO and back to the host, and says what became of them. */

import {
  BindingError,
  bindFunctions,
  type ChosenDriver,
  chooseDriver,
  driverControl,
  findHolders,
  findRefusals,
  moduleLoader,
  unbindFunction,
} from '../linux/binding/index.ts';
import { type HostDevice, readDevice, readKernelRelease } from '../linux/sysfs/index.ts';
import { isVfioDriver } from '../pure/facts/index.ts';
import { Bdf } from '../pure/pci/bdf.ts';
import { escapeLineEnds } from '../pure/text/escape.ts';
import { print, printError } from './output.ts';
import { uninterrupted } from './uninterrupted.ts';

/** The reasons against binding, in words; a process that holds a device of another VFIO driver is one of them. */
function findObstacles(targets: readonly HostDevice[], root: string): string[] {
  const refusals = findRefusals(targets, root).map(({ code, text }) => `${text} (${code})`);
  const held = targets.flatMap(device =>
    findHolders(device, root).map(
      ({ pid, name }) => `${device.address} or its group is held by process ${pid} (${name ?? 'ended'}) (kind.held)`,
    ),
  );
  return [...refusals, ...held];
}

/** Whether the device needs another driver: a VFIO driver that it already has stays, unless the user names another one. */
function isToChange({ driver }: HostDevice, named: string | null): boolean {
  return driver === null || !isVfioDriver(driver) || (named !== null && named !== driver);
}

function choose({ modalias }: HostDevice, named: string | null, root: string): ChosenDriver {
  const { hasDriver } = driverControl(root);
  return chooseDriver(modalias, { root, kernel: readKernelRelease(root), named, hasDriver, load: moduleLoader(root) });
}

/** Chooses the drivers, binds, and says what became of each device. Throws BindingError. */
export function bindDevices(targets: readonly HostDevice[], named: string | null, root: string): void {
  for (const { address, driver } of targets.filter(device => !isToChange(device, named))) print([`${address}: has ${driver} already`]);
  const changing = targets.filter(device => isToChange(device, named));
  const obstacles = findObstacles(changing, root);
  if (obstacles.length > 0) throw new BindingError(`refused: ${obstacles.map(escapeLineEnds).join('\nairlock: refused: ')}`);
  const chosen = changing.map(device => ({ device, ...choose(device, named, root) }));
  const notes = new Set(chosen.flatMap(it => it.notes));
  for (const { device } of chosen) {
    const { address, driverOverride } = device;
    if (driverOverride !== null) notes.add(`driver_override of ${address} was ${driverOverride}; unbind will not set it again`);
  }
  for (const note of notes) printError(`airlock: note: ${note}`);
  const wanted = chosen.map(({ device, driver }) => ({ address: device.address.text, driver }));
  const changes = uninterrupted(() => bindFunctions(driverControl(root), wanted));
  for (const { address, before, after } of changes) {
    const file = readDevice(Bdf.parse(address), { root, config: false })?.vfioDevice ?? null;
    print([`${address}: ${before ?? 'no driver'} → ${after}${file === null ? '' : `, ${file}`}`]);
  }
}

/** Refuses while a process holds the device: the kernel would wait for that process. */
function checkHolders(device: HostDevice, root: string): void {
  const [holder] = findHolders(device, root);
  if (holder === undefined) return;
  const { pid, name } = holder;
  throw new BindingError(
    `refused: ${device.address} or its group is held by process ${pid} (${name ?? 'ended'}); wanted it ended (kind.held)`,
  );
}

/** Gives a device back to the host, and says what became of it. Throws BindingError. */
export function returnDevice(device: HostDevice, root: string): string {
  const { address, driver } = device;
  if (driver !== null && !isVfioDriver(driver)) return `${address}: has ${driver} already`;
  checkHolders(device, root);
  const { before, after } = uninterrupted(() => unbindFunction(driverControl(root), address.text));
  return `${address}: ${before ?? 'no driver'} → ${after ?? 'no driver'}`;
}
