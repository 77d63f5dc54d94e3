/** What each property does to the guest's view. test/vm compares it with QEMU, and a test beside the rules with our own view. */
import type { DriverName } from './generated-table.ts';
import { helpedProperties } from './property-help.ts';

/** What a property does to what the guest sees. */
export interface PropertyEffect {
  /** Whether some value changes the guest's bytes, its regions, what a migration compares, or how the realize ends, for some device. */
  readonly changesView: boolean;
  /** One sentence without a full stop. */
  readonly text: string;
}

/** A view that it changes, and one that it does not. */
type Line = readonly ['changes' | 'leaves', text: string];

const IDENTITY = 'the guest reads the value in place of what the device says, and what goes by it goes by the value';
const WHICH_DEVICE = 'says which host device is assigned, and nothing of how the guest sees it';
const MIGRATION = 'is about how the device migrates: config space stays as it is';
const SPEED = 'is about how interrupts and registers reach the guest: config space stays as it is';
const EMULATED_ONLY = 'is for devices that the VMM emulates: an assigned device keeps what it has';

const VFIO_PCI: Readonly<Record<string, Line>> = {
  'acpi-index': ['leaves', 'goes into ACPI tables'],
  addr: ['leaves', 'says where the device stands on its bus'],
  ats: ['changes', 'the ATS capability is shown, masked, or required at the price of a realize that fails'],
  bootindex: ['leaves', "goes into the firmware's boot order"],
  busnr: ['leaves', 'cannot be set'],
  display: ['changes', 'on fails the realize, since vfio-pci has no screen to show'],
  'enable-migration': ['changes', 'on fails the realize where the host driver cannot migrate the device, as vfio-pci itself cannot'],
  failover_pair_id: ['changes', 'fails the realize of anything but an Ethernet card alone in a PCI Express slot; bytes stay as they are'],
  fd: ['leaves', WHICH_DEVICE],
  host: ['leaves', WHICH_DEVICE],
  iommufd: ['leaves', 'says how the device is attached; it decides what the host kernel is asked, and so what it reports of ATS and PASID'],
  'migration-events': ['leaves', MIGRATION],
  multifunction: ['changes', 'sets the multi-function bit of the header type, which is off without it'],
  rombar: ['changes', 'the guest has no ROM base address register with 0; the register reads 0 at first in any case'],
  romfile: ['changes', "the ROM is the file's, and none where it is empty; its base address register reads 0 at first in any case"],
  romsize: ['changes', "says how large the region of a romfile is; without one the device's own ROM counts"],
  'skip-vsc-check': ['changes', 'off makes a migration compare the bodies of vendor-specific capabilities; the guest reads the same bytes'],
  'sriov-pf': ['changes', 'fails the realize: it is for emulated virtual functions, and QEMU dies of it'],
  sysfsdev: ['leaves', WHICH_DEVICE],
  'vf-token': ['leaves', WHICH_DEVICE],
  'x-balloon-allowed': ['changes', 'on fails the realize of any PCI device: it is for mediated devices'],
  'x-device-dirty-page-tracking': ['leaves', MIGRATION],
  'x-igd-gms': ['changes', 'the size of the stolen memory in Graphics Control (50h) of Intel graphics whose generation is known'],
  'x-igd-legacy-mode': ['changes', 'on fails the realize of Intel graphics on any machine but i440fx'],
  'x-igd-lpc': [
    'changes',
    'on fails the realize of Intel graphics on q35, which has an LPC bridge already; the device itself stays as it is',
  ],
  'x-igd-opregion': [
    'changes',
    'before 11.1, on makes ASLS (FCh) of Intel graphics read 0, and fails without an OpRegion; in 11.1 ASLS reads 0 either way',
  ],
  'x-intx-mmap-timeout-ms': ['leaves', SPEED],
  'x-max-bounce-buffer-size': ['leaves', 'is about DMA of emulated devices: config space stays as it is'],
  'x-migration-load-config-after-iter': ['leaves', MIGRATION],
  'x-migration-max-queued-buffers-size': ['leaves', MIGRATION],
  'x-migration-multifd-transfer': ['leaves', MIGRATION],
  'x-msix-relocation': [
    'changes',
    "the table and the pending bits of MSI-X move behind a BAR's registers or into a BAR of their own; auto fails the realize",
  ],
  'x-no-geforce-quirks': ['leaves', 'leaves out windows in BARs that mirror config space: config space itself stays as it is'],
  'x-no-kvm-intx': ['leaves', SPEED],
  'x-no-kvm-ioeventfd': ['leaves', SPEED],
  'x-no-kvm-msi': ['leaves', SPEED],
  'x-no-kvm-msix': ['leaves', SPEED],
  'x-no-mmap': ['leaves', SPEED],
  'x-no-vfio-ioeventfd': ['leaves', SPEED],
  'x-nv-gpudirect-clique': [
    'changes',
    'adds a vendor capability "P2P" at C8h, or D4h, to an NVIDIA display device; fails the realize of any other',
  ],
  'x-pci-class-code': ['changes', IDENTITY],
  'x-pci-device-id': ['changes', IDENTITY],
  'x-pci-sub-device-id': ['changes', IDENTITY],
  'x-pci-sub-vendor-id': ['changes', IDENTITY],
  'x-pci-vendor-id': ['changes', `${IDENTITY}; ffffh fails the realize`],
  'x-pcie-ari-nextfn-1': ['leaves', EMULATED_ONLY],
  'x-pcie-err-unc-mask': ['leaves', EMULATED_ONLY],
  'x-pcie-ext-tag': ['leaves', EMULATED_ONLY],
  'x-pcie-extcap-init': ['leaves', EMULATED_ONLY],
  'x-pcie-lnksta-dllla': ['leaves', EMULATED_ONLY],
  'x-pre-copy-dirty-page-tracking': ['leaves', MIGRATION],
  'x-req': ['leaves', 'is about giving the device back: config space stays as it is'],
  'x-vga': [
    'changes',
    'on fails the realize of a device that is no VGA controller, and of one whose kernel has no VFIO_PCI_VGA; bytes stay as they are',
  ],
  'x-vpasid-cap-offset': ['changes', 'where a synthesised PASID capability stands'],
  xres: ['changes', 'fails the realize, since it needs display=on and vfio-pci has no screen to show'],
  yres: ['changes', 'fails the realize, since it needs display=on and vfio-pci has no screen to show'],
};

