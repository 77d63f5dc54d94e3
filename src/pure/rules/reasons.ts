/** Every reason a view can give: stable codes, each with a few words for a table and one sentence. Codes are never renamed or reused. */

export interface Reason {
  readonly code: string;
  /** At most 30 characters, so that a line of a table fits into 80 columns. */
  readonly label: string;
  readonly text: string;
}

type Words = readonly [label: string, text: string];

const WORDS = {
  'ari.hidden': ['no next function in the guest', "the next function number is the host's and means nothing in the guest"],
  'ats.masked.kernel-unsupported': ['kernel reports ATS unsupported', 'the host kernel reports that ATS cannot be used for this device'],
  'ats.masked.off': ['ats=off', 'the property ats=off masks ATS from the guest'],
  'ats.shown.kernel-supported': ['kernel: ATS may be used', 'the host kernel does not report ATS as unsupported'],
  'ats.shown.passed-on': ['as the device has it', 'this version of the VMM passes ATS on and does not ask the host kernel'],
  'ats.shown.unreported': ['kernel has not reported on ATS', 'the host kernel has not reported whether ATS can be used for this device'],
  'bar.emulated': ["addresses are the guest's", 'the VMM gives the guest base addresses of its own'],
  'chain.placeholder': ['empty header at 100h', 'an empty header stays at 100h, where the list must start'],
  'chain.relinked': ['next pointer skips hidden ones', 'the next pointer skips capabilities that are hidden'],
  'express.dropped.conventional-bus': ['on a conventional bus', 'the device is on a conventional PCI bus below an express root'],
  'express.dropped.legacy-endpoint': ['legacy, on root complex', 'a legacy endpoint cannot be a root complex integrated endpoint'],
  'express.endpoint': ['integrated, below a port', 'an integrated endpoint becomes an endpoint with a made-up link below a root port'],
  'express.integrated': ['endpoint on the root complex', 'an endpoint on the root complex becomes an integrated endpoint without a link'],
  'express.version': ['version 0 is read as 1', 'a capability version of 0 is shown as 1'],
  'extended.dropped.conventional-bus': ['no extended space on this bus', 'a device on a conventional PCI bus has no extended config space'],
  'extended.unreachable': ['no access to extended space', 'the machine has no access to extended config space, which its ports carry'],
  'header.command-reset': ['switched off at reset', "the VMM resets the device: it decodes nothing until the guest's firmware enables it"],
  'header.id-overridden': ['identity set by property', 'a property replaces the identity of the device'],
  'header.single-function': ['each function stands alone', 'the VMM gives the guest each function as a device of its own'],
  'header.multifunction': ['multi-function as in the guest', "the multi-function bit follows the property of the guest's device"],
  'hidden.blanked': ['hidden registers read 0', 'the registers of a hidden capability read as 0 and take no writes'],
  'igd.no-opregion-address': ["the OpRegion is the host's", "the address of the OpRegion is the host's: the guest's firmware sets its own"],
  'igd.no-stolen-address': [
    "stolen memory is the host's",
    "the address of the stolen memory is the host's: the guest's firmware sets its own",
  ],
  'igd.stolen-memory': ['x-igd-gms', 'the property x-igd-gms says how much stolen memory the guest is told of'],
  'kernel.capability-unlinked': ['not virtualised by vfio-pci', 'vfio-pci does not virtualise this capability and unlinks it'],
  'kernel.enabled': ['enabled as it is opened', 'vfio-pci enables the memory and I/O regions of a device that it opens'],
  'kernel.express-flr': ['reset bit reads 0', 'vfio-pci shows Initiate Function Level Reset as 0'],
  'kernel.interrupt-pin': ['a VF has no INTx', 'a virtual function has no INTx'],
  'kernel.memory-enable': ['a VF always decodes memory', 'a virtual function decodes memory at all times'],
  'kernel.msi-disabled': ['MSI off until it is set up', 'vfio-pci shows MSI as disabled until user space sets it up'],
  'kernel.opened': ['as vfio-pci opens it', "vfio-pci opens the device with all off that the host's driver had switched on"],
  'kernel.pme-hidden': ['power events hidden', 'vfio-pci hides power management events: a guest cannot wake the host'],
  'kernel.vf-bars': ['BAR types of the VF', "a virtual function's own BARs read 0: their types stand in the physical function"],
  'kernel.vf-identity': ['identity of the VF', "a virtual function's own Vendor and Device ID read FFFFh"],
  'msi.emulated': ['MSI starts off, unprogrammed', 'the VMM emulates MSI: the guest starts with it disabled and unprogrammed'],
  'msix.emulated': ['MSI-X starts off, unmasked', 'the VMM emulates MSI-X: the guest starts with it disabled and unmasked'],
  'msix.into-pages': [
    'moved to pages of its own',
    'the table of MSI-X begins inside of a page: the VMM doubles the BAR and moves table and pending bits into its upper half',
  ],
  'msix.own-bar': ['holds MSI-X table', 'the property x-msix-relocation gives the table and the pending bits of MSI-X a BAR of their own'],
  'msix.relocated': ['moved by x-msix-relocation', 'the property x-msix-relocation moves the table and the pending bits of MSI-X'],
  'msix.pending-corrected': [
    'pending bits put into the BAR',
    "the device's own register points outside of the BAR, as this device is known to",
  ],
  'nvidia.clique': ['GPUDirect clique', 'the property x-nv-gpudirect-clique tells the guest which GPUs may do peer-to-peer DMA'],
  'nvidia.clique-over': ['GPUDirect clique over it', 'the VMM writes the GPUDirect clique over it, with which the list ends'],
  'pasid.synthesised': [
    "from the host IOMMU's report",
    "the VMM adds PASID as the host IOMMU reports it, since vfio-pci hides the device's own",
  ],
  'power.reset': ['powered on at reset', 'the VMM resets the device, for which it powers it on'],
  'rebar.hidden': [
    'current size cannot be offered',
    'resizing is not passed on, and the current size is outside of what the VMM can offer',
  ],
  'rebar.not-offered': ['a guest cannot resize', 'resizing is not passed on'],
  'rebar.limited': ['only its current size', 'resizing is not passed on: each BAR offers its current size alone'],
  'rom.emulated': ["ROM address is the guest's", "the VMM gives the guest's expansion ROM an address of its own"],
  'sriov.hidden': ['a guest cannot create VFs', 'a guest cannot create virtual functions, and their read-only BARs confuse firmware'],
  'unknown.bytes': ['rests on unknown bytes', 'what becomes of it rests on bytes of config space that are not known'],
  'vmd.windows': [
    'where the host has its windows',
    'a driver in the guest needs the addresses that the host gave to the windows of the VMD',
  ],
} as const satisfies Readonly<Record<string, Words>>;

/** A stable code of a reason: scripts may compare it. */
export type ReasonCode = keyof typeof WORDS;

/** Every reason by its code. The objects are shared: a view holds references to them. */
export const REASONS = Object.fromEntries(
  Object.entries(WORDS).map(([code, [label, text]]) => [code, Object.freeze({ code, label, text })]),
) as Readonly<Record<ReasonCode, Reason>>;
