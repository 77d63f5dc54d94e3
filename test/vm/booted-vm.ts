/** What every host VM has, whatever its processor: an agent that runs commands, a shared folder, QEMU's monitor, a console. */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openChannel } from './channel.ts';
import { mountPackage } from './package.ts';
import { responseSplitter } from './protocol.ts';
import { openQmp } from './qmp.ts';
import { type CommandResult, HostVmError, RunningVm, type RunOptions, SilentBootError } from './running-vm.ts';

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

/** How a VM is started. */
export interface VmStart {
  /** Puts the agent into the shared folder. */
  readonly writeAgent: (share: string) => void;
  /** QEMU's program and words, for the folder of this one VM: sockets, console, and `share`, which the VM mounts. */
  readonly command: (folder: string) => { readonly file: string; readonly argv: readonly string[]; readonly env: NodeJS.ProcessEnv };
  /** How long the VM may take until its agent answers. */
  readonly bootSeconds: number;
  /** The npm package file on the disk that `command` gives it, to be mounted so that its commands are in the PATH. */
  readonly package: string | undefined;
}

interface Booted {
  readonly vm: RunningVm;
  readonly release: string;
}

const runFile = promisify(execFile);

/** The first line comes after 2 s on an idle machine. */
const silentSeconds = 90;

async function bootOnce({ writeAgent, command, bootSeconds }: VmStart): Promise<Booted> {
  const vm = new RunningVm(await mkdtemp(join(tmpdir(), 'airlock-vm-')));
  try {
    writeAgent(join(vm.folder, 'share'));
    vm.agent = await openChannel(
      join(vm.folder, 'agent'),
      responseSplitter(response => vm.receive(response)),
    );
    vm.qmp = await openQmp(join(vm.folder, 'qmp'));
    const { file, argv, env } = command(vm.folder);
    const ready = vm.expect(0, bootSeconds, `The host VM did not boot within ${bootSeconds} s`);
    vm.start(file, argv, env);
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

/** A second time where it stays silent. */
async function boot(start: VmStart): Promise<Booted> {
  try {
    return await bootOnce(start);
  } catch (error) {
    // A TCG machine now and then never gets to its first console line; a second start is the remedy.
    if (error instanceof SilentBootError) return bootOnce(start);
    throw error;
  }
}

/**
 * Boots a VM. `portOf` gives the address of the port above the device with a name, and throws where there is none.
 *
 * @throws HostVmError where it does not boot, with the last lines of its console.
 */
export async function bootVm(start: VmStart, portOf: (name: string) => string): Promise<HostVm> {
  const { vm, release } = await boot(start);
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
      return (await host.output(`cd /sys/bus/pci/devices/${portOf(name)} && ls -d ????:??:??.?`)).trim();
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
    if (start.package !== undefined) await mountPackage(host, start.package);
  } catch (error) {
    await host.close();
    throw error;
  }
  return host;
}
