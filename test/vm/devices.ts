/** The devices a host VM has where a test names none: what QEMU offers with extended capabilities, each behind a root port. */
import { truncateSync, writeFileSync } from 'node:fs';

/** One PCI function of the VM: QEMU's `-device` words, and what else QEMU must be told before it. */
export interface DeviceSpec {
  /** How the test calls it; also QEMU's id. */
  readonly name: string;
  readonly device: string;
  /** QEMU arguments that come before the device. */
  readonly before?: readonly string[];
  /** The bus to sit on, where it is not a root port of its own. */
  readonly bus?: string;
  /** Words for `-machine`. */
  readonly machine?: string;
}

/** A network card with an ATS capability: what the IOMMU's `device-iotlb` decides about can be seen on it. */
export const virtioNetWithAts: DeviceSpec = {
  name: 'virtio-net',
  device: 'virtio-net-pci,ats=on,iommu_platform=on,disable-legacy=on',
};

export const igb: DeviceSpec = { name: 'igb', device: 'igb' };
export const e1000e: DeviceSpec = { name: 'e1000e', device: 'e1000e' };
export const xhci: DeviceSpec = { name: 'xhci', device: 'qemu-xhci' };
export const vmxnet3: DeviceSpec = { name: 'vmxnet3', device: 'vmxnet3' };

export const nvmeWithSriov: DeviceSpec = {
  name: 'nvme',
  before: ['-device', 'nvme-subsys,id=nvme-subsystem'],
  device:
    'nvme,serial=airlock,subsys=nvme-subsystem,max_ioqpairs=26,msix_qsize=27,sriov_max_vfs=4,' +
    'sriov_vq_flexible=8,sriov_vi_flexible=4,sriov_max_vq_per_vf=2,sriov_max_vi_per_vf=1',
};

/** CXL memory behind a CXL root port of a CXL host bridge: DVSECs, DOE, serial number. */
export const cxlMemory: DeviceSpec = {
  name: 'cxl',
  machine: 'cxl=on',
  before: [
    ...['-object', 'memory-backend-ram,id=cxl-memory,size=256M'],
    ...['-device', 'pxb-cxl,bus_nr=128,bus=pcie.0,id=cxl-bridge'],
    ...['-device', 'cxl-rp,port=0,bus=cxl-bridge,id=cxl-port,chassis=0,slot=200'],
  ],
  device: 'cxl-type3,volatile-memdev=cxl-memory,sn=0x1122334455667788',
  bus: 'cxl-port',
};

export const standardDevices: readonly DeviceSpec[] = [virtioNetWithAts, igb, e1000e, nvmeWithSriov, xhci, vmxnet3, cxlMemory];

/** Error reporting beside ATS. */
export const virtioNetWithAer: DeviceSpec = {
  name: 'virtio-aer',
  device: 'virtio-net-pci,ats=on,aer=on,iommu_platform=on,disable-legacy=on',
};

/** A DOE mailbox first in the extended list. QEMU connects to an SPDM responder on that TCP port of this machine. */
export function nvmeWithDoe(port: number): DeviceSpec {
  return { name: 'nvme-doe', device: `nvme,serial=airlock,spdm_port=${port},spdm_trans=doe` };
}

/** A DOE mailbox last in the extended list, behind ARI and SR-IOV. */
export function nvmeWithSriovAndDoe(port: number): DeviceSpec {
  return {
    name: 'nvme-sriov-doe',
    before: ['-device', 'nvme-subsys,id=nvme-subsystem-2'],
    device: `${nvmeWithSriov.device.replace('nvme-subsystem', 'nvme-subsystem-2')},spdm_port=${port},spdm_trans=doe`,
  };
}

/** MSI with 16 vectors and no MSI-X. */
export const xhciWithMsi: DeviceSpec = { name: 'xhci-msi', device: 'nec-usb-xhci,msi=on,msix=off' };

/** Conventional functions of 256 bytes: SATA capability and I/O region; MSI alone; PME support; no capability at all. */
export const conventionalDevices: readonly DeviceSpec[] = [
  { name: 'ahci', device: 'ich9-ahci' },
  { name: 'edu', device: 'edu' },
  { name: 'i82559c', device: 'i82559c' },
  { name: 'e1000', device: 'e1000' },
];

/** An image of zeros that takes no place on this machine's disk before it is written to. */
export function writeEmptyImage(path: string, bytes: number): void {
  writeFileSync(path, '');
  truncateSync(path, bytes);
}

/** A plain NVMe disk whose blocks are a raw image of this machine. */
export function nvmeDisk(name: string, image: string): DeviceSpec {
  return {
    name,
    // No cache of QEMU's holds what the VM wrote back from whoever reads the image while the VM runs.
    before: ['-drive', `file=${image},if=none,id=${name}-image,format=raw,cache=none,file.locking=off`],
    device: `nvme,serial=${name},drive=${name}-image`,
  };
}

/** A plain NVMe disk that keeps nothing: what it costs is what a device in general costs. */
export function nullDisk(name: string): DeviceSpec {
  return {
    name,
    before: ['-drive', `driver=null-co,size=64M,if=none,id=${name}-null`],
    device: `nvme,serial=${name},drive=${name}-null`,
  };
}

/** The card on a network of its own, where 10.0.2.2 answers and nothing leads out. */
function onUserNetwork(spec: DeviceSpec): DeviceSpec {
  const name = `${spec.name}-net`;
  return { name, before: ['-netdev', `user,id=${name}-user,restrict=on`], device: `${spec.device},netdev=${name}-user` };
}

export const igbOnNetwork: DeviceSpec = onUserNetwork(igb);
export const virtioNetOnNetwork: DeviceSpec = onUserNetwork(virtioNetWithAts);

/** Two functions without ACS are one group; the VM's kernel has a driver for the second, which is `SECOND_OF_PAIR`. */
export const pair: DeviceSpec = { name: 'pair', device: 'e1000e,addr=0.0,multifunction=on' };
export const SECOND_OF_PAIR: readonly string[] = ['-device', 'nvme,serial=airlock,bus=port-pair,addr=0.1'];
