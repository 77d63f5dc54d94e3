/** A QEMU without a guest's software, whose devices are served config spaces: its config cycles, its words, and how it ended. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Placement } from '../../../src/pure/rules/realize-input.ts';
import { within } from '../../fixtures/deadline.ts';
import { oracleQemu } from '../../vm/qemu-command.ts';
import { oracleRoot, skipWithoutOracle } from '../oracle-root.ts';
import { type GuestAddress, GuestGone, Qtest, type WriteProbe } from './qtest.ts';
import { GuestHung, type StepLimit, withinLimit } from './step-limit.ts';

/** The reason why QEMU cannot run here, or false. */
export const skipWithoutQemu = skipWithoutOracle;

export interface GuestDevice {
  /** 256 or 4096. */
  readonly bytes: Uint8Array;
  readonly barSizes: readonly number[];
}

/** Devices that one QEMU can hold: the slots of pcie.0 without the host bridge's and the ISA bridge's. */
export const MOST_DEVICES = 30;

export type GuestPlacement = Exclude<Placement, 'conventional'>;

interface Place {
  readonly arguments: readonly string[];
  readonly options: Readonly<Record<string, string>>;
  readonly bridge: { readonly at: GuestAddress; readonly bus: number } | null;
  readonly at: GuestAddress;
}

const slot = (index: number) => (index + 1).toString(16);

/** What stands before device `index` and where it is plugged. */
const PLACES: Record<GuestPlacement, (index: number) => Place> = {
  'root-port': index => ({
    arguments: ['-device', `pcie-root-port,id=p${index},bus=pcie.0,addr=${slot(index)},chassis=${index + 1},slot=${index + 1}`],
    options: { bus: `p${index}` },
    bridge: { at: { bus: 0, device: index + 1, fn: 0 }, bus: index + 1 },
    at: { bus: index + 1, device: 0, fn: 0 },
  }),
  'root-complex': index => ({
    arguments: [],
    options: { bus: 'pcie.0', addr: slot(index) },
    bridge: null,
    at: { bus: 0, device: index + 1, fn: 0 },
  }),
  'conventional-bridge': index => ({
    arguments: index === 0 ? ['-device', 'pci-bridge,id=br,bus=pcie.0,addr=1,chassis_nr=1'] : [],
    options: { bus: 'br', addr: slot(index) },
    bridge: index === 0 ? { at: { bus: 0, device: 1, fn: 0 }, bus: 1 } : null,
    at: { bus: 1, device: index + 1, fn: 0 },
  }),
};

const MACHINE = [
  ...['-accel', 'qtest', '-qtest-log', '/dev/null', '-nodefaults', '-no-user-config', '-display', 'none', '-m', '128M'],
  ...['-object', 'memory-backend-memfd,id=m,size=128M,share=on', '-M', 'q35,memory-backend=m,smm=off'],
];

/** `up`: every device was realized. `exited`: with words. `died`: by a signal. `hung`: it came to no end, and was ended. */
export type GuestEnd = 'up' | 'exited' | 'died' | 'hung';

/** One with 30 devices uses less than half a second to come up, and a few hundredths for a function that is read. */
const STARTING: StepLimit = { step: 'starts', processorSeconds: 2 };
const NUMBERING: StepLimit = { step: 'has its buses numbered', processorSeconds: 2 };
const READING: StepLimit = { step: 'is read', processorSeconds: 2 };
/** Every write to a base address may have all of the guest's memory mapped anew. */
const PROBING: StepLimit = { step: 'is written to', processorSeconds: 30 };
/** Seconds until a process that was killed is gone. */
const GONE_SECONDS = 60;

interface Resources {
  readonly folder: string;
  readonly child: ChildProcess;
  readonly ended: Promise<GuestEnd>;
  readonly stopServing: () => Promise<void>;
}

export class QemuGuest {
  readonly end: GuestEnd;
  readonly #qtest: Qtest;
  readonly #places: readonly Place[];
  readonly #resources: Resources;
  readonly #lines: () => string;

  private constructor(end: GuestEnd, qtest: Qtest, places: readonly Place[], resources: Resources, lines: () => string) {
    this.end = end;
    this.#qtest = qtest;
    this.#places = places;
    this.#resources = resources;
    this.#lines = lines;
  }

