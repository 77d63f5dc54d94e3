/** QEMU inside the Arm host with an accelerated SMMUv3 and devices of the host behind it: how it starts, what it says, what its guest reads. */
import type { HostVm } from '../vm/booted-vm.ts';
import { attributeLine, fillAddresses, monitorLine, restoreAddresses } from '../vm/device-lines.ts';

export interface SmmuRun {
  /** Behind what every run has. `$1`, `$2`: addresses of devices of the host. */
  readonly words: string;
  /** Default `virt`. */
  readonly machine?: string;
  /** Default `kvm`. */
  readonly accelerator?: 'kvm' | 'tcg';
  /** Default true. Without it the guest boots by a device tree. */
  readonly hasFirmware?: boolean;
  /** What the kernel's answers are changed to, as smmu-answers.c takes it. */
  readonly answers?: string;
  /** QMP commands, executed while the machine waits at its first instruction. */
  readonly commands?: readonly object[];
}

/** Fields of the identification registers as the guest reads them (Arm IHI 0070, §6.3). */
export interface SmmuRegisters {
  readonly ats: number;
  readonly ril: number;
  readonly ssidsize: number;
  readonly oas: number;
}

export interface SmmuResult {
  readonly code: number;
  /** Lines of standard error as `DRIVER: TEXT`, without a driver where QEMU names no device; addresses are `$1`, `$2` again. */
  readonly said: readonly string[];
  /** What the commands were refused with. */
  readonly refused: readonly string[];
  /** Null where QEMU did not start, or has no SMMUv3. */
  readonly registers: SmmuRegisters | null;
}

/** Where smmu-answers.c is in the host. */
export const ANSWERS_LIBRARY = '/usr/local/lib/smmu-answers.so';
const PROGRAM = 'qemu-system-aarch64';
export const FIRMWARE = '/usr/share/qemu-efi-aarch64/QEMU_EFI.fd';
/**
 * IDR0, IDR1, IDR3 and IDR5, of the first device that the user adds to the platform bus of `virt`. One by one: QEMU reads more than one at
 * once in eight bytes, which these registers do not answer.
 */
const IDENTIFICATION = [0xc000000, 0xc000004, 0xc00000c, 0xc000014];
const TIMEOUT_SECONDS = 240;
/** All of it is pinned. */
const MEMORY = '32M';

/** Of lines such as `000000000c000000: 0x0d44101b`; null where there is none. */
function decodeRegisters(lines: readonly unknown[]): SmmuRegisters | null {
  const [idr0 = 0, idr1 = 0, idr3 = 0, idr5 = 0] = lines.map(line => Number(/: (0x[0-9a-f]{8})/.exec(String(line))?.[1] ?? 0));
  if ((idr0 | idr1 | idr3 | idr5) === 0) return null;
  return { ats: (idr0 >> 10) & 1, ril: (idr3 >> 10) & 1, ssidsize: (idr1 >> 6) & 0x1f, oas: idr5 & 7 };
}

interface Answer {
  readonly return?: unknown;
  readonly error?: { readonly desc: string };
}

/** The words of a run, the program first. */
export function smmuWords(
  { words, machine = 'virt', accelerator = 'kvm', hasFirmware = true }: SmmuRun,
  addresses: readonly string[],
): string[] {
  return [
    ...[PROGRAM, '-nodefaults', '-no-user-config', '-display', 'none', '-qmp', 'stdio', '-S', '-m', MEMORY],
    ...['-machine', `${machine},gic-version=3`, '-accel', accelerator, '-cpu', accelerator === 'kvm' ? 'host' : 'max'],
    ...(hasFirmware ? ['-bios', FIRMWARE] : []),
    ...fillAddresses(words, addresses).trim().split(/\s+/),
  ];
}

/** Starts QEMU with its processors stopped, executes the commands, reads the registers, and ends it. */
export async function runSmmu(vm: HostVm, run: SmmuRun, addresses: readonly string[]): Promise<SmmuResult> {
  const { answers, commands = [] } = run;
  const words = smmuWords(run, addresses);
  const reads = IDENTIFICATION.map(at => monitorLine(`xp /1xw ${at}`));
  const conversation = [{ execute: 'qmp_capabilities' }, ...commands, ...reads, { execute: 'quit' }];
  const stdin = conversation.map(command => `${fillAddresses(JSON.stringify(command), addresses)}\n`).join('');
  const { code, stdout, stderr } = await vm.run(
    ['env', ...(answers === undefined ? [] : [`LD_PRELOAD=${ANSWERS_LIBRARY}`, `AIRLOCK_SMMU_ANSWERS=${answers}`]), ...words],
    { stdin, timeoutSeconds: TIMEOUT_SECONDS },
  );
  const lines = stdout.split('\n').filter(line => line.startsWith('{"return"') || line.startsWith('{"error"'));
  const said = lines.map((line): Answer => JSON.parse(line));
  // The first answers qmp_capabilities.
  const dumps = said.slice(1 + commands.length, 1 + commands.length + reads.length).map(answer => answer.return);
  return {
    code,
    said: stderr
      .split('\n')
      .filter(line => line !== '')
      .map(line => restoreAddresses(attributeLine(line, words), addresses)),
    refused: said.flatMap(({ error }) => (error === undefined ? [] : [restoreAddresses(error.desc, addresses)])),
    registers: decodeRegisters(dumps),
  };
}
