/**
 * Runs in the host VM: `device-holder ADDRESS BACKEND FOLDER` opens a device as Airlock does, makes the file `open` in FOLDER, waits
 * until there is a file `go`, and prints what the calls said before and after, and whether a descriptor is left.
 */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { readDevice } from '../../../src/linux/sysfs/index.ts';
import { type IommuBackend, type VfioDevice, withOpenDevice } from '../../../src/linux/vfio/index.ts';
import { Bdf } from '../../../src/pure/pci/bdf.ts';

/** What each call gave, or its error's name and message. */
export interface Told {
  readonly id: string;
  readonly bar: string;
  readonly write: string;
  readonly report: string;
  readonly reset: string;
}

export interface HolderReport {
  readonly before: Told;
  readonly after: Told;
  /** Descriptors that are open at the end and were not at the start. */
  readonly left: number;
  /** What opening it again said. */
  readonly again: string;
}

const [, , address = '', backend = '', folder = ''] = process.argv;

function say(call: () => unknown): string {
  try {
    return String(call());
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  }
}

function tell(opened: VfioDevice): Told {
  return {
    id: say(() => opened.readConfig().read(0, 4)?.toString(16)),
    bar: say(() => opened.readRegion(0, 0, 4)),
    write: say(() => opened.writeConfig(4, Uint8Array.of(2, 0))),
    report: say(() => opened.hostIommuDevice().atsSupport()),
    reset: say(() => opened.reset()),
  };
}

/** Blocks, as the calls do. */
function waitFor(path: string): void {
  const lock = new Int32Array(new SharedArrayBuffer(4));
  while (!existsSync(path)) Atomics.wait(lock, 0, 0, 50);
}

const descriptors = () => readdirSync('/proc/self/fd').length;

const device = readDevice(Bdf.parse(address));
if (device === null) throw new Error(`There is no ${address}`);
const open = <T>(use: (opened: VfioDevice) => T): T =>
  withOpenDevice(device, backend === 'legacy' ? 'legacy' : ('iommufd' satisfies IommuBackend), use);
// The first call loads koffi, which keeps files of its own open.
open(() => {});
const start = descriptors();
const told = open(opened => {
  const before = tell(opened);
  writeFileSync(`${folder}/open`, '');
  waitFor(`${folder}/go`);
  return { before, after: tell(opened) };
});
const report: HolderReport = { ...told, left: descriptors() - start, again: say(() => open(() => {})) };
process.stdout.write(`${JSON.stringify(report)}\n`);