  /** `sockets` are those of servers that listen, one for each device, in one folder; `stopServing` is run when QEMU is gone. */
  static async start(
    sockets: readonly string[],
    placement: GuestPlacement,
    stopServing: () => Promise<void> = async () => {},
  ): Promise<QemuGuest> {
    const folder = mkdtempSync(join(tmpdir(), 'airlock-guest-'));
    const qtest = new Qtest(join(folder, 'qtest'));
    const places = sockets.map((_, index) => PLACES[placement](index));
    const deviceArguments = places.flatMap(({ arguments: before, options }, index) => [
      ...before,
      '-device',
      JSON.stringify({ driver: 'vfio-user-pci', socket: { type: 'unix', path: sockets[index] }, ...options }),
    ]);
    const { file, argv, env } = oracleQemu(oracleRoot);
    const child = spawn(file, [...argv, ...MACHINE, '-qtest', `unix:${join(folder, 'qtest')}`, ...deviceArguments], {
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let text = '';
    child.stderr?.setEncoding('utf8').on('data', piece => {
      text += piece;
    });
    const ended = new Promise<GuestEnd>(resolve => {
      child.once('close', (_code, signal) => resolve(signal === null ? 'exited' : 'died'));
    });
    void ended.then(() => qtest.fail(new GuestGone('QEMU ended')));
    const end = await whichFirst(qtest, ended, child);
    // A device is called by its socket, of which the last part of the path says which it is.
    const prefix = `${dirname(sockets[0])}/`;
    return new QemuGuest(end, qtest, places, { folder, child, ended, stopServing }, () => text.replaceAll(prefix, ''));
  }

  /** Lets config cycles pass to the buses behind bridges. As all steps: GuestGone where QEMU ends meanwhile, GuestHung where it hangs. */
  async numberBuses(): Promise<void> {
    for (const { bridge } of this.#places) {
      if (bridge !== null) await this.#within(NUMBERING, this.#qtest.numberBus(bridge.at, bridge.bus));
    }
  }

  /** All 4096 bytes of device `index`. */
  readFunction(index: number): Promise<Uint8Array> {
    return this.#within(READING, this.#qtest.readFunction(this.#places[index].at));
  }

  /** All 4096 bytes of the bridge above device `index`. */
  readPort(index: number): Promise<Uint8Array> {
    const { bridge } = this.#places[index];
    if (bridge === null) throw new RangeError(`device ${index} stands below no bridge`);
    return this.#within(READING, this.#qtest.readFunction(bridge.at));
  }

  /** What becomes of ones and of zeros in the first `size` bytes of device `index`. */
  probeWrites(index: number, size: number): Promise<WriteProbe> {
    return this.#within(PROBING, this.#qtest.probeWrites(this.#places[index].at, size));
  }

  #within<T>(limit: StepLimit, work: Promise<T>): Promise<T> {
    return withinLimit(this.#resources.child, limit, work);
  }

  /** How QEMU ended, once it has. */
  get ended(): Promise<GuestEnd> {
    return this.#resources.ended;
  }

  /** What QEMU said so far, a line each: without its own name and the options that it repeats. */
  get words(): string[] {
    return this.#lines()
      .split('\n')
      .filter(line => line !== '')
      .map(line => line.replace(/^.*?qemu-system-x86_64: (?:-device \{.*?\}: )?/, ''));
  }

  async stop(): Promise<void> {
    const { child, stopServing, folder } = this.#resources;
    const closed = child.exitCode === null && child.signalCode === null ? new Promise(resolve => child.once('close', resolve)) : null;
    child.kill('SIGKILL');
    if (closed !== null) await within(GONE_SECONDS, 'a killed QEMU is gone', closed);
    this.#qtest.close();
    await stopServing();
    rmSync(folder, { recursive: true });
  }
}

/** What QEMU comes up to: a device that it refuses ends it, one whose list leads back hangs it. */
async function whichFirst(qtest: Qtest, ended: Promise<GuestEnd>, child: ChildProcess): Promise<GuestEnd> {
  const up = qtest.connected
    .then(() => qtest.openConfigSpace())
    .then(
      () => 'up' as const,
      () => ended,
    );
  try {
    return await withinLimit(child, STARTING, Promise.race([up, ended]));
  } catch (error) {
    if (error instanceof GuestHung) return 'hung';
    throw error;
  }
}
