/** A Linux guest whose PCIe devices are sockets: the host VM with QEMU's vfio-user-pci behind root ports, its memory in two halves. */

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { staticProgram } from '../bed.ts';
import { type HostVm, hostVm } from '../host-vm.ts';

/** Name of a device and the path of the socket where it is served. */
export type GuestDevices = Readonly<Record<string, string>>;

/** The guest's physical memory below this address is a file that QEMU shares with servers; above it only messages reach it. */
export const MEMORY_BOUNDARY = 0x2000_0000;

const HALF = `${MEMORY_BOUNDARY >> 20}M`;
const FIRST_SLOT = 8;

const slotOf = (index: number): string => (FIRST_SLOT + index).toString(16).padStart(2, '0');

function deviceArguments([name, path]: readonly [string, string], index: number): string[] {
  const port = { driver: 'pcie-root-port', id: `port-${name}`, bus: 'pcie.0', addr: `${slotOf(index)}.0`, chassis: index + 1 };
  const device = { driver: 'vfio-user-pci', id: name, bus: port.id, socket: { type: 'unix', path } };
  return ['-device', JSON.stringify(port), '-device', JSON.stringify(device)];
}

export interface Guest extends AsyncDisposable {
  readonly vm: HostVm;
  /** The PCI address of the device with that name. */
  address(name: string): Promise<string>;
}

/** Boots it behind an Intel IOMMU. QEMU connects to all sockets, which are to be served already. */
export async function bootGuest(devices: GuestDevices): Promise<Guest> {
  const vm = await hostVm({
    iommu: 'none',
    devices: [],
    memory: `${2 * (MEMORY_BOUNDARY >> 20)}M`,
    qemuArguments: [
      ...['-object', `memory-backend-memfd,id=shared,size=${HALF},share=on`, '-numa', 'node,memdev=shared,cpus=0'],
      ...['-object', `memory-backend-ram,id=private,size=${HALF}`, '-numa', 'node,memdev=private'],
      // Without caching mode QEMU refuses to watch what the guest maps.
      ...['-device', 'intel-iommu,intremap=on,device-iotlb=on,caching-mode=on'],
      ...Object.entries(devices).flatMap(deviceArguments),
    ],
  });
  return {
    vm,
    async address(name) {
      const index = Object.keys(devices).indexOf(name);
      if (index === -1) throw new RangeError(`No device of this guest is named ${name}`);
      return (await vm.output(`cd /sys/bus/pci/devices/0000:00:${slotOf(index)}.0 && ls -d ????:??:??.?`)).trim();
    },
    [Symbol.asyncDispose]: () => vm.close(),
  };
}

export function guestDmaProgram(): string {
  return staticProgram(join(import.meta.dirname, 'guest-dma.c'));
}

export interface ServerProcess {
  /** What it wrote to standard output so far. */
  stdout(): Buffer;
  send(text: string): void;
  /** Ends it with SIGTERM; its exit code, and null where it did not end in time and was killed. */
  stop(): Promise<number | null>;
}

/** Starts a server of devices and waits until `socket` is there. Throws where it ends before that, with its words. */
export async function startServer(words: readonly string[], socket: string): Promise<ServerProcess> {
  // setpriv: where the test is killed, the server goes with it.
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', process.execPath, ...words], { stdio: ['pipe', 'pipe', 'pipe'] });
  const output: Buffer[] = [];
  let errors = '';
  child.stdout.on('data', chunk => output.push(chunk));
  child.stderr.on('data', chunk => {
    errors += chunk;
  });
  const ended = new Promise<number | null>(resolve => child.once('close', resolve));
  for (let tries = 0; !existsSync(socket); tries++) {
    if (tries > 1200 || child.exitCode !== null) {
      child.kill('SIGKILL');
      throw new Error(`${words.join(' ')} made no socket: ${errors}`);
    }
    await new Promise(resolve => setTimeout(resolve, 50));
  }
  return {
    stdout: () => Buffer.concat(output),
    send: text => child.stdin.write(text),
    async stop() {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 20_000);
      return ended.finally(() => clearTimeout(timer));
    },
  };
}
