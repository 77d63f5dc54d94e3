/** A Linux guest inside the host VM, under its KVM, with devices of the host VM assigned to it; a test runs lines of sh in it. */
import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { staticProgram, testBed } from '../vm/bed.ts';
import { CommandTimeoutError, type HostVm, HostVmError, type RunOptions } from '../vm/host-vm.ts';
import { deviceObject, type InnerDevice, innerMachine, iommufdObject, PORTS, slotOf, usesIommufd } from './inner-guest-command.ts';
import { innerInitramfs } from './inner-initramfs.ts';

export type { DeviceProperties, InnerDevice } from './inner-guest-command.ts';

export interface InnerGuestOptions {
  readonly devices: Readonly<Record<string, InnerDevice>>;
  /** QEMU's words, default `192M`. */
  readonly memory?: string;
  /** Whether that memory is of pages of 2 MiB (hugetlb), which the host VM has to have free. Default false. */
  readonly hasHugePages?: boolean;
  /** Whether it has an HPET, which keeps the main thread of its QEMU busy even when the guest has shut it down. Default true. */
  readonly hasHpet?: boolean;
  readonly kernelArguments?: readonly string[];
  /** How long the guest may take until its agent answers. Default 240. */
  readonly startSeconds?: number;
}

export interface InnerResult {
  readonly stdout: string;
  readonly stderr: string;
  /** 128 + signal where a signal ended the shell. */
  readonly code: number;
  /** How long it took by the clock of this machine. */
  readonly seconds: number;
}

export interface InnerGuest extends AsyncDisposable {
  /** The process of its QEMU in the host VM. */
  readonly pid: number;
  /**
   * Runs lines of sh. One runs at a time, further ones wait.
   * @throws InnerGuestError where the guest is gone or silent; CommandTimeoutError after `timeoutSeconds` (default 120), and the guest lives on.
   */
  run(script: string, options?: Pick<RunOptions, 'timeoutSeconds'>): Promise<InnerResult>;
  /** As `run`, gives stdout, and throws where the code is not 0. */
  output(script: string, options?: Pick<RunOptions, 'timeoutSeconds'>): Promise<string>;
  /** The PCI address in the guest of the device with that name, as in `0000:01:00.0`. */
  address(name: string): Promise<string>;
  /** The device's config space as the guest reads it: 4096 bytes, 256 for a conventional one. */
  config(name: string): Promise<Uint8Array>;
  /** How many interrupts of the device have come, all of its MSI and MSI-X vectors together. */
  interrupts(name: string): Promise<number>;
  /** A QMP command to its QEMU. Throws with QEMU's words where it refuses. */
  monitor(command: string, args?: object): Promise<unknown>;
  /** What its console has shown. */
  console(): Promise<string>;
  /** The lines that its QEMU has written to standard error, warnings of devices among them. */
  words(): Promise<string>;
  /**
   * Adds a device at a port that is free, and waits until the guest has found it and a driver of the guest has taken it. Throws with
   * QEMU's words where it does not realize.
   */
  plug(name: string, device: InnerDevice): Promise<void>;
  /** Asks the guest to let go of a device, and waits until QEMU has removed it. */
  unplug(name: string): Promise<void>;
  /** Ends its QEMU with SIGKILL, and waits until the process is gone. */
  kill(): Promise<void>;
  close(): Promise<void>;
}

/** The guest did not start, ended or hung; the message ends with what its QEMU said and the last lines of its console. */
export class InnerGuestError extends Error {
  override name = 'InnerGuestError';
}

/** What the guest's folder in the host VM holds. */
const files = { agent: 'agent', monitor: 'qmp', console: 'console', words: 'words' } as const;

export const wires = [
  ...['-serial', `file:${files.console}`, '-qmp', `unix:${files.monitor},server=on,wait=off`],
  ...['-chardev', `socket,id=agent,path=${files.agent},server=on,wait=off`],
];

const AGENT = '/usr/local/bin/inner-agent';
const consoleLines = 60;
/** How long after a script's own timeout the guest may stay silent before it is held to hang. */
const graceSeconds = 60;
const plugSeconds = 180;

/** The files that are in a host VM, by their path there. */
const copied = new WeakMap<HostVm, Map<string, Promise<string>>>();
let guests = 0;

/** Words are numbered from 1: the folder, then QEMU's. Prints the process, and ends when both sockets are there or QEMU is gone. */
export const START = `
set -e; mkdir -p "$1"; cd "$1"; shift
setsid "$@" </dev/null >${files.words} 2>&1 & pid=$!
echo $pid
while [ ! -S ${files.agent} ] || [ ! -S ${files.monitor} ]; do kill -0 $pid || break; sleep 0.1; done`;

/** Ends the script that the process of that file asks for; no other, for each has a file of its own. */
const END = 'until [ -f "$1" ]; do sleep 0.05; done; kill -USR1 "$(cat "$1")"';

