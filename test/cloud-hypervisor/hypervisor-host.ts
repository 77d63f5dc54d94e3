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

/**
 * A line of bash that waits until the guest has told all of `count` functions, and ends the script where Cloud Hypervisor has ended: its
 * process is `$vmm`, for a job's number is there after the job's end too.
 */
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
