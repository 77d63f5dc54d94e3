/** QEMU inside the host VM with one of its devices assigned: how it ends, what it says, and the config space that its guest would read. */
import { join } from 'node:path';
import { preloadedLibrary } from './bed.ts';
import { type ConfigFiles, configConversation, configFiles, type GuestConfig, readConfigs } from './guest-config.ts';
import type { HostVm } from './host-vm.ts';
import { runManyLines } from './many-lines.ts';

export interface InnerProgram {
  readonly path: string;
  readonly argv: readonly string[];
  /** `NAME=VALUE` each. */
  readonly environment: readonly string[];
  /** One under which no processor runs before `cont`. */
  readonly accelerator: string;
}

export interface InnerQemuOptions {
  /** The device's address in the host VM; vfio-pci has it. */
  readonly address: string;
  readonly machine: string;
  readonly backend: 'iommufd' | 'legacy';
  /** Which QEMU of the VM's: its program, what must stand before all other arguments, and its environment. Default: the installed one. */
  readonly program?: InnerProgram;
  /** Default `vfio-pci`. */
  readonly driver?: 'vfio-pci' | 'vfio-pci-nohotplug';
  /** More properties of the device, as in `ats=on`. */
  readonly properties?: readonly string[];
}

export interface InnerQemuResult {
  /** 1 where the device did not realize. */
  readonly code: number;
  /** What QEMU said of the device: stderr's lines without `qemu-system-x86_64: -device OPTIONS: `. */
  readonly messages: readonly string[];
  /** The lines of stderr that do not begin so. */
  readonly others: readonly string[];
  /** 4096 bytes, read as the guest's processor reads them, before the guest has run; null where QEMU did not start. */
  readonly guest: Uint8Array | null;
  /** The first 256 of the root port above the device. */
  readonly port: Uint8Array | null;
}

const NAME = 'qemu-system-x86_64';
export const INSTALLED: InnerProgram = { path: NAME, argv: [], environment: [], accelerator: 'qtest' };

/** One QEMU that is to run. */
interface Planned {
  readonly options: InnerQemuOptions;
  /** What the messages about the device name. */
  readonly device: string;
  readonly argv: readonly string[];
  readonly files: ConfigFiles;
}

/** The device behind a root port and the guest stopped at reset. */
function planned(options: InnerQemuOptions): Planned {
  const { address, machine, backend, program = INSTALLED, driver = 'vfio-pci', properties = [] } = options;
  const device = [`${driver},host=${address}`, 'bus=rp', ...(backend === 'iommufd' ? ['iommufd=iommufd'] : []), ...properties].join(',');
  const argv = [
    ...[program.path, ...program.argv, '-nodefaults', '-no-user-config', '-display', 'none', '-qmp', 'stdio'],
    // No processor runs: the guest is as reset left it. Little memory: all of it is pinned, and a served device is told of each page.
    ...['-machine', machine, '-m', '2M', '-accel', program.accelerator, '-S'],
    ...(backend === 'iommufd' ? ['-object', 'iommufd,id=iommufd'] : []),
    ...['-device', 'pcie-root-port,id=rp,bus=pcie.0,addr=1.0', '-device', device],
  ];
  return { options, device, argv, files: configFiles() };
}

function resultOf({ device }: Planned, code: number, stderr: string, config: GuestConfig | undefined): InnerQemuResult {
  const prefix = `${NAME}: -device ${device}: `;
  const lines = stderr.split('\n').filter(line => line !== '');
  return {
    code,
    messages: lines.filter(line => line.startsWith(prefix)).map(line => line.slice(prefix.length)),
    others: lines.filter(line => !line.startsWith(prefix)),
    guest: config?.guest ?? null,
    port: config?.port ?? null,
  };
}

/** Starts QEMU as a process of its own, reads, and ends it. */
export async function runInnerQemu(vm: HostVm, options: InnerQemuOptions): Promise<InnerQemuResult> {
  const plan = planned(options);
  const { environment } = options.program ?? INSTALLED;
  const words = ['env', ...environment, ...plan.argv];
  const { stderr, code } = await vm.run(words, { stdin: configConversation(plan.files), timeoutSeconds: 120 });
  const [config] = await readConfigs(vm, code === 0 ? [plan.files] : []);
  return resultOf(plan, code, stderr, config);
}

async function runWith(vm: HostVm, { path, environment }: InnerProgram, plans: readonly Planned[]): Promise<InnerQemuResult[]> {
  const many = { vm, library: preloadedLibrary(join(import.meta.dirname, 'many-lines.c')), program: path, environment };
  const responses = await runManyLines(
    many,
    plans.map(({ argv, files }) => ({ argv, stdin: configConversation(files) })),
  );
  const ended = plans.map((plan, index) => {
    const { [index]: response } = responses;
    if (response === undefined) throw new Error(`${path} was not run`);
    return { plan, code: response.code, stderr: response.stderr.toString() };
  });
  const configs = (
    await readConfigs(
      vm,
      ended.flatMap(({ plan, code }) => (code === 0 ? [plan.files] : [])),
    )
  ).values();
  return ended.map(({ plan, code, stderr }) => resultOf(plan, code, stderr, code === 0 ? configs.next().value : undefined));
}

/** One after the other, each program loaded once; in the order of `all`. */
export async function runInnerQemus(vm: HostVm, all: readonly InnerQemuOptions[]): Promise<InnerQemuResult[]> {
  const plans = all.map(planned);
  const results = new Map<Planned, InnerQemuResult>();
  for (const program of new Set(all.map(({ program = INSTALLED }) => program))) {
    const own = plans.filter(({ options }) => (options.program ?? INSTALLED) === program);
    for (const [index, result] of (await runWith(vm, program, own)).entries()) {
      const { [index]: plan } = own;
      if (plan !== undefined) results.set(plan, result);
    }
  }
  return plans.flatMap(plan => results.get(plan) ?? []);
}
