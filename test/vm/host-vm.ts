/** A host to test on: a virtual machine with an IOMMU, iommufd and PCIe devices, in which a test runs commands as root. */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { accelerator } from './accelerator.ts';
import { testBed, writeAgent } from './bed.ts';
import { openChannel } from './channel.ts';
import { type DeviceSpec, standardDevices } from './devices.ts';
import { mountPackage, packageDisk } from './package.ts';
import { responseSplitter } from './protocol.ts';
import { type Iommu, type Kernel, oracleQemu, qemuArguments, rootPortSlot } from './qemu-command.ts';
import { openQmp } from './qmp.ts';
import { type CommandResult, HostVmError, RunningVm, type RunOptions, SilentBootError } from './running-vm.ts';

export { type CommandResult, CommandTimeoutError, HostVmError, type RunOptions } from './running-vm.ts';

export interface HostVmOptions {
  readonly iommu: Iommu;
  /** Default `airlock`. */
  readonly kernel?: Kernel;
  /** Default: `standardDevices`. */
  readonly devices?: readonly DeviceSpec[];
  readonly kernelArguments?: readonly string[];
  readonly qemuArguments?: readonly string[];
  /** QEMU's words, default `2G`. */
  readonly memory?: string;
  /** Default: what `accelerator()` finds. */
  readonly accelerator?: 'kvm' | 'tcg';
  /** An npm package file to install in the VM, so that its commands are in the PATH. */
  readonly package?: string;
  /** How long the VM may take until its agent answers. Default 180. */
  readonly bootSeconds?: number;
}

export interface HostVm extends AsyncDisposable {
  /** `uname -r` of the VM. */
  readonly release: string;
  /** Runs a program with arguments, or a line of sh. A timeout throws CommandTimeoutError, a VM that ends throws HostVmError. */
  run(command: string | readonly string[], options?: RunOptions): Promise<CommandResult>;
  /** As `run`, gives stdout, and throws where the code is not 0. */
  output(command: string | readonly string[], options?: RunOptions): Promise<string>;
  /** The PCI address of the device with that name, as in `0000:01:00.0`. */
  address(name: string): Promise<string>;
  /** Copies a file or folder of this machine into the VM, to `to`, with owner and mode. */
  copyIn(from: string, to: string): Promise<void>;
  copyOut(from: string, to: string): Promise<void>;
  /** A QMP command to the VM's QEMU, as in `monitor('device_del', { id: 'nvme' })`. */
  monitor(command: string, args?: object): Promise<unknown>;
  /** What the VM's console has shown so far. */
  console(): string;
  close(): Promise<void>;
}

const runFile = promisify(execFile);

/** The first line comes after 2 s on an idle machine. */
const silentSeconds = 90;

async function boot(options: HostVmOptions, devices: readonly DeviceSpec[]): Promise<{ vm: RunningVm; release: string }> {
  const bed = testBed();
  const vm = new RunningVm(await mkdtemp(join(tmpdir(), 'airlock-vm-')));
  try {
    const share = join(vm.folder, 'share');
    writeAgent(share);
    vm.agent = await openChannel(
      join(vm.folder, 'agent'),
      responseSplitter(response => vm.receive(response)),
    );
    vm.qmp = await openQmp(join(vm.folder, 'qmp'));
    const qemu = oracleQemu(bed.oracleRoot);
    const { iommu, kernel = 'airlock', memory = '2G', kernelArguments = [], qemuArguments: more = [], bootSeconds = 180 } = options;
    const words = qemuArguments(
      {
        iommu,
        kernel,
        devices,
        memory,
        accelerator: options.accelerator ?? accelerator(bed.oracleRoot),
        kernelArguments,
        qemuArguments: [...(options.package === undefined ? [] : packageDisk(options.package)), ...more],
      },
      { bed: bed.folder, vm: vm.folder },
    );
    const ready = vm.expect(0, bootSeconds, `The host VM did not boot within ${bootSeconds} s`);
    vm.start(qemu.file, [...qemu.argv, ...words], qemu.env);
    const silence = setTimeout(() => {
      if (vm.console() === '') vm.fail(`The host VM wrote nothing to its console in ${silentSeconds} s`, SilentBootError);
    }, silentSeconds * 1000);
    const { stdout } = await ready.finally(() => clearTimeout(silence));
    return { vm, release: stdout.toString() };
  } catch (error) {
    await vm.close();
    throw error;
  }
}

/**
 * Boots a host VM. One boot serves many commands; what they change is gone with the VM.
 *
 * @throws HostVmError where it does not boot, with the last lines of its console.
 */
export async function hostVm(options: HostVmOptions): Promise<HostVm> {
  const devices = options.devices ?? standardDevices;
  // A TCG machine now and then never gets to its first console line; a second start is the remedy.
  const { vm, release } = await boot(options, devices).catch(error => {
    if (error instanceof SilentBootError) return boot(options, devices);
    throw error;
  });
  let copies = 0;
  const share = (): string => `copy-${copies++}`;
  const host: HostVm = {
    release,
    run: (command, runOptions) => vm.run(command, runOptions),
    async output(command, runOptions) {
      const { stdout, stderr, code } = await vm.run(command, runOptions);
      if (code !== 0) throw new Error(`Exit code ${code} from ${JSON.stringify(command)}: ${stderr || stdout}`);
      return stdout;
    },
    async address(name) {
      const index = devices.findIndex(spec => spec.name === name);
      const [spec] = devices.slice(index, index + 1);
      if (index === -1 || spec === undefined) throw new RangeError(`No device of this VM is named ${name}`);
      const port = spec.bus === undefined ? `0000:00:${rootPortSlot(index).toString(16).padStart(2, '0')}.0` : '0000:80:00.0';
      return (await host.output(`cd /sys/bus/pci/devices/${port} && ls -d ????:??:??.?`)).trim();
    },
    async copyIn(from, to) {
      const name = share();
      const path = join(vm.folder, 'share', name);
      if (!(await stat(from)).isDirectory()) {
        await cp(from, path);
        await host.output(['mv', '-T', `/host/${name}`, to]);
        return;
      }
      // One file crosses the shared folder much faster than thousands.
      await runFile('tar', ['-C', from, '-cf', path, '.']);
      await host.output(['sh', '-c', 'mkdir -p "$2" && tar -C "$2" -xpf "$1"; code=$?; rm "$1"; exit $code', 'sh', `/host/${name}`, to]);
    },
    async copyOut(from, to) {
      const name = share();
      await host.output(['cp', '-aT', from, `/host/${name}`]);
      await cp(join(vm.folder, 'share', name), to, { recursive: true, verbatimSymlinks: true });
    },
    monitor(command, args = {}) {
      if (vm.qmp === undefined) throw new HostVmError('The host VM has no monitor');
      return vm.qmp.execute(command, args);
    },
    console: () => vm.console(),
    close: () => vm.close(),
    [Symbol.asyncDispose]: () => vm.close(),
  };
  try {
    if (options.package !== undefined) await mountPackage(host, options.package);
  } catch (error) {
    await host.close();
    throw error;
  }
  return host;
}
