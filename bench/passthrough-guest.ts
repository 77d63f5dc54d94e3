/** One guest of `passthrough.ts`: how fast it reads, and what is counted meanwhile in the host VM and in the QEMU that emulates its IOMMU. */
import { readFileSync } from 'node:fs';
import type { InnerGuest } from '../test/passthrough/inner-guest.ts';
import { type KvmCounters, kvmCounters } from '../test/passthrough/served-host.ts';
import type { HostVm } from '../test/vm/host-vm.ts';

const timeoutSeconds = 600;
export const DISK = 'disk';

export interface Guest {
  readonly vm: HostVm;
  readonly guest: InnerGuest;
  /** In the host VM. */
  readonly address: string;
  /** The device file in the guest. */
  readonly disk: string;
}

export interface Measured {
  readonly iosPerSecond: number;
  readonly interruptsPerSecond: number;
  /** For each I/O, by the counter of KVM. */
  readonly perIo: Readonly<Record<keyof KvmCounters, number>>;
  /** How often the main thread of the guest's QEMU has been woken in each second. */
  readonly wakeups: number;
}

export type Words = (disk: string, count: number) => string;

const FEW = 16;

async function run({ guest }: Guest, line: string): Promise<number> {
  const { code, stderr, seconds } = await guest.run(line, { timeoutSeconds });
  if (code !== 0) throw new Error(`${line} ends with ${code}: ${stderr}`);
  return seconds;
}

/** How often the main thread of a process of the VM has waited for something. */
async function waits({ vm, guest: { pid } }: Guest): Promise<number> {
  return Number((await vm.output(`grep ^voluntary_ctxt /proc/${pid}/task/${pid}/status`)).replace(/\D/g, ''));
}

/** Seconds that a run costs beside its I/Os: the least of some with few. */
export async function startSeconds(on: Guest, words: Words): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 4; i++) least = Math.min(least, await run(on, words(on.disk, FEW)));
  return least;
}

/** Reads `count` blocks after some whose time is in `start`. */
export async function measure(on: Guest, words: Words, count: number, start: number): Promise<Measured> {
  const interrupts = await on.guest.interrupts(DISK);
  const before = { counters: await kvmCounters(on.vm, on.guest.pid), waits: await waits(on) };
  const whole = await run(on, words(on.disk, FEW + count));
  const after = { counters: await kvmCounters(on.vm, on.guest.pid), waits: await waits(on) };
  const took = Math.max(whole - start, 0.001);
  const came = (await on.guest.interrupts(DISK)) - interrupts;
  const perIo = Object.fromEntries(
    Object.entries(after.counters).map(([name, value]) => [name, (value - before.counters[name as keyof KvmCounters]) / count]),
  );
  return {
    iosPerSecond: count / took,
    interruptsPerSecond: came / took,
    perIo: perIo as Measured['perIo'],
    wakeups: (after.waits - before.waits) / whole,
  };
}

/**
 * Keeps the guest's processor on that one of the VM which takes the disk's interrupts. Elsewhere each has to be passed on by an interrupt
 * between processors, and where a guest runs is chance.
 */
export async function keepTogether({ vm, guest, address }: Guest): Promise<void> {
  await vm.output(`
    for task in /proc/${guest.pid}/task/*; do
      case $(cat $task/comm) in *KVM*) taskset -p -c 1 \${task##*/} ;; esac
    done
    for number in $(grep -F '(${address})' /proc/interrupts | sed 's/:.*//'); do echo 1 >/proc/irq/$number/smp_affinity_list; done`);
}

/** Seconds of processors that a process of the VM has used. */
export async function processorSeconds(vm: HostVm, pid: number): Promise<number> {
  const fields = (await vm.output(['cat', `/proc/${pid}/stat`])).replace(/^.*\) /, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** By which pages the guest's processor has its memory. */
export async function mapped({ vm, guest }: Guest): Promise<string> {
  const lines = await vm.output(`cd /sys/kernel/debug/kvm/${guest.pid}-*/ && cat pages_2m pages_4k`);
  const [large, small] = lines.trim().split('\n');
  return `${large} of 2 MiB, ${small} of 4 KiB`;
}

const MASK = /^vtd_dmar_translate .* mask (0x[0-9a-f]+)/;

/** By which pages the IOMMU translates for the disk while a line runs in the guest, and how often it had to walk its tables. */
export async function translated(on: Guest, log: string, line: string): Promise<string> {
  const start = readFileSync(log, 'latin1').length;
  const trace = async (enable: boolean): Promise<void> => {
    for (const name of ['vtd_dmar_translate', 'vtd_iotlb_page_update']) await on.vm.monitor('trace-event-set-state', { name, enable });
  };
  await trace(true);
  await run(on, line);
  await trace(false);
  const lines = readFileSync(log, 'latin1').slice(start).split('\n');
  const sizes = new Map<number, number>();
  for (const mask of lines.flatMap(text => MASK.exec(text)?.[1] ?? [])) {
    const kib = (Number(mask) + 1) / 1024;
    sizes.set(kib, (sizes.get(kib) ?? 0) + 1);
  }
  const walks = lines.filter(text => text.startsWith('vtd_iotlb_page_update ')).length;
  return `${[...sizes].map(([kib, count]) => `${count} by ${kib} KiB`).join(', ')}, ${walks} walks`;
}
