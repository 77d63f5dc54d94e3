/** What each property does and which values it takes, in one line of our own words. Names are those of `generated/property-tables*.ts`. */
import type { DriverName } from './generated-table.ts';
import { amdIommu, intelIommu, virtioIommuPci } from './iommu-property-help.ts';

type HelpLines = Readonly<Record<string, string>>;

const vfioPci: HelpLines = {
  'acpi-index': 'Number that firmware tables give the device, from which a guest makes a stable name; 0 for none, at most 16383',
  addr: 'Slot on the guest bus with an optional function number, such as 06 or 06.1; the first free one if not given',
  ats: 'Whether the guest sees ATS: off never, on always (and no start if the kernel reports it unsupported), auto unless so reported',
  bootindex: 'Place of the device in the order in which firmware tries to boot; the lowest number comes first',
  busnr: 'Number of the bus that the device is on; can only be read',
  display: 'Whether the device shows its screen through the VMM, as a virtual GPU can: on, off, or auto where it is able to',
  'enable-migration': 'Whether the device migrates: on requires it, off forbids it, auto where the host driver supports it',
  failover_pair_id: 'ID of the network device that takes over from this one while the guest migrates',
  fd: 'Open file descriptor of the device, by number or name, instead of host or sysfsdev; needs iommufd',
  host: 'PCI address of the host device to assign: [domain:]bus:slot.function',
  iommufd: 'ID of the iommufd object to attach the device to; without one, a legacy VFIO container is used',
  'migration-events': 'Whether management is sent an event at each change of the migration state: on or off',
  multifunction: 'Whether the multi-function bit is set, so that a guest looks for functions 1 to 7: on or off',
  rombar: 'Whether the guest sees the expansion ROM: 0 no, 1 yes, -1 as the device has it',
  romfile: 'File whose content replaces the expansion ROM; empty for no ROM at all',
  romsize: 'Bytes of the expansion ROM region, a power of two; 4294967295 for as many as the ROM needs',
  'skip-vsc-check': 'Whether bytes of vendor-specific capabilities may differ between the two hosts of a migration: on or off',
  'sriov-pf': 'ID of the physical function that an emulated virtual function belongs to',
  sysfsdev: 'Path in sysfs of the host device to assign, instead of host',
  'vf-token': 'UUID shared with the driver that holds the physical function; a virtual function of such a driver needs it',
  'x-balloon-allowed': 'Whether memory ballooning stays allowed, which is unsafe where the device can access all guest memory: on or off',
  'x-device-dirty-page-tracking':
    "Whether the device's own tracking of dirty pages serves migration, rather than the container's: on, off or auto",
  'x-igd-gms': 'Stolen memory of an Intel graphics device, in units of 32 MiB; 0 for as much as the host gave it',
  'x-igd-legacy-mode': 'Whether an Intel graphics device is set up as primary display at 00:02.0, as old drivers want it: on, off or auto',
  'x-igd-lpc': "Whether the guest's LPC bridge takes the identity of the host's, which old Intel graphics drivers check: on or off",
  'x-igd-opregion': "Whether the guest gets a copy of the host's OpRegion of an Intel graphics device: on or off",
  'x-intx-mmap-timeout-ms':
    'Milliseconds after a legacy interrupt until registers are mapped directly again, where no end of interrupt is told; 0 for at once',
  'x-max-bounce-buffer-size': 'Most bytes of buffers for DMA to memory that cannot be mapped; at most 4294967295',
  'x-migration-load-config-after-iter':
    'Whether a migration loads config space only once all device state that comes in rounds has: on, off or auto',
  'x-migration-max-queued-buffers-size':
    "Most bytes of device state that wait in the destination's queue during a migration over several channels",
  'x-migration-multifd-transfer': 'Whether device state migrates over several channels at once: on, off or auto',
  'x-msix-relocation': 'BAR to whose end the MSI-X table moves, so that registers beside it can be mapped: off, auto, bar0 to bar5',
  'x-no-geforce-quirks':
    'Whether the workarounds for NVIDIA GeForce cards are left out, which other NVIDIA cards run faster without: on or off',
  'x-no-kvm-intx': 'Whether legacy interrupts go through the VMM and not straight to KVM: on or off',
  'x-no-kvm-ioeventfd': 'Whether writes that quirks wait for are kept from becoming KVM ioeventfds: on or off',
  'x-no-kvm-msi': 'Whether MSI goes through the VMM and not straight to KVM: on or off',
  'x-no-kvm-msix': 'Whether MSI-X goes through the VMM and not straight to KVM: on or off',
  'x-no-mmap': "Whether the guest's accesses to BARs all go through the VMM instead of mappings, so that they can be traced: on or off",
  'x-no-vfio-ioeventfd': 'Whether KVM ioeventfds are kept from being handed on to VFIO: on or off',
  'x-nv-gpudirect-clique': 'Group, 0 to 15, of NVIDIA GPUs that may do peer-to-peer DMA; adds the capability that tells the guest',
  'x-pci-class-code': "Class, subclass and programming interface that replace the device's, 24 bits; 4294967295 for its own",
  'x-pci-device-id': "Device ID that replaces the device's, 16 bits; 4294967295 for its own",
  'x-pci-sub-device-id': "Subsystem ID that replaces the device's, 16 bits; 4294967295 for its own",
  'x-pci-sub-vendor-id': "Subsystem Vendor ID that replaces the device's, 16 bits; 4294967295 for its own",
  'x-pci-vendor-id': "Vendor ID that replaces the device's, 0 to 65534; 4294967295 for its own",
  'x-pcie-ari-nextfn-1':
    'Whether an emulated ARI names function 1 as the next, as old machine types did: on or off; an assigned device has none',
  'x-pcie-err-unc-mask': 'Whether an emulated AER has its Uncorrectable Error Mask: on or off; an assigned device keeps its own',
  'x-pcie-ext-tag': 'Whether an emulated device takes 8-bit tags: on or off; an assigned device keeps its own',
  'x-pcie-extcap-init': 'Whether an emulated device has its extended capabilities: on or off; an assigned device keeps its own',
  'x-pcie-lnksta-dllla': 'Whether an emulated port tells that its link is active: on or off; an assigned device keeps its own',
  'x-pre-copy-dirty-page-tracking': 'Whether dirty pages are tracked while the guest still runs during a migration: on, off or auto',
  'x-req': "Whether the host's request to give the device back unplugs it from the guest: on or off",
  'x-vga': 'Whether the device answers to the legacy VGA addresses, as a primary display must: on or off',
  'x-vpasid-cap-offset':
    'Offset from 0x100 up, a multiple of 4, where the synthesised PASID capability stands; 0 for the end of config space',
  xres: "Width in pixels to ask of a virtual GPU's display; 0 for its own choice",
  yres: "Height in pixels to ask of a virtual GPU's display; 0 for its own choice",
};

