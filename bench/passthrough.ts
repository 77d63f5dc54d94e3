/**
 * What a guest under KVM gets of one NVMe disk of the host VM, by QEMU's own vfio-pci and through Airlock: I/Os and interrupts a second,
 * and how often its processor leaves it for each. The disk keeps nothing; all guests have a memfd for memory. Guests are booted in turn.
 * In the environment: `BOOTS` of each kind (3), `SECONDS` for each measurement (8). Needs the host VM (test/vm/install), whose processor
 * TCG emulates: ratios say something, and numbers only beside each other.
 */
import { guestDisk } from '../test/passthrough/guest-disk.ts';
import { type InnerDevice, type InnerGuest, innerGuest } from '../test/passthrough/inner-guest.ts';
import { kvmHost } from '../test/passthrough/kvm-host.ts';
import { type KvmCounters, kvmCounters, messagesOf, serveHost } from '../test/passthrough/served-host.ts';
import { nullDisk } from '../test/vm/devices.ts';
import type { HostVm } from '../test/vm/host-vm.ts';
import { packedAirlock } from '../test/vm/packed-airlock.ts';
import { bindToVfio } from '../test/vm/vfio.ts';
import { median } from './measure.ts';

const boots = Number(process.env.BOOTS ?? 3);
const wanted = Number(process.env.SECONDS ?? 8);
const timeoutSeconds = 600;
const DISK = 'disk';

const KINDS = ['vfio-pci', 'airlock'] as const;
type Kind = (typeof KINDS)[number];

interface Work {
  readonly name: string;
  /** A first guess at I/Os a second. */
  readonly rate: number;
  /** The words of `count` I/Os. */
  readonly words: (disk: string, count: number) => string;
}

const WORKS: readonly Work[] = [
  { name: '4 KiB reads, one at a time', rate: 500, words: (disk, count) => `inner-tools blocks ${disk} ${count} 4096 read 1` },
  { name: '4 KiB reads, 32 at a time', rate: 1500, words: (disk, count) => `inner-tools queue ${disk} ${count} 4096 32` },
  { name: '128 KiB reads, 32 at a time', rate: 500, words: (disk, count) => `inner-tools queue ${disk} ${count} 131072 32` },
];

interface Measured {
  readonly iosPerSecond: number;
  readonly interruptsPerSecond: number;
  /** For each I/O, by the counter of KVM. */
  readonly perIo: Readonly<Record<keyof KvmCounters, number>>;
}

interface Bed {
  readonly vm: HostVm;
  readonly guest: InnerGuest;
  readonly disk: string;
}

async function seconds({ guest }: Bed, line: string): Promise<number> {
  const run = await guest.run(line, { timeoutSeconds });
  if (run.code !== 0) throw new Error(`${line} ends with ${run.code}: ${run.stderr}`);
  return run.seconds;
}

/** What a run costs beside its I/Os goes out with the difference of two. */
async function measure(bed: Bed, { words, rate }: Work): Promise<Measured> {
  const few = 64;
  const start = await seconds(bed, words(bed.disk, few));
  const first = Math.ceil(rate);
  const tried = (await seconds(bed, words(bed.disk, few + first))) - start;
  const count = Math.max(few, Math.ceil((first / Math.max(tried, 0.01)) * wanted));
  const empty = await seconds(bed, words(bed.disk, few));
  const before = await kvmCounters(bed.vm, bed.guest.pid);
  const interrupts = await bed.guest.interrupts(DISK);
  const took = (await seconds(bed, words(bed.disk, few + count))) - empty;
  const came = (await bed.guest.interrupts(DISK)) - interrupts;
  const after = await kvmCounters(bed.vm, bed.guest.pid);
  const perIo = Object.fromEntries(
    Object.entries(after).map(([name, value]) => [name, (value - before[name as keyof KvmCounters]) / count]),
  );
  return { iosPerSecond: count / took, interruptsPerSecond: came / took, perIo: perIo as Measured['perIo'] };
}

/** Seconds of processors that a process of the VM has used. */
async function processorSeconds(vm: HostVm, pid: number): Promise<number> {
  const fields = (await vm.output(['cat', `/proc/${pid}/stat`])).replace(/^.*\) /, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Boots a guest with the disk and measures each work. */
async function measureGuest(vm: HostVm, device: InnerDevice): Promise<Measured[]> {
  await using guest = await innerGuest(vm, { devices: { [DISK]: device } });
  const disk = await guestDisk(guest, DISK);
  const measured: Measured[] = [];
  for (const work of WORKS) measured.push(await measure({ vm, guest, disk }, work));
  return measured;
}

async function measureKind(vm: HostVm, kind: Kind, address: string): Promise<Measured[]> {
  if (kind === 'vfio-pci') return measureGuest(vm, { kind, address, backend: 'iommufd' });
  const serving = await serveHost(vm, [address], []);
  const measured = await measureGuest(vm, { kind: 'vfio-user', socket: serving.socket(address), properties: { 'x-msg-timeout': 120_000 } });
  const messages = messagesOf(await serving.ctl('counters', address));
  const total = Object.values(messages).reduce((sum, count) => sum + count, 0);
  const used = await processorSeconds(vm, serving.pid);
  process.stdout.write(`airlock: ${total} messages and ${used} s of processors in all\n`);
  await serving.stop();
  return measured;
}

const line = ({ iosPerSecond, interruptsPerSecond, perIo }: Measured): string =>
  `${iosPerSecond.toFixed(0)} I/Os, ${interruptsPerSecond.toFixed(0)} interrupts a second; for each I/O ${Object.entries(perIo)
    .map(([name, value]) => `${name} ${value.toFixed(2)}`)
    .join(', ')}`;

await using vm = await kvmHost({ iommu: 'intel', devices: [nullDisk(DISK)], package: packedAirlock(), memory: '2G' });
const address = await vm.address(DISK);
await bindToVfio(vm, address);
const all: Record<Kind, Measured[][]> = { 'vfio-pci': [], airlock: [] };
for (let boot = 0; boot < boots; boot++) {
  for (const kind of boot % 2 === 0 ? KINDS : KINDS.toReversed()) {
    const measured = await measureKind(vm, kind, address);
    all[kind].push(measured);
    for (const [i, work] of WORKS.entries()) process.stdout.write(`${kind}, ${work.name}: ${measured[i] && line(measured[i])}\n`);
  }
}
for (const [i, { name }] of WORKS.entries()) {
  for (const what of ['iosPerSecond', 'interruptsPerSecond'] as const) {
    const [own = 0, served = 0] = KINDS.map(kind => median(all[kind].map(measured => measured[i]?.[what] ?? Number.NaN)));
    const words = what === 'iosPerSecond' ? 'I/Os' : 'interrupts';
    process.stdout.write(
      `${name}: ${words} a second, vfio-pci ${own.toFixed(0)}, airlock ${served.toFixed(0)}: ${(served / own).toFixed(3)} of it\n`,
    );
  }
}