interface Parts {
  readonly vm: HostVm;
  /** In the host VM. */
  readonly folder: string;
  readonly pid: number;
  /** What is at each root port. */
  readonly ports: (string | undefined)[];
  hasIommufd: boolean;
}

export class RunningGuest implements InnerGuest {
  private readonly parts: Parts;
  private last: Promise<unknown> = Promise.resolve();
  private runs = 0;

  constructor(parts: Parts) {
    this.parts = parts;
  }

  get pid(): number {
    return this.parts.pid;
  }

  run(script: string, { timeoutSeconds = 120 } = {}): Promise<InnerResult> {
    const result = this.last.then(() => this.runNow(script, timeoutSeconds));
    this.last = result.catch(() => {});
    return result;
  }

  private async runNow(script: string, timeoutSeconds: number): Promise<InnerResult> {
    const { vm, folder } = this.parts;
    const limit = timeoutSeconds + graceSeconds;
    const begin = performance.now();
    const asking = `${folder}/asking-${this.runs++}`;
    // The clock is this machine's: those inside leap while their processors wait for one of ours.
    const late = setTimeout(
      () => void vm.run(['sh', '-c', END, 'sh', asking], { timeoutSeconds: limit }).catch(() => {}),
      timeoutSeconds * 1000,
    );
    const answer = await vm
      .run([AGENT, 'ask', `${folder}/${files.agent}`, asking], { stdin: script, timeoutSeconds: limit })
      .catch(error => this.fail(error instanceof CommandTimeoutError ? `hangs: no answer ${limit} s after: ${script}` : error))
      .finally(() => clearTimeout(late));
    if (answer.code !== 0) return this.fail(`ended: ${answer.stderr.trim()}`);
    const bytes = Buffer.from(answer.bytes.stdout);
    const header = bytes.subarray(0, bytes.indexOf(10) + 1);
    const [code = 0, wasLate, out = 0] = header.toString().split(' ').map(Number);
    const stdout = bytes.subarray(header.length, header.length + out);
    const stderr = bytes.subarray(header.length + out);
    const result = { stdout: stdout.toString(), stderr: stderr.toString(), code, seconds: (performance.now() - begin) / 1000 };
    if (wasLate === 0) return result;
    throw new CommandTimeoutError(`Ended in the guest after ${timeoutSeconds} s: ${script}`, { ...result, bytes: { stdout, stderr } });
  }

  async output(script: string, options?: Pick<RunOptions, 'timeoutSeconds'>): Promise<string> {
    const { stdout, stderr, code } = await this.run(script, options);
    if (code !== 0) throw new Error(`Exit code ${code} in the guest from ${JSON.stringify(script)}: ${stderr || stdout}`);
    return stdout;
  }

  async address(name: string): Promise<string> {
    return (await this.output(`cd ${this.port(name)} && echo ????:??:??.?`)).trim();
  }

  async config(name: string): Promise<Uint8Array> {
    const { stdout, stderr, code } = await this.run(`cd ${this.port(name)} && inner-tools config ????:??:??.?`);
    if (code !== 0) throw new Error(`Cannot read the config space of ${name} in the guest: ${stderr}`);
    return new Uint8Array(Buffer.from(stdout.trim(), 'hex'));
  }

  async interrupts(name: string): Promise<number> {
    const lines = await this.output(`cd ${this.port(name)}/????:??:??.? && echo $(cd msi_irqs && echo *) && cat /proc/interrupts`);
    const [numbers = '', ...rows] = lines.split('\n');
    const own = new Set(numbers.split(' ').map(number => `${number}:`));
    // ` 24:   17  PCI-MSIX-0000:01:00.0   0-edge   nvme0q0`, of a guest with one processor
    const counts = rows.map(row => row.trim().split(/\s+/)).filter(([number = '']) => own.has(number));
    return counts.reduce((sum, [, count]) => sum + Number(count), 0);
  }

  monitor(command: string, args: object = {}): Promise<unknown> {
    return this.execute(command, args, []);
  }

  /** Executes, and waits for the event whose line holds all words. */
  private async execute(command: string, args: object, event: readonly string[]): Promise<unknown> {
    const { vm, folder } = this.parts;
    const stdin = `${JSON.stringify({ execute: command, arguments: args })}\n`;
    const { stdout, stderr, code } = await vm
      .run([AGENT, 'qmp', `${folder}/${files.monitor}`, ...event], { stdin, timeoutSeconds: plugSeconds })
      .catch(error => this.fail(error instanceof CommandTimeoutError ? `does not do ${command} in ${plugSeconds} s` : error));
    if (code !== 0) return this.fail(`ended: ${stderr.trim()}`);
    const messages: { return?: unknown; error?: { class: string; desc: string } }[] = stdout
      .split('\n')
      .filter(line => line !== '')
      .map(line => JSON.parse(line));
    const error = messages.find(message => message.error !== undefined)?.error;
    if (error !== undefined) throw new Error(`${error.class}: ${error.desc}`);
    return messages.find(message => 'return' in message)?.return;
  }

