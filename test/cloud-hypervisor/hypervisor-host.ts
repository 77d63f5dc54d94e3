/** A host VM with KVM in which Cloud Hypervisor runs, and what its guest tells on its console. */
import { existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kvmHost } from '../passthrough/kvm-host.ts';
import { testBed } from '../vm/bed.ts';
import type { DeviceSpec } from '../vm/devices.ts';
import type { HostVm } from '../vm/host-vm.ts';
import { packedAirlock } from '../vm/packed-airlock.ts';
import { writeGuestDisk } from './guest-disk.ts';

const PROGRAMS = ['cloud-hypervisor', 'ch-remote'];

/** Why tests with the programs are skipped, or false: no package of npm or Debian has them. */
export const PROGRAMS_MISSING: string | false =
  process.env.AIRLOCK_CLOUD_HYPERVISOR === undefined && 'AIRLOCK_CLOUD_HYPERVISOR names no folder with cloud-hypervisor and ch-remote';

/** Where they are. Throws where they are not there, with what to do. */
function programFolder(): string {
  const folder = process.env.AIRLOCK_CLOUD_HYPERVISOR;
  const missing = folder === undefined ? PROGRAMS : PROGRAMS.filter(name => !existsSync(join(folder, name)));
  if (folder !== undefined && missing.length === 0) return folder;
  const wanted = 'set AIRLOCK_CLOUD_HYPERVISOR to a folder that holds both (see its releases)';
  throw new Error(`Cannot run Cloud Hypervisor: ${missing.join(' and ')} missing; ${wanted}`);
}

/** Where the guest's kernel and disk are in the host VM. */
export const GUEST_FILES = '/root/guest';

/** Boots it. `vmlinux` and `disk.raw` are in GUEST_FILES; Cloud Hypervisor and `airlock` are in the PATH. */
export async function hypervisorHost(devices: readonly DeviceSpec[], qemuArguments: readonly string[] = []): Promise<HostVm> {
  const programs = programFolder();
  const folder = mkdtempSync(join(tmpdir(), 'airlock-hypervisor-'));
  try {
    const disk = join(folder, 'disk.raw');
    writeGuestDisk(disk);
    const vm = await kvmHost({ iommu: 'intel', memory: '4G', devices, qemuArguments, package: packedAirlock() });
    for (const name of PROGRAMS) await vm.copyIn(join(programs, name), `/usr/local/bin/${name}`);
    await vm.output(['mkdir', GUEST_FILES]);
    await vm.copyIn(realpathSync(join(testBed().folder, 'vmlinux')), `${GUEST_FILES}/vmlinux`);
    await vm.copyIn(disk, `${GUEST_FILES}/disk.raw`);
    return vm;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What may differ between starts of Cloud Hypervisor. */
export interface GuestStart {
  /** More words for its kernel. */
  readonly kernelWords?: string;
  /** Cloud Hypervisor's own words for devices and others. */
  readonly words: readonly string[];
}

/**
 * Lines of bash that start Cloud Hypervisor with a guest in the background. Its process is `$vmm`, for a job's number is there after the
 * job's end too; the guest's console is in the file `console`, what Cloud Hypervisor says in `vmm`. With `runFor` it is ended where it
 * hangs: whoever waits sees that, and what comes next finds its devices free.
 */
export function startGuest({ kernelWords = '', words }: GuestStart): string {
  return [
    `cloud-hypervisor --cpus boot=1 --kernel ${GUEST_FILES}/vmlinux \\`,
    `  --disk path=${GUEST_FILES}/disk.raw,readonly=on,image_type=raw --memory size=512M,shared=on --api-socket vm.sock \\`,
    `  --cmdline "console=hvc0 root=/dev/vda1 ro ${kernelWords}" ${words.join(' ')} > console 2> vmm &`,
    'vmm=$!',
  ].join('\n');
}

/** The end of what the guest and Cloud Hypervisor said: a guest tells of each device in lines of thousands of digits. */
export function lastTold(told: string): string {
  const lines = told.trimEnd().split(/\r?\n/).slice(-40);
  return lines.map(line => (line.length > 200 ? `${line.slice(0, 200)}…` : line)).join('\n');
}

/** A line of bash that waits until the guest has told all of `count` functions, and ends the script where Cloud Hypervisor has ended. */
export function awaitTold(count: number): string {
  return `until [ "$(grep -cs '^DRIVER ' console)" = ${count} ]; do sleep 0.3; kill -0 $vmm; done`;
}

/** What guest-init told of a function. */
export interface ToldFunction {
  readonly address: string;
  readonly config: Uint8Array;
  readonly driver: string;
  /** The lines of `lspci -vvv`. */
  readonly lspci: string;
  /** Other lines, by their first word. */
  readonly lines: (word: string) => string[];
}

/** The functions of which all is told, by vendor and device as in `1234:a001`, in the order in which they were told. */
export function toldFunctions(console: string): ToldFunction[] {
  const lines = console.split(/\r?\n/).flatMap(line => {
    const [, word, address, rest = ''] = /^([A-Z]+) ([0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]) ?(.*)$/.exec(line) ?? [];
    return word === undefined || address === undefined ? [] : [{ word, address, rest }];
  });
  return lines
    .filter(({ word }) => word === 'DRIVER')
    .map(({ address, rest }) => {
      const of = (wanted: string) => lines.filter(it => it.address === address && it.word === wanted).map(it => it.rest);
      return {
        address,
        driver: rest,
        config: new Uint8Array(Buffer.from(of('CONFIG').join(''), 'hex')),
        lspci: of('LSPCI').join('\n'),
        lines: of,
      };
    });
}
