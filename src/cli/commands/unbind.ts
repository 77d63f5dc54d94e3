/** `airlock unbind`: takes a device from VFIO and gives it back to the host's own driver. */
import { BindingError, driverControl, findHolders, isVfioDriver, unbindFunction } from '../../linux/binding/index.ts';
import type { HostDevice } from '../../linux/sysfs/index.ts';
import { type CommandSpec, EXIT, type Options, UsageError } from '../command.ts';
import { parseAddress, requireDevice, systemWords } from '../host-tree.ts';
import { print, printError } from '../output.ts';
import { parseRoot, ROOT_OPTION } from '../root-option.ts';
import { uninterrupted } from '../uninterrupted.ts';

/** Taking a device from VFIO waits for who holds it; so nobody may. */
function checkHolders(device: HostDevice, root: string): void {
  const [holder] = findHolders(device, root);
  if (holder === undefined) return;
  const { pid, name } = holder;
  throw new BindingError(
    `refused: ${device.address} or its group is held by process ${pid} (${name ?? 'ended'}); wanted it ended (kind.held)`,
  );
}

function unbind(device: HostDevice, root: string): string {
  const { address, driver } = device;
  if (driver !== null && !isVfioDriver(driver)) return `${address}: has ${driver} already`;
  checkHolders(device, root);
  const { before, after } = uninterrupted(() => unbindFunction(driverControl(root), address.text));
  return `${address}: ${before ?? 'no driver'} → ${after ?? 'no driver'}`;
}

async function run(operands: readonly string[], options: Options): Promise<number> {
  const [operand, extra] = operands;
  if (operand === undefined)
    throw new UsageError('airlock unbind needs a device: an address such as 0000:3b:00.1; see airlock unbind --help');
  if (extra !== undefined) throw new UsageError(`airlock unbind takes one device, not also "${extra}"`);
  const root = parseRoot(options);
  const device = requireDevice(parseAddress(operand), root, false);
  try {
    print([systemWords(`unbind ${device.address}`, () => unbind(device, root))]);
  } catch (error) {
    if (!(error instanceof BindingError)) throw error;
    printError(`airlock: ${error.message}`);
    return EXIT.failed;
  }
  return EXIT.fine;
}

export const command: CommandSpec = {
  name: 'unbind',
  summary: 'give a device back from VFIO to the host',
  operands: 'BDF',
  options: [ROOT_OPTION],
  notes: [
    'Clears driver_override and lets the kernel find the driver that knows the device, as at boot; nothing is kept in between.',
    'Refused while a process holds the device or its group. A failure midway leaves everything as it was.',
    'Exit code: 0, 1 where it is refused or fails, 2 for usage or where the device is not there.',
  ],
  examples: [['sudo airlock unbind 3b:00.0', 'one device']],
  run,
};
