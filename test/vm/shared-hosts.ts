/** Host VMs that several test files use one after the other, since a boot takes longer than most tests. */
import { bootAhead } from './boot-ahead.ts';
import { type DeviceSpec, igb, nvmeWithSriov, standardDevices, virtioNetWithAts } from './devices.ts';
import { type HostVm, hostVm } from './host-vm.ts';
import { packedAirlock } from './packed-airlock.ts';
import { bindToVfio } from './vfio.ts';

/** Intel's with a device IOTLB: the kernel says of a device with ATS that it may be used. The other two: that it is not supported. */
export type SharedIommu = 'intel' | 'intel-no-iotlb' | 'amd';

/** A device with ATS, its twin so that two tests can use one each at once, and two without; vfio-pci has all of them. */
export const sharedDevices = {
  'virtio-net': virtioNetWithAts,
  'virtio-twin': { ...virtioNetWithAts, name: 'virtio-twin' },
  igb,
  nvme: nvmeWithSriov,
} as const satisfies Record<string, DeviceSpec>;

export type SharedDevice = keyof typeof sharedDevices;

export interface SharedHost {
  readonly vm: HostVm;
  readonly addresses: Readonly<Record<SharedDevice, string>>;
}

/**
 * Without interrupt remapping that the kernel trusts, iommufd and the legacy container need `allow_unsafe_interrupts`. The disk's
 * interrupts do not come either: its driver, which is not needed, would hold the boot up for the minute after which it gives up.
 */
const KERNEL_ARGUMENTS: Readonly<Record<SharedIommu, readonly string[]>> = {
  intel: [],
  'intel-no-iotlb': [],
  amd: ['iommufd.allow_unsafe_interrupts=1', 'vfio_iommu_type1.allow_unsafe_interrupts=1', 'initcall_blacklist=nvme_init'],
};

/** Boots a host with the package installed and its devices bound to vfio-pci. The caller closes `vm`. */
export async function bootHost(iommu: SharedIommu): Promise<SharedHost> {
  const devices = Object.values<DeviceSpec>(sharedDevices);
  const vm = await hostVm({ iommu, devices, package: packedAirlock(), kernelArguments: KERNEL_ARGUMENTS[iommu], memory: '3G' });
  try {
    const bound = devices.map(async ({ name }) => {
      const address = await vm.address(name);
      await bindToVfio(vm, address);
      return [name, address] as const;
    });
    return { vm, addresses: Object.fromEntries(await Promise.all(bound)) as SharedHost['addresses'] };
  } catch (error) {
    await vm.close();
    throw error;
  }
}

/** A host as it boots: `standardDevices` with their host drivers, Intel's IOMMU with a device IOTLB, the package. */
export interface StandardHost {
  readonly vm: HostVm;
  /** By the device's name, in the order of the list. */
  readonly addresses: ReadonlyMap<string, string>;
}

async function bootStandardHost(): Promise<StandardHost> {
  const vm = await hostVm({ iommu: 'intel', devices: [...standardDevices, spareDevice], package: packedAirlock() });
  try {
    const addresses = await Promise.all(standardDevices.map(async ({ name }) => [name, await vm.address(name)] as const));
    return { vm, addresses: new Map(addresses) };
  } catch (error) {
    await vm.close();
    throw error;
  }
}

/** One more device of the standard host, for a test to take away. */
export const spareDevice: DeviceSpec = { name: 'spare', device: 'vmxnet3' };

const hosts = new Map<string, Promise<{ readonly vm: HostVm }>>();
let users = 0;
let idle: NodeJS.Timeout | undefined;

/** How long hosts wait for a user that announced itself and does not come, as where a name pattern leaves its tests out. */
const IDLE_SECONDS = 600;

async function closeAll(): Promise<void> {
  clearTimeout(idle);
  const open = [...hosts.values()];
  hosts.clear();
  await Promise.allSettled(open.map(async host => (await host).vm.close()));
}

/** Boots the host with the first call. */
function running<Host extends { readonly vm: HostVm }>(name: string, start: () => Promise<Host>): Promise<Host> {
  clearTimeout(idle);
  const known = hosts.get(name) as Promise<Host> | undefined;
  if (known === undefined) {
    const host = start();
    hosts.set(name, host);
    // The next user shall try again.
    host.catch(() => hosts.delete(name));
    return host;
  }
  return known;
}

const startOf = (name: SharedIommu | 'standard'): (() => Promise<{ readonly vm: HostVm }>) =>
  name === 'standard' ? bootStandardHost : () => bootHost(name);

export interface HostSharing {
  /** Booted with the first call; undisturbed by other users, since tests run one after the other. */
  get(iommu: SharedIommu): Promise<SharedHost>;
  /** The same for the host that nothing was done to yet but by the users before. */
  standard(): Promise<StandardHost>;
  /** The user is done; the last one closes the hosts. */
  release(): Promise<void>;
}

/**
 * Announces a user of the hosts. To be called where a test file is loaded: files are loaded long before the first boot ends, so that
 * the hosts stay up until the last of them is done. Whatever the order, a host that was closed is booted anew when it is asked for.
 * `first` is one that no user before asks for: it may boot while their tests run.
 */
export function shareHosts(first?: SharedIommu | 'standard'): HostSharing {
  users++;
  let begun = first === undefined ? null : bootAhead(() => running(first, startOf(first)));
  const begin = async (name: string) => {
    if (name !== first || begun === null) return;
    const start = begun;
    begun = null;
    // What went wrong is told by whoever asks next.
    await start().catch(() => {});
  };
  return {
    async get(iommu) {
      await begin(iommu);
      return running(iommu, () => bootHost(iommu));
    },
    async standard() {
      await begin('standard');
      return running('standard', bootStandardHost);
    },
    async release() {
      users--;
      if (users === 0) return closeAll();
      clearTimeout(idle);
      // It must not keep the process alive; the open VMs do that until it has closed them.
      idle = setTimeout(() => void closeAll(), IDLE_SECONDS * 1000).unref();
    },
  };
}