const NOHOTPLUG: Readonly<Record<string, Line>> = {
  ramfb: ['changes', 'on fails the realize, since it needs display=on and vfio-pci has no screen to show'],
  'use-legacy-x86-rom': ['leaves', 'is about a frame buffer beside the device: config space stays as it is'],
  'x-ramfb-migrate': ['changes', 'on without ramfb is warned of; bytes stay as they are'],
};

const SERVED = 'says how the VMM speaks to the server, which says what the guest sees';

const VFIO_USER: Readonly<Record<string, Line>> = {
  socket: ['leaves', SERVED],
  'x-msg-timeout': ['leaves', SERVED],
  'x-no-posted-writes': ['leaves', SERVED],
  'x-send-queued': ['leaves', SERVED],
};

const ELSEWHERE = "is about the guest's IOMMU: config space of assigned devices stays as it is";

/** All lines of a driver, of which few change the view. */
function elsewhere(driver: DriverName, changes: Readonly<Record<string, Line>>): Readonly<Record<string, Line>> {
  return Object.fromEntries(helpedProperties(driver).map(name => [name, changes[name] ?? ['leaves', ELSEWHERE]]));
}

/** Of a device that a server has: lines of vfio-pci where it has the same property. */
const servedLines = Object.fromEntries(
  helpedProperties('vfio-user-pci').flatMap(name => {
    const line = VFIO_USER[name] ?? VFIO_PCI[name];
    return line === undefined ? [] : [[name, line]];
  }),
);

const TAKES_PASIDS = "the guest's IOMMU takes PASIDs, and assigned devices get a synthesised PASID capability";

const LINES: Readonly<Record<DriverName, Readonly<Record<string, Line>>>> = {
  'vfio-pci': VFIO_PCI,
  'vfio-pci-nohotplug': { ...VFIO_PCI, ...NOHOTPLUG },
  'vfio-user-pci': servedLines,
  'arm-smmuv3': elsewhere('arm-smmuv3', { ssidsize: ['changes', `above 0 ${TAKES_PASIDS}`] }),
  'intel-iommu': elsewhere('intel-iommu', {
    'caching-mode': ['changes', 'off fails the realize of any assigned device'],
    'pasid-bits': ['changes', `above 0 ${TAKES_PASIDS}`],
  }),
  'amd-iommu': elsewhere('amd-iommu', {}),
  'virtio-iommu-pci': elsewhere('virtio-iommu-pci', {}),
};

/** Names of the properties of `driver` that have an effect written down, or of which it is written down that they have none. */
export function judgedProperties(driver: DriverName): string[] {
  return Object.keys(LINES[driver]);
}

/**
 * What the property does to the guest's view.
 *
 * @throws RangeError for a name that `driver` does not have
 * @example
 * ```ts
 * import { propertyEffect } from 'vfio-airlock/machine';
 *
 * propertyEffect('vfio-pci', 'ats').changesView; // → true
 * propertyEffect('vfio-pci', 'bootindex').changesView; // → false
 * propertyEffect('vfio-pci', 'atz'); // → throws RangeError
 * ```
 */
export function propertyEffect(driver: DriverName, name: string): PropertyEffect {
  const line = Object.hasOwn(LINES[driver], name) ? LINES[driver][name] : undefined;
  if (line === undefined) throw new RangeError(`${driver} has no property ${name}`);
  const [kind, text] = line;
  return { changesView: kind === 'changes', text };
}
