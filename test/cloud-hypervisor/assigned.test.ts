/** Devices of the host that Cloud Hypervisor has by VFIO: what its guest reads is what profile `cloud-hypervisor-53` says. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { hardwareBytes } from '../passthrough/served-host.ts';
import { conventionalDevices, e1000e, igb, nvmeWithSriov, virtioNetWithAts, vmxnet3, xhci, xhciWithMsi } from '../vm/devices.ts';
import type { HostVm } from '../vm/host-vm.ts';
import { bindToVfio } from '../vm/vfio.ts';
import { type Assigned, unexpectedOfAssigned } from './assigned-bytes.ts';
import { GUEST_FILES, hypervisorHost, PROGRAMS_MISSING, toldFunctions } from './hypervisor-host.ts';

const DEVICES = [virtioNetWithAts, igb, e1000e, nvmeWithSriov, xhci, vmxnet3, xhciWithMsi, ...conventionalDevices];
/** A guest with all devices took 30 to 80 s, KVM itself being emulated. */
const timeoutSeconds = 540;
/** Below are the VMM's own devices, of which the guest does not tell. */
const FIRST_SLOT = 16;
const MEMORY_AND_IO = 0x300;

type Properties = Readonly<Record<string, string>>;

/** A clique for each, the first beyond what NVIDIA's driver knows of. */
const CLIQUES: Readonly<Record<string, Properties>> = Object.fromEntries(
  DEVICES.map(({ name }, i) => [name, { x_nv_gpudirect_clique: String(i === 0 ? 0xff : i) }]),
);

/** Bytes of each region and of the ROM's, from the kernel's list of resources: first and last address, flags. */
async function regionSizes(vm: HostVm, address: string): Promise<number[]> {
  const text = await vm.output(['cat', `/sys/bus/pci/devices/${address}/resource`]);
  return text
    .split('\n')
    .slice(0, 7)
    .map(line => line.split(' ').map(BigInt))
    .map(([first = 0n, last = 0n, flags = 0n]) => ((flags & BigInt(MEMORY_AND_IO)) === 0n ? 0 : Number(last - first + 1n)));
}

describe('Cloud Hypervisor with devices of the host', { skip: PROGRAMS_MISSING }, () => {
  let vm: HostVm;
  const hosts = new Map<string, Pick<Assigned, 'host' | 'barSizes'> & { address: string }>();

  before(async () => {
    vm = await hypervisorHost(DEVICES);
    for (const { name } of DEVICES) {
      const address = await vm.address(name);
      hosts.set(name, { address, host: await hardwareBytes(vm, address), barSizes: await regionSizes(vm, address) });
      await bindToVfio(vm, address);
    }
  });
  after(async () => {
    await vm?.close();
  });

  /** Boots a guest with all devices; what it read of each, in the order of `DEVICES`. */
  async function guestReads(
    folder: string,
    properties: Readonly<Record<string, Properties>>,
    platform: readonly string[] = [],
  ): Promise<Uint8Array[]> {
    const words = DEVICES.map(({ name }, i) => {
      const more = Object.entries(properties[name] ?? {}).map(([key, value]) => `,${key}=${value}`);
      return `path=/sys/bus/pci/devices/${hosts.get(name)?.address}/,id=${name},pci_device_id=${FIRST_SLOT + i}${more.join('')}`;
    });
    const script = [
      'set -eu',
      `mkdir ${folder} && cd ${folder}`,
      `cloud-hypervisor --cpus boot=1 --kernel ${GUEST_FILES}/vmlinux --disk path=${GUEST_FILES}/disk.raw,readonly=on,image_type=raw \\`,
      `  --cmdline "console=hvc0 root=/dev/vda1 ro TELL=config" --memory size=512M,shared=on --api-socket vm.sock ${platform.join(' ')} \\`,
      `  --device ${words.join(' ')} > console 2> vmm &`,
      `until [ "$(grep -cs '^DRIVER ' console)" = ${DEVICES.length} ]; do sleep 0.3; kill -0 %%; done`,
      'ch-remote --api-socket vm.sock shutdown-vmm',
      'wait %1',
    ].join('\n');
    await vm.output(`cat > ${folder}.sh`, { stdin: script });
    const { code, stderr } = await vm.run(['bash', `${folder}.sh`], { timeoutSeconds });
    const console = await vm.output(`cat ${folder}/console ${folder}/vmm`);
    assert.equal(code, 0, stderr + console);
    const told = toldFunctions(console);
    return DEVICES.map((_, i) => {
      const slot = (FIRST_SLOT + i).toString(16);
      return told.find(({ address }) => address === `0000:00:${slot}.0`)?.config ?? new Uint8Array(0);
    });
  }

  function unexpected(guests: readonly Uint8Array[], properties: Readonly<Record<string, Properties>>): Record<string, string[]> {
    const found = DEVICES.map(({ name }, i) => {
      const facts = hosts.get(name);
      const guest = guests[i] ?? new Uint8Array(0);
      if (facts === undefined || guest.length !== facts.host.length) return [name, [`${guest.length} bytes`]] as const;
      return [name, unexpectedOfAssigned({ ...facts, guest, properties: properties[name] ?? {} })] as const;
    });
    return Object.fromEntries(found.filter(([, lines]) => lines.length > 0));
  }

  it('through a legacy container the guest reads of each what the profile says', async () => {
    assert.deepEqual(unexpected(await guestReads('plain', {}), {}), {});
  });

  it('and through iommufd, with x_nv_gpudirect_clique, which any device takes', async () => {
    assert.deepEqual(unexpected(await guestReads('cliques', CLIQUES, ['--platform', 'iommufd=on']), CLIQUES), {});
  });
});