  console(): Promise<string> {
    return this.parts.vm.output(['cat', `${this.parts.folder}/${files.console}`]);
  }

  words(): Promise<string> {
    return this.parts.vm.output(['cat', `${this.parts.folder}/${files.words}`]);
  }

  async plug(name: string, device: InnerDevice): Promise<void> {
    await this.add(name, device);
    await this.taken(name);
  }

  /** `device_add`. */
  async add(name: string, device: InnerDevice): Promise<void> {
    const { ports } = this.parts;
    if (ports.includes(name)) throw new RangeError(`This guest has a device named ${name} already`);
    const port = ports.indexOf(undefined);
    if (port === -1) throw new RangeError(`This guest has ${ports.length} devices already`);
    if (usesIommufd(device) && !this.parts.hasIommufd) {
      await this.monitor('object-add', iommufdObject);
      this.parts.hasIommufd = true;
    }
    await this.monitor('device_add', deviceObject(name, device, port));
    ports[port] = name;
  }

  /** Waits until a driver of the guest has the device. */
  async taken(name: string): Promise<void> {
    const pattern = `${this.port(name)}/????:??:??.?/driver`;
    await this.output(`inner-tools await "${pattern}"`, { timeoutSeconds: plugSeconds });
  }

  async unplug(name: string): Promise<void> {
    const { ports } = this.parts;
    this.port(name);
    await this.execute('device_del', { id: name }, ['"DEVICE_DELETED"', `"device": "${name}"`]);
    ports[ports.indexOf(name)] = undefined;
  }

  /** The root port's folder in the guest's sysfs. */
  private port(name: string): string {
    const index = this.parts.ports.indexOf(name);
    if (index === -1) throw new RangeError(`No device of this guest is named ${name}`);
    return `/sys/bus/pci/devices/0000:00:${slotOf(index)}.0`;
  }

  /** Ends the guest, and throws with what it had said. An error of the host VM stays as it is. */
  private async fail(what: string | Error): Promise<never> {
    if (what instanceof Error) throw what;
    const { vm, folder } = this.parts;
    const words = await this.words();
    const console = await vm.output(`tail -n ${consoleLines} ${folder}/${files.console} || true`);
    await this.kill();
    throw new InnerGuestError(`The guest in the host VM ${what}\nQEMU: ${words}\nLast lines of its console:\n${console}`);
  }

  async kill(): Promise<void> {
    const { vm, pid } = this.parts;
    await vm.output(`kill -KILL ${pid} 2>/dev/null; while [ -d /proc/${pid} ]; do sleep 0.05; done`);
  }

  async close(): Promise<void> {
    try {
      await this.kill();
      await this.parts.vm.output(['rm', '-rf', this.parts.folder]);
    } catch (error) {
      // A host VM that is gone has taken the guest with it.
      if (!(error instanceof HostVmError)) throw error;
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** Copies a file of this machine to the same place in the host VM once; gives that place. */
function copyOnce(vm: HostVm, from: string, to: string): Promise<string> {
  const files = copied.get(vm) ?? new Map<string, Promise<string>>();
  copied.set(vm, files);
  const copying = files.get(to) ?? vm.copyIn(from, to).then(() => to);
  files.set(to, copying);
  return copying;
}

/**
 * Boots a guest with devices, which are the host VM's, at its root ports in the given order. Wants a host VM with KVM, see kvmHost.
 *
 * @throws InnerGuestError where the guest does not come to life, with QEMU's words where a device does not realize.
 */
export async function innerGuest(vm: HostVm, options: InnerGuestOptions): Promise<InnerGuest> {
  const { devices, memory = '192M', hasHugePages = false, hasHpet = true, kernelArguments = [], startSeconds = 240 } = options;
  await copyOnce(vm, staticProgram(join(import.meta.dirname, 'inner-agent.c')), AGENT);
  const kernel = await copyOnce(vm, realpathSync(join(testBed().folder, 'vmlinux')), '/run/inner-vmlinux');
  const initramfs = await copyOnce(vm, innerInitramfs(), '/run/inner-initramfs');
  const folder = `/run/inner-${guests++}`;
  const command = [
    'qemu-system-x86_64',
    ...innerMachine({ size: memory, isHuge: hasHugePages, hasHpet }, { kernel, initramfs, kernelArguments }, devices),
    ...wires,
  ];
  const pid = Number(await vm.output(['sh', '-c', START, 'sh', folder, ...command], { timeoutSeconds: startSeconds }));
  const names = Object.keys(devices);
  const ports = Array.from({ length: PORTS }, (_, index) => names[index]);
  const guest = new RunningGuest({ vm, folder, pid, ports, hasIommufd: Object.values(devices).some(usesIommufd) });
  try {
    await guest.output('true', { timeoutSeconds: startSeconds });
    for (const name of names) await guest.taken(name);
    return guest;
  } catch (error) {
    await guest.close();
    throw error;
  }
}
