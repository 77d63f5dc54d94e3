/** `airlock serve` of the host VM's own devices, and clients of it that are no VMM. */
import { join } from 'node:path';
import type { CommandResult, HostVm } from '../vm/host-vm.ts';
import { putProgram } from '../vm/put-program.ts';

/** Beside koffi. */
const CLIENT = '/opt/package/passthrough-client.mjs';
const timeoutSeconds = 400;

/** What a process holds of the kernel's. */
export interface Holdings {
  /** Open files, by what they are, sorted. */
  readonly files: readonly string[];
  /** kB of memory pinned for devices. */
  readonly pinned: number;
}

export interface Serving {
  readonly pid: number;
  readonly control: string;
  /** The socket of a device by its address. */
  socket(address: string): string;
  /** What it wrote to standard error. */
  told(): Promise<string>;
  holdings(): Promise<Holdings>;
  /** `airlock ctl --json`. */
  ctl(...words: readonly string[]): Promise<unknown>;
  /** Ends it; its exit code. */
  stop(signal?: 'TERM' | 'KILL'): Promise<number>;
}

export interface ServeOptions {
  /** Program and words to run it under, as in `prlimit`. */
  readonly under?: readonly string[];
  /** Redirections of the shell, as in `8<>/dev/iommu`. */
  readonly files?: string;
}

/** Puts the client's program into the VM. */
export function installClient(vm: HostVm): Promise<void> {
  return putProgram(vm, join(import.meta.dirname, 'client.ts'), CLIENT);
}

/** The words that run the client. */
export const clientWords = (socket: string, ...words: readonly string[]): string[] => ['node', CLIENT, socket, ...words];

/** Runs the client to its end; the line of JSON that it prints. */
export async function runClient<T>(vm: HostVm, socket: string, ...words: readonly string[]): Promise<T> {
  return JSON.parse(await vm.output(clientWords(socket, ...words), { timeoutSeconds }));
}

const quote = (words: readonly string[]): string => words.map(word => `'${word}'`).join(' ');

async function readHoldings(vm: HostVm, pid: number): Promise<Holdings> {
  const text = await vm.output(`readlink /proc/${pid}/fd/* | sed 's/:\\[[0-9]*\\]//'; grep VmPin /proc/${pid}/status`);
  const lines = text.trim().split('\n');
  const pin = lines.find(line => line.startsWith('VmPin'));
  return { files: lines.filter(line => line !== pin).sort(), pinned: Number(pin?.replace(/\D/g, '') ?? 0) };
}

let count = 0;

/** Runs `airlock serve` on devices of the VM that vfio-pci has and waits until it is ready; throws its words where it ends before. */
export async function serveHost(
  vm: HostVm,
  addresses: readonly string[],
  words: readonly string[],
  { under = [], files = '' }: ServeOptions = {},
): Promise<Serving> {
  const folder = `/tmp/serving-${count++}`;
  const [control, sockets] = [`${folder}/control`, `${folder}/sockets`];
  const several = addresses.length > 1;
  const socketOf = (address: string): string => (several ? `${sockets}/${address}.sock` : `${folder}/device.sock`);
  const serve = quote([
    ...under,
    'airlock',
    'serve',
    ...addresses,
    '--socket',
    several ? sockets : socketOf(''),
    '--control',
    control,
    ...words,
  ]);
  // A process of its own, which outlives the command that starts it and keeps its exit code.
  const script = `${serve} ${files} >${folder}/out 2>${folder}/err & echo $! >${folder}/pid; wait $!; echo $? >${folder}/code`;
  await vm.output(`mkdir -p ${folder}; chmod 777 ${folder}; cat >${folder}/run`, { stdin: script });
  const result = await vm.run(
    `setsid sh ${folder}/run >/dev/null 2>&1 </dev/null &
     until grep -q ^Control: ${folder}/out 2>/dev/null; do [ ! -e ${folder}/code ] || exit 9; sleep 0.1; done`,
    { timeoutSeconds },
  );
  if (result.code !== 0) throw new Error(`airlock serve ended: ${await vm.output(`cat ${folder}/out ${folder}/err`)}`);
  const pid = Number(await vm.output(`cat ${folder}/pid`));
  const code = async (): Promise<number> =>
    Number(await vm.output(`until [ -e ${folder}/code ]; do sleep 0.1; done; cat ${folder}/code`, { timeoutSeconds }));
  return {
    pid,
    control,
    socket: socketOf,
    told: () => vm.output(`cat ${folder}/err`),
    holdings: () => readHoldings(vm, pid),
    ctl: async (...ask) => JSON.parse(await vm.output(['airlock', 'ctl', control, ...ask, '--json'], { timeoutSeconds })),
    async stop(signal = 'TERM') {
      await vm.output(`kill -${signal} ${pid}`);
      return code();
    },
  };
}

/** Messages of the one device in what `ctl counters --json` gives, by command. */
export function messagesOf(counters: unknown): Readonly<Record<string, number>> {
  return (counters as { devices: { messages: Record<string, number> }[] }).devices[0]?.messages ?? {};
}

/** The first two: for QEMU to read or write a register. */
const KVM_COUNTERS = ['mmio_exits', 'io_exits', 'irq_exits', 'halt_exits', 'exits', 'irq_injections'] as const;

/** How often a guest's processor has left the guest, by the reason, and how many interrupts it was given, as KVM counts. */
export type KvmCounters = Readonly<Record<(typeof KVM_COUNTERS)[number], number>>;

/** Of the guest of the QEMU with that process. */
export async function kvmCounters(vm: HostVm, pid: number): Promise<KvmCounters> {
  const lines = await vm.output(`cd /sys/kernel/debug/kvm/${pid}-*/ && cat ${KVM_COUNTERS.join(' ')}`);
  const counts = lines.trim().split('\n').map(Number);
  return Object.fromEntries(KVM_COUNTERS.map((name, i) => [name, counts[i]])) as KvmCounters;
}

/** Runs `airlock serve` to its end, which comes by itself where it refuses. */
export function refusedServe(vm: HostVm, words: readonly string[]): Promise<CommandResult> {
  return vm.run(['airlock', 'serve', ...words], { timeoutSeconds });
}

/** Config bytes of the hardware, as the host's kernel reads them. */
export async function hardwareBytes(vm: HostVm, address: string): Promise<Uint8Array> {
  const { bytes } = await vm.run(['cat', `/sys/bus/pci/devices/${address}/config`]);
  return bytes.stdout;
}
