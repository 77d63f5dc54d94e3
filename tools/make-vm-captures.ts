/**
 * Writes `captures/vm-*.json`: QEMU's emulated devices as a real kernel sees them, with its real answers, in the host VMs of test/vm and
 * test/arm. Needs what their installs need, and two minutes.
 *
 *   node --import tsx tools/make-vm-captures.ts [FOLDER]   writes the files; FOLDER is captures/ where it is not given
 *
 * What is in them is compared with running VMs by test/vm/on-shared-hosts/captures.test.ts and test/arm/captures.test.ts.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Capture, type CaptureDevice, formatCapture, parseCapture } from '../src/pure/capture/index.ts';
import { bootArmHost } from '../test/arm/shared-arm-host.ts';
import { airlockInVm } from '../test/vm/airlock-runs.ts';
import type { HostVm } from '../test/vm/booted-vm.ts';
import { bootHost, type SharedDevice, type SharedIommu } from '../test/vm/shared-hosts.ts';

export interface VmCapture {
  readonly file: string;
  /** Of the host: which of the shared ones it is. */
  readonly iommu: SharedIommu | 'smmuv3';
  readonly devices: readonly SharedDevice[];
  /** Where it comes from. */
  readonly origin: string;
}

export const VM_CAPTURES: readonly VmCapture[] = [
  {
    file: 'vm-intel-iotlb.json',
    iommu: 'intel',
    devices: ['virtio-net', 'igb', 'nvme'],
    origin: "QEMU's VT-d, Linux 7.3.4 says: ATS may be used",
  },
  {
    file: 'vm-intel-no-iotlb.json',
    iommu: 'intel-no-iotlb',
    devices: ['virtio-net', 'igb'],
    origin: "QEMU's VT-d, Linux 7.3.4 says: ATS is not supported",
  },
  {
    file: 'vm-amd.json',
    iommu: 'amd',
    devices: ['virtio-net', 'igb'],
    origin: "QEMU's AMD-Vi, Linux 7.3.4 says: ATS is not supported",
  },
  {
    file: 'vm-arm-smmuv3.json',
    iommu: 'smmuv3',
    devices: ['virtio-net', 'igb'],
    origin: "QEMU's SMMUv3, Linux 7.3.4 says: ATS is not supported",
  },
];

/** A host with the package, and where its devices are. */
export interface CapturedHost {
  readonly vm: HostVm;
  readonly addresses: Readonly<Record<string, string>>;
}

/** What each emulated device is; they are behind root ports of the VM. */
const DESCRIPTIONS: Readonly<Partial<Record<SharedDevice, string>>> = {
  'virtio-net': "QEMU 11.1.3's virtio-net-pci,ats=on,iommu_platform=on; not hardware",
  igb: "QEMU 11.1.3's igb: AER, ARI, SR-IOV, without ATS; not hardware",
  nvme: "QEMU 11.1.3's nvme: SR-IOV, without ATS; not hardware",
};

/** The arguments of `airlock capture`, run in the VM. Nothing is redacted: serial numbers and addresses are the emulation's. */
export function captureArguments({ devices, origin }: VmCapture, { addresses }: CapturedHost): string[] {
  const names = devices.map(name => addresses[name]);
  return ['capture', ...names, '--include-serials', '--include-addresses', '--description', origin];
}

/** Device files have their numbers by the order in which a VM binds its devices, which is another each time; in a file, by that of the devices. */
function numberedInOrder(device: CaptureDevice, index: number): CaptureDevice {
  const { cdev, checks = [] } = device;
  if (!cdev) return device;
  const path = `/dev/vfio/devices/vfio${index}`;
  const renamed = checks.map(check => ({ ...check, text: check.text.replaceAll(cdev.path, path) }));
  return { ...device, cdev: { ...cdev, path }, checks: renamed };
}

/** The text of the file for what `airlock capture` printed: with its schema and what the devices are, without what is another each run. */
export function vmCapture({ devices }: VmCapture, printed: string): string {
  const { schemaVersion, format, description, redacts, whole, host: named, devices: captured, bridges } = parseCapture(printed);
  // The VM has the machine ID of the host that it runs on.
  const { id: _, ...host } = named;
  const described = captured.map((device, index) => {
    const { address, ...rest } = numberedInOrder(device, index);
    const [name] = devices.slice(index, index + 1);
    return { address, description: name === undefined ? undefined : DESCRIPTIONS[name], ...rest };
  });
  const capture: Capture = {
    ...{ $schema: '../schemas/capture.schema.json', schemaVersion, format, description, synthetic: true, redacts },
    ...{ whole, host, devices: described, bridges },
  };
  return formatCapture(capture);
}

async function make(wanted: VmCapture): Promise<string> {
  const host = wanted.iommu === 'smmuv3' ? await bootArmHost() : await bootHost(wanted.iommu);
  try {
    const [run] = await airlockInVm(host.vm, [captureArguments(wanted, host)]);
    if (run === undefined || run.code !== 0) throw new Error(`airlock capture ended with ${run?.code}: ${run?.stderr}`);
    return vmCapture(wanted, run.stdout);
  } finally {
    await host.vm.close();
  }
}

async function write(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  await Promise.all(VM_CAPTURES.map(async wanted => writeFileSync(join(folder, wanted.file), await make(wanted))));
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await write(process.argv[2] ?? resolve(import.meta.dirname, '../captures'));
}
