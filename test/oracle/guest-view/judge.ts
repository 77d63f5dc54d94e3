/** Lets QEMU judge many devices: as many in one QEMU as it takes, those that end it alone, several QEMUs at a time. */
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Realized } from '../../../src/pure/guest-view/guest-view.ts';
import { CONVENTIONAL_SIZE } from '../../../src/pure/pci/config-space.ts';
import { buildModule } from '../../transport/build-module.ts';
import { DeviceServer } from './device-server.ts';
import { fatalKinds } from './fatal-inputs.ts';
import { type GuestDevice, type GuestEnd, type GuestPlacement, MOST_DEVICES, QemuGuest } from './qemu-guest.ts';
import { GuestGone, type WriteProbe } from './qtest.ts';
import { GuestHung } from './step-limit.ts';

export interface Case {
  readonly name: string;
  readonly device: GuestDevice;
  readonly placement: GuestPlacement;
  /** What we say of it. */
  readonly realized: Realized;
  /** Whether writes are tried too. */
  readonly probes: boolean;
}

export interface Judgement {
  readonly end: GuestEnd;
  /** The step in which a QEMU that was up hung; null otherwise. */
  readonly during: string | null;
  /** What QEMU said of this device. */
  readonly words: readonly string[];
  /** All 4096 bytes; null where QEMU did not come up. */
  readonly guest: Uint8Array | null;
  readonly probe: WriteProbe | null;
}

/** Whether QEMU will come up, as far as we know: such devices share one. */
function isHarmless({ device, realized }: Case): boolean {
  return realized.outcome === 'realized' && fatalKinds(device).length === 0;
}

/** What QEMU said of device `index`, or null where it said something of which that cannot be told. */
function wordsOf(words: readonly string[], index: number): string[] | null {
  const own: string[] = [];
  for (const line of words) {
    const [, prefix, of, rest] = /^(.*?)vfio vfio-user:(\d+): (.*)$/s.exec(line) ?? [];
    if (of === undefined) return null;
    if (Number(of) === index) own.push(prefix + rest);
  }
  return own;
}

async function judgeOne(
  guest: QemuGuest,
  index: number,
  started: readonly string[],
  { device, placement, probes }: Case,
): Promise<Judgement> {
  const words = wordsOf(started, index) ?? started;
  const bytes = await guest.readFunction(index);
  const size = placement === 'conventional-bridge' ? CONVENTIONAL_SIZE : device.bytes.length;
  const probe = probes ? await guest.probeWrites(index, size) : null;
  return { end: 'up', during: null, words, guest: bytes, probe };
}

async function judgeAll(guest: QemuGuest, cases: readonly Case[]): Promise<Judgement[]> {
  await guest.numberBuses();
  // What it says later is about what a guest's writes do.
  const started = guest.words;
  const judgements: Judgement[] = [];
  for (const [index, one] of cases.entries()) judgements.push(await judgeOne(guest, index, started, one));
  return judgements;
}

/** A QEMU with the devices of the cases, which are served as long as it is there. */
async function startGuest(cases: readonly Case[], server: DeviceServer): Promise<QemuGuest> {
  const folder = mkdtempSync(join(tmpdir(), 'airlock-served-'));
  const configs = cases.map(({ device: { bytes, barSizes } }, index) => ({ socketPath: join(folder, String(index)), bytes, barSizes }));
  await server.serve(configs);
  const sockets = configs.map(({ socketPath }) => socketPath);
  return QemuGuest.start(sockets, cases[0].placement, async () => {
    await server.stop();
    rmSync(folder, { recursive: true });
  });
}

/** Judges cases of one placement in one QEMU; null where it does not stay up with all of them, or says what cannot be told apart. */
async function judgeTogether(cases: readonly Case[], server: DeviceServer): Promise<Judgement[] | null> {
  const guest = await startGuest(cases, server);
  const failed = (end: GuestEnd, during: string | null = null): Judgement[] | null =>
    cases.length > 1 ? null : [{ end, during, words: wordsOf(guest.words, 0) ?? guest.words, guest: null, probe: null }];
  try {
    if (guest.end !== 'up') return failed(guest.end);
    if (cases.length > 1 && wordsOf(guest.words, 0) === null) return null;
    return await judgeAll(guest, cases);
  } catch (error) {
    // It may come up with its memory spoilt and die at the first access, or go round in a list that only an access follows.
    if (error instanceof GuestHung) return failed('hung', error.step);
    if (error instanceof GuestGone) return failed(await guest.ended);
    throw error;
  } finally {
    await guest.stop();
  }
}

/** QEMUs to start: groups of harmless devices, then each of the others alone. */
function groups(cases: readonly Case[]): Case[][] {
  const open = new Map<string, Case[]>();
  const all: Case[][] = [];
  for (const one of cases) {
    if (!isHarmless(one)) {
      all.push([one]);
      continue;
    }
    const group = open.get(one.placement);
    if (group !== undefined && group.length < MOST_DEVICES) group.push(one);
    else {
      const fresh = [one];
      open.set(one.placement, fresh);
      all.push(fresh);
    }
  }
  return all.sort((a, b) => b.length - a.length);
}

/** Judges every case; the answers in the order of the cases. */
export async function judge(cases: readonly Case[]): Promise<ReadonlyMap<Case, Judgement>> {
  const judgements = new Map<Case, Judgement>();
  const module = await buildModule(new URL('./device-thread.ts', import.meta.url));
  const waiting = groups(cases);
  async function work(): Promise<void> {
    const server = new DeviceServer(module);
    for (let group = waiting.shift(); group !== undefined; group = waiting.shift()) {
      const answers = await judgeTogether(group, server);
      if (answers === null) waiting.push(...group.map(one => [one]));
      else for (const [index, one] of group.entries()) judgements.set(one, answers[index]);
    }
    await server.close();
  }
  // A QEMU waits for its device's answer, and the device for QEMU's next question: more of them than processors keep those busy.
  await Promise.all(Array.from({ length: 2 * availableParallelism() }, work));
  rmSync(module, { force: true });
  return judgements;
}