const nohotplug: HelpLines = {
  ramfb: "Whether a simple frame buffer shows what firmware draws before the guest's driver takes over the display: on or off",
  'use-legacy-x86-rom': 'Whether the frame buffer comes with the older VGA option ROM: on or off',
  'x-ramfb-migrate': "Whether the simple frame buffer's state migrates: on, off or auto",
};

const vfioUser: HelpLines = {
  socket: 'UNIX socket of the server that has the device; as an object in JSON: {"type": "unix", "path": "PATH"}',
  'x-msg-timeout': "Milliseconds until a message to the server counts as lost; pinning a guest's memory may take longer than the default",
  'x-no-posted-writes': 'Whether each write to the device waits for the answer of the server: on or off',
  'x-send-queued': 'Whether all messages to the server wait in one queue: on or off',
};

const armSmmuv3: HelpLines = {
  accel: "Whether the host's SMMUv3 translates for assigned devices, nested below the guest's tables: on or off",
  ats: "Whether the guest's SMMUv3 offers ATS, with accel: on, off, or auto as the host's does",
  bus_num: 'Number of the PCI bus that the SMMU serves',
  cmdqv: 'Whether the guest gets command queues of its own (Tegra241 CMDQV), with accel: on, off, or auto as the host has them',
  identifier: 'Number that tells this SMMU from others in firmware tables',
  memory: 'Memory region that the SMMU reads its tables from',
  'msi-gpa': "Guest address of the doorbell that MSIs are written to, with accel; 0 for the board's own",
  oas: "Bits of output addresses, with accel: 44, 48, or auto as the host's; not more than the host's",
  'primary-bus': 'PCI bus whose devices the SMMU translates for',
  ril: "Whether ranges can be invalidated with one command, with accel: on, off, or auto as the host's does",
  'secure-memory': 'Memory region that the SMMU reads tables of the Secure state from',
  smmu_per_bus: 'Whether the SMMU serves one bus of several, each with its own: on or off',
  ssidsize: "Bits of a SubstreamID, with accel: 0 to 20, 0 for no PASID, or auto as the host's; not more than the host's",
  stage: 'Stages of translation that the SMMU has: 1, 2 or nested',
};

/** Those of any PCI device. */
const pciProperties = [
  'acpi-index',
  'addr',
  'busnr',
  'failover_pair_id',
  'multifunction',
  'rombar',
  'romfile',
  'romsize',
  'sriov-pf',
  'x-max-bounce-buffer-size',
  'x-pcie-ari-nextfn-1',
  'x-pcie-err-unc-mask',
  'x-pcie-ext-tag',
  'x-pcie-extcap-init',
  'x-pcie-lnksta-dllla',
];

function vfioPciOf(names: readonly string[]): HelpLines {
  return Object.fromEntries(names.map(name => [name, vfioPci[name] ?? '']));
}

/** Of vfio-pci's, beside those of any PCI device. */
const sharedProperties = [
  'bootindex',
  'x-pci-class-code',
  'x-pci-device-id',
  'x-pci-sub-device-id',
  'x-pci-sub-vendor-id',
  'x-pci-vendor-id',
];

/** The program that has no vfio-user-pci is the one that has this. */
const newerProperties = pciProperties.filter(name => name !== 'x-pcie-extcap-init');

const lines: Readonly<Record<DriverName, HelpLines>> = {
  'vfio-pci': vfioPci,
  'vfio-pci-nohotplug': { ...vfioPci, ...nohotplug },
  'vfio-user-pci': { ...vfioPciOf([...newerProperties, ...sharedProperties]), ...vfioUser },
  'arm-smmuv3': armSmmuv3,
  'intel-iommu': intelIommu,
  'amd-iommu': amdIommu,
  'virtio-iommu-pci': { ...vfioPciOf(pciProperties), ...virtioIommuPci },
};

/** Names of the properties of `driver` that have a line. */
export function helpedProperties(driver: DriverName): string[] {
  return Object.keys(lines[driver]);
}

/** One line without a full stop: what the property does and its values. Empty for a name that `driver` does not have. */
export function propertyHelp(driver: DriverName, name: string): string {
  return Object.hasOwn(lines[driver], name) ? (lines[driver][name] ?? '') : '';
}
