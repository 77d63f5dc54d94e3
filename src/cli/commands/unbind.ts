/** `airlock unbind`: takes a device from VFIO and gives it back to the host's own driver. */
import { BindingError } from '../../linux/binding/index.ts';
import { returnDevice } from '../change-driver.ts';
import { type CommandSpec, EXIT, type Options, UsageError } from '../command.ts';
import { parseAddress, requireDevice, systemWords } from '../host-tree.ts';
import { print, printError } from '../output.ts';
import { parseRoot, ROOT_OPTION } from '../root-option.ts';

async function run(operands: readonly string[], options: Options): Promise<number> {
  const [operand, extra] = operands;
  if (operand === undefined)
    throw new UsageError('airlock unbind needs a device: an address such as 0000:3b:00.1; see airlock unbind --help');
  if (extra !== undefined) throw new UsageError(`airlock unbind takes one device, not also "${extra}"`);
  const root = parseRoot(options);
  const device = requireDevice(parseAddress(operand, root), root, false);
  try {
    print([systemWords(`unbind ${device.address}`, () => returnDevice(device, root))]);
  } catch (error) {
    if (!(error instanceof BindingError)) throw error;
    printError(`airlock: ${error.message}`.split('\n'));
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
    'Clears driver_override and lets the kernel find the driver for the device, as at boot; the earlier driver is not remembered.',
    'unbind refuses while a process holds the device or its group. A failure midway leaves everything as it was.',
    'Exit code: 0, 1 where it is refused or fails, 2 for usage or where the device is not there.',
  ],
  examples: [['sudo airlock unbind 3b:00.0', 'one device']],
  run,
};
