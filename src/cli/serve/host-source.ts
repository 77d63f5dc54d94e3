/** Opens a device of this machine to be served; with --bind, binds it first and gives it back at the end. */
import { BindingError } from '../../linux/binding/index.ts';
import { Descriptor } from '../../linux/ffi/index.ts';
import { HostFunction } from '../../linux/passthrough/index.ts';
import { DeviceClosedError, type GivenFiles, type ResetKind } from '../../linux/vfio/index.ts';
import { type DeviceFacts, isVfioDriver } from '../../pure/facts/index.ts';
import type { Bdf } from '../../pure/pci/bdf.ts';
import type { ServedHost } from '../../service/device-service.ts';
import { bindDevices, returnDevice } from '../change-driver.ts';
import { type Options, UsageError } from '../command.ts';
import { liveInput, readHostDevice } from '../live.ts';
import { printError } from '../output.ts';

const ROOT = '/';

/** Checks a descriptor that this process was started with. Throws UsageError. */
function givenFile(options: Options, name: string): Descriptor | undefined {
  const text = options.value(name);
  if (text === undefined) return undefined;
  if (!/^\d{1,7}$/.test(text) || Number(text) < 3) {
    throw new UsageError(`--${name} does not take "${text}": wanted the number of a descriptor that airlock is started with, from 3 on`);
  }
  return new Descriptor(Number(text), `descriptor ${text} (--${name})`);
}

/** Throws UsageError where they do not fit together. */
export function givenFiles(options: Options): GivenFiles {
  const given = { device: givenFile(options, 'device-fd'), iommu: givenFile(options, 'iommu-fd') };
  if ((given.device ?? given.iommu) !== undefined && options.value('backend') === 'legacy') {
    throw new UsageError('--device-fd and --iommu-fd are for --backend iommufd: a legacy container takes none');
  }
  if (given.device !== undefined && given.device.number === given.iommu?.number) {
    throw new UsageError('--device-fd and --iommu-fd are one descriptor: wanted that of the device and that of /dev/iommu');
  }
  return given;
}

/** Binds the device where the host still has it; returns what gives it back. Throws UsageError. */
function bindForNow(address: Bdf): () => void {
  const device = readHostDevice(address, ROOT, false);
  if (device.driver !== null && isVfioDriver(device.driver)) return () => undefined;
  try {
    bindDevices([device], null, ROOT);
  } catch (error) {
    if (error instanceof BindingError) throw new UsageError(`Cannot bind ${address}: ${error.message}`);
    throw error;
  }
  return () => {
    try {
      printError(`airlock: ${returnDevice(readHostDevice(address, ROOT, false), ROOT)}`);
    } catch (error) {
      printError(`airlock: ${address} is not given back: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
}

function open(address: Bdf, options: Options, given: GivenFiles): HostFunction {
  const backend = options.value('backend') === 'legacy' ? 'legacy' : 'iommufd';
  try {
    return HostFunction.open(readHostDevice(address, ROOT, false), backend, given);
  } catch (error) {
    throw error instanceof DeviceClosedError ? new UsageError(error.message) : error;
  }
}

/** Tells of a device that is not reset by itself between two clients. */
function tellReset(address: Bdf, kind: ResetKind): void {
  if (kind === 'shared') {
    printError(`airlock: note: ${address} is reset together with all functions of its bus, and only while nobody has one of those`);
  } else if (kind === null) {
    printError(`airlock: warning: the kernel knows no way to reset ${address}: what one client leaves in it the next one finds`);
  }
}

/** Opens a device of this machine, which resets it. Throws UsageError where it cannot be served. */
export function openHostSource(
  address: Bdf,
  options: Options,
  given: GivenFiles,
): { readonly device: DeviceFacts; readonly host: ServedHost } {
  const giveBack = options.flag('bind') ? bindForNow(address) : () => undefined;
  let opened: HostFunction | null = null;
  const close = (): void => {
    opened?.close();
    giveBack();
  };
  try {
    opened = open(address, options, given);
    const { device } = opened;
    const { backend } = device;
    tellReset(address, device.resetKind);
    // The hardware's bytes are read while the device is open, so that they match vfio's.
    const vfio = { backend, vfio: device.readConfig(), hostIommu: device.hostIommuDevice() };
    const input = liveInput({ host: readHostDevice(address, ROOT), opened: vfio, notAsked: null }, ROOT);
    return { device: input, host: { function: opened, close } };
  } catch (error) {
    close();
    throw error;
  }
}
