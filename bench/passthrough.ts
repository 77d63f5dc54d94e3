/**
 * What guests under KVM get of an NVMe disk of the host VM, by QEMU's own vfio-pci and through Airlock: I/Os and interrupts a second, and
 * what each I/O costs. Three guests run at once and read in turn, one at a time: two by vfio-pci, whose difference is what the bed cannot
 * tell, and one through Airlock. The disks keep nothing; all guests have a memfd for memory.
 * In the environment: `ROUNDS` (12), `SECONDS` for each measurement (2), `HUGE=1` for memory of 2 MiB pages, `HPET=1` for guests with an
 * HPET. Needs the host VM (test/vm/install), whose processor TCG emulates: ratios say something, and numbers only beside each other.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { guestDisk } from '../test/passthrough/guest-disk.ts';
import { type InnerDevice, innerGuest } from '../test/passthrough/inner-guest.ts';
import { kvmHost } from '../test/passthrough/kvm-host.ts';
import { messagesOf, serveHost } from '../test/passthrough/served-host.ts';
import { nullDisk } from '../test/vm/devices.ts';
import type { HostVm } from '../test/vm/host-vm.ts';
import { packedAirlock } from '../test/vm/packed-airlock.ts';
import { bindToVfio } from '../test/vm/vfio.ts';
import { median } from './measure.ts';
import {
  DISK,
  type Guest,
  keepTogether,
  type Measured,
  mapped,
  measure,
  processorSeconds,
  startSeconds,
  translated,
  type Words,
} from './passthrough-guest.ts';

const rounds = Number(process.env.ROUNDS ?? 12);
const seconds = Number(process.env.SECONDS ?? 2);
const hasHugePages = process.env.HUGE === '1';

const KINDS = ['vfio-pci', 'vfio-pci again', 'airlock'] as const;
type Kind = (typeof KINDS)[number];

interface Work {
  readonly name: string;
  /** A first guess at I/Os a second. */
  readonly rate: number;
  /** The words of `count` I/Os. */
  readonly words: Words;
}

const WORKS: readonly Work[] = [
  { name: '4 KiB reads, one at a time', rate: 300, words: (disk, count) => `inner-tools blocks ${disk} ${count} 4096 read 1` },
  { name: '4 KiB reads, 32 at a time', rate: 3000, words: (disk, count) => `inner-tools queue ${disk} ${count} 4096 32` },
  { name: '128 KiB reads, 32 at a time', rate: 1000, words: (disk, count) => `inner-tools queue ${disk} ${count} 131072 32` },
];

async function boot(vm: HostVm, device: InnerDevice, address: string): Promise<Guest> {
  const guest = await innerGuest(vm, { devices: { [DISK]: device }, hasHugePages, hasHpet: process.env.HPET === '1' });
  return { vm, guest, address, disk: await guestDisk(guest, DISK) };
}

/** Each kind once, in an order that changes from round to round. */
const turns = (round: number): Kind[] => KINDS.map((_, i) => KINDS[(i + round) % KINDS.length] ?? 'airlock');

function report(name: string, all: Readonly<Record<Kind, readonly Measured[]>>): void {
  const [first, again, served] = KINDS.map(kind => all[kind]);
  const ratio = (of: readonly Measured[] = [], to: readonly Measured[] = []): string => {
    const each = of.map(({ iosPerSecond }, i) => iosPerSecond / (to[i]?.iosPerSecond ?? Number.NaN)).sort((a, b) => a - b);
    const [low, high] = [each[each.length >> 2] ?? Number.NaN, each[(3 * each.length) >> 2] ?? Number.NaN];
    return `${median(each).toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})`;
  };
  for (const kind of KINDS) {
    const of = (what: (measured: Measured) => number): string => {
      const value = median(all[kind].map(what));
      return value.toFixed(value < 100 ? 2 : 0);
    };
    const counters = Object.keys(all[kind][0]?.perIo ?? {}) as (keyof Measured['perIo'])[];
    const perIo = counters.map(counter => `${counter} ${of(({ perIo }) => perIo[counter])}`).join(', ');
    const rates = `${of(({ iosPerSecond }) => iosPerSecond)} I/Os, ${of(({ interruptsPerSecond }) => interruptsPerSecond)} interrupts a second`;
    process.stdout.write(`${name}, ${kind}: ${rates}; for each I/O ${perIo}; wakeups of QEMU ${of(({ wakeups }) => wakeups)}\n`);
  }
  process.stdout.write(`${name}: airlock of vfio-pci ${ratio(served, first)}, vfio-pci again of vfio-pci ${ratio(again, first)}\n`);
}

const folder = mkdtempSync(join(tmpdir(), 'airlock-bench-'));
try {
  const log = join(folder, 'trace');
  const names = KINDS.map((_, i) => `disk${i}`);
  const qemuArguments = ['-D', log];
  await using vm = await kvmHost({ iommu: 'intel', devices: names.map(nullDisk), package: packedAirlock(), memory: '2G', qemuArguments });
  if (hasHugePages) await vm.output('echo 300 >/proc/sys/vm/nr_hugepages && grep -x "HugePages_Free: *300" /proc/meminfo');
  const [first = '', again = '', third = ''] = await Promise.all(names.map(name => vm.address(name)));
  for (const address of [first, again, third]) await bindToVfio(vm, address);
  const serving = await serveHost(vm, [third], []);
  const properties = { 'x-msg-timeout': 120_000 };
  const guests: Record<Kind, Guest> = {
    airlock: await boot(vm, { kind: 'vfio-user', socket: serving.socket(third), properties }, third),
    'vfio-pci': await boot(vm, { kind: 'vfio-pci', address: first, backend: 'iommufd' }, first),
    'vfio-pci again': await boot(vm, { kind: 'vfio-pci', address: again, backend: 'iommufd' }, again),
  };
  for (const kind of KINDS) await keepTogether(guests[kind]);
  const messages = async (): Promise<number> =>
    Object.values(messagesOf(await serving.ctl('counters', third))).reduce((sum, count) => sum + count, 0);
  const before = { messages: await messages(), used: await processorSeconds(vm, serving.pid) };
  for (const { name, words, rate } of WORKS) {
    const all: Record<Kind, Measured[]> = { 'vfio-pci': [], 'vfio-pci again': [], airlock: [] };
    // The first round finds how many I/Os take the time that is wanted.
    let count = rate;
    const starts: Record<Kind, number> = { 'vfio-pci': 0, 'vfio-pci again': 0, airlock: 0 };
    for (const kind of KINDS) starts[kind] = await startSeconds(guests[kind], words);
    for (let round = 0; round <= rounds; round++) {
      for (const kind of turns(round)) {
        const measured = await measure(guests[kind], words, count, starts[kind]);
        if (round > 0) all[kind].push(measured);
        else if (kind === 'vfio-pci') count = Math.ceil(measured.iosPerSecond * seconds);
      }
    }
    report(name, all);
  }
  const used = (await processorSeconds(vm, serving.pid)) - before.used;
  process.stdout.write(`airlock meanwhile: ${(await messages()) - before.messages} messages, ${used.toFixed(2)} s of processors\n`);
  for (const kind of KINDS) {
    const pages = await translated(guests[kind], log, WORKS[2]?.words(guests[kind].disk, 200) ?? '');
    process.stdout.write(
      `${kind}: pages of the guest's memory ${await mapped(guests[kind])}; of the IOMMU, for 200 reads of 128 KiB: ${pages}\n`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
