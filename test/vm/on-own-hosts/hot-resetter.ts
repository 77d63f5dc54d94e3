/**
 * Runs in the host VM: `hot-resetter TRIALS` takes a JSON list of devices to reset as `airlock serve` does, each by a backend, perhaps
 * while another device is open, and prints what became of each as JSON.
 */
import { borrowFunction, HostFunction } from '../../../src/linux/passthrough/index.ts';
import { readDevice } from '../../../src/linux/sysfs/index.ts';
import type { IommuBackend } from '../../../src/linux/vfio/index.ts';
import { Bdf } from '../../../src/pure/pci/bdf.ts';

export interface Trial {
  readonly address: string;
  readonly backend: IommuBackend;
  /** A device that is open meanwhile. */
  readonly other?: string;
}

export interface Outcome {
  readonly kind: string | null;
  readonly canReset: boolean;
  /** A register of the device that a reset clears, as it was written and after the reset. */
  readonly written: number;
  readonly left: number;
  /** The refusal's words; null where there was none. */
  readonly refusal: string | null;
  /** What the service would tell when the client goes. */
  readonly told: readonly string[];
}

const [CONFIG, BAR0] = [7, 0];
const COMMAND = 4;
/** The first entry of the VLAN filter table of Intel's network cards, which both QEMU's e1000e and its igb have. */
const FILTER = 0x5600;

function open(address: string, backend: IommuBackend): HostFunction {
  const device = readDevice(Bdf.parse(address));
  if (device === null) throw new Error(`There is no ${address}`);
  return HostFunction.open(device, backend);
}

function attempt(call: () => void): string | null {
  try {
    call();
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function run({ address, backend, other }: Trial): Outcome {
  using _other = other === undefined ? null : open(other, backend);
  using device = open(address, backend);
  const told: string[] = [];
  const client = borrowFunction(device.lent, line => told.push(line));
  const readFilter = (): number => {
    const bytes = new Uint8Array(4);
    client.writeRegion(CONFIG, COMMAND, Uint8Array.of(2, 0));
    client.readRegion(BAR0, FILTER, bytes);
    return new DataView(bytes.buffer).getUint32(0, true);
  };
  client.writeRegion(CONFIG, COMMAND, Uint8Array.of(2, 0));
  client.writeRegion(BAR0, FILTER, Uint8Array.of(1, 2, 3, 4));
  const written = readFilter();
  const refusal = attempt(() => client.reset());
  const outcome = { kind: device.device.resetKind, canReset: client.canReset, written, left: readFilter(), refusal };
  client.detach();
  client.close();
  return { ...outcome, told };
}

const trials = JSON.parse(process.argv[2] ?? '') as readonly Trial[];
process.stdout.write(`${JSON.stringify(trials.map(run))}\n`);
