/** The Arm host that the test files of this folder use one after the other: booted once, its devices with vfio-pci. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HostVm } from '../vm/booted-vm.ts';
import { type DeviceSpec, igb, nvmeDisk, virtioNetWithAts, writeEmptyImage } from '../vm/devices.ts';
import { packedAirlock } from '../vm/packed-airlock.ts';
import { bindToVfio } from '../vm/vfio.ts';
import { armHost } from './arm-host.ts';

export const DISK_BYTES = 64 << 20;

/** Cards with ATS, of which the first is on a network where 10.0.2.2 answers; two and two for pairs behind one virtual SMMU; a card without; a disk with blocks. */
const NAMES = ['virtio-net', 'virtio-twin', 'virtio-third', 'virtio-fourth', 'igb', 'disk'] as const;
export type ArmDevice = (typeof NAMES)[number];

export interface SharedArmHost {
  readonly vm: HostVm;
  readonly addresses: Readonly<Record<ArmDevice, string>>;
  /** What the disk's blocks are kept in, on this machine. */
  readonly image: string;
}

function specOf(name: ArmDevice, image: string): DeviceSpec {
  if (name === 'igb') return igb;
  if (name === 'disk') return nvmeDisk(name, image);
  if (name !== 'virtio-net') return { ...virtioNetWithAts, name };
  return { name, before: ['-netdev', 'user,id=network,restrict=on'], device: `${virtioNetWithAts.device},netdev=network` };
}

/** Boots it. The caller closes `vm`. */
export async function bootArmHost(): Promise<SharedArmHost> {
  const folder = mkdtempSync(join(tmpdir(), 'airlock-arm-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const image = join(folder, 'disk.img');
  writeEmptyImage(image, DISK_BYTES);
  const vm = await armHost({ devices: NAMES.map(name => specOf(name, image)), package: packedAirlock() });
  try {
    const bound = NAMES.map(async name => {
      const address = await vm.address(name);
      await bindToVfio(vm, address);
      return [name, address] as const;
    });
    return { vm, addresses: Object.fromEntries(await Promise.all(bound)) as SharedArmHost['addresses'], image };
  } catch (error) {
    await vm.close();
    throw error;
  }
}

let running: Promise<SharedArmHost> | undefined;
let users = 0;

export interface ArmHostSharing {
  /** Booted with the first call. */
  get(): Promise<SharedArmHost>;
  /** The user is done; the last one closes the host. */
  release(): Promise<void>;
}

/** Announces a user of the host, to be called where a test file is loaded. */
export function shareArmHost(): ArmHostSharing {
  users++;
  return {
    get() {
      running ??= bootArmHost();
      return running;
    },
    async release() {
      users--;
      if (users > 0) return;
      const host = running;
      running = undefined;
      await (await host)?.vm.close();
    },
  };
}
