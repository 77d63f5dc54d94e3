/** What each property of a guest's IOMMU on x86, or of virtio, does and which values it takes, in one line of our own words. */

type HelpLines = Readonly<Record<string, string>>;

/** Intel's and AMD's. */
const x86 = {
  'device-iotlb': 'Whether the IOMMU takes translation requests (ATS) of emulated devices: on or off',
  'dma-translation': 'Whether the IOMMU translates DMA, rather than interrupts alone: on or off',
  pt: 'Whether the guest may let a device pass untranslated: on or off',
} as const;

export const intelIommu: HelpLines = {
  ...x86,
  'aw-bits': 'Bits of the addresses that devices use: 39 or 48',
  'caching-mode': 'Whether the guest tells of new mappings too, without which no device of the host can be assigned: on or off',
  'dma-drain': 'Whether the guest can wait until DMA under way has ended: on or off',
  eim: 'Whether interrupts reach processors beyond the 255th (x2APIC): on, which needs intremap, off, or auto',
  fs1gp: 'Whether tables of the first stage may have pages of 1 GiB: on or off',
  fsts: "Whether the guest's first-stage tables are nested below the host's, for assigned devices by iommufd: on or off",
  intremap: "Whether interrupts are remapped: on, which KVM's irqchip must be split or off for, off, or auto where that is so",
  'pasid-bits': 'Bits of a PASID, 0 to 20, in scalable mode; 0 for no PASID',
  'scalable-mode': 'Whether there is scalable mode, in which devices have tables for each PASID: on or off',
  'snoop-control': 'Whether the guest can make DMA coherent whatever the device says: on or off',
  'stale-tm': 'Whether the type field of invalid entries is kept, as old versions did: on or off',
  svm: 'Whether devices share address spaces of processes, with device-iotlb: on or off',
  version: 'Version of the registers; 0 for the newest that is known',
  'x-buggy-eim': 'Whether x2APIC is taken for on in the wrong places, as old versions did: on or off',
  'x-flts': 'Whether the guest has first-stage tables, in scalable mode: on or off',
  'x-pasid-mode': 'Whether devices of the VMM may use PASIDs, in scalable mode: on or off',
  'x-scalable-mode': 'What scalable-mode is called before QEMU 10.2: tables for each PASID, on or off',
};

export const amdIommu: HelpLines = {
  ...x86,
  'dma-remap': 'Whether DMA of assigned devices goes by the tables of the guest: on or off',
  intremap: "Whether interrupts are remapped: on, which KVM's irqchip must be split or off for, off, or auto where that is so",
  'pci-id': 'ID of the AMDVI-PCI device that the IOMMU shows itself by; one is made where there is none',
  xtsup: 'Whether interrupts reach processors beyond the 255th (x2APIC): on or off',
};

/** Those that any virtio device has are about its own queue, which no assigned device uses. */
export const virtioIommuPci: HelpLines = {
  aer: "Whether the IOMMU's own function has Advanced Error Reporting: on or off",
  any_layout: 'Whether requests may be laid out in any way in their buffers: on or off',
  ats: "Whether the IOMMU's own function has ATS, which is not about devices behind it: on or off",
  'aw-bits': 'Bits of the addresses that devices use, 32 to 64; machine types set it to what their bus has',
  'boot-bypass': 'Whether devices pass untranslated until the guest says otherwise: on or off',
  class: 'Class code that the function has; 0 for its own',
  'disable-legacy': 'Whether the interface from before virtio 1.0 is left out: on, off, or auto by the kind of the bus',
  'disable-modern': 'Whether the interface of virtio 1.0 is left out: on or off',
  event_idx: 'Whether each side tells from which request on it wants to be notified: on or off',
  granule: "The smallest page that can be mapped: 4k, 8k, 16k, 64k, or host for that of the host's processor",
  in_order: 'Whether requests are used in the order in which they were made: on or off',
  indirect_desc: 'Whether a request may name a table of buffers: on or off',
  iommu_platform: "Whether the IOMMU's own function is behind an IOMMU: on or off",
  'migrate-extra': 'Whether state beyond that of the oldest versions migrates: on or off',
  'modern-pio-notify': 'Whether the guest can notify by an I/O port with the interface of virtio 1.0: on or off',
  notify_on_empty: 'Whether an empty queue is told of, whatever else was asked for: on or off',
  packed: 'Whether queues have the packed layout: on or off',
  'page-per-vq': 'Whether each queue has a page of its own to be notified in: on or off',
  'primary-bus': 'PCI bus whose devices the IOMMU translates for; the root bus where it stands is meant if not given',
  queue_reset: 'Whether the guest can reset one queue: on or off',
  'reserved-regions': 'Ranges of addresses that devices cannot use, or that reach interrupt controllers; a list, in JSON',
  'use-disabled-flag': 'Whether the state of a device that broke is kept: on or off',
  'use-started': 'Whether it is kept apart if the device was started, as new versions do: on or off',
  'virtio-backend': 'The virtio device behind the function; can only be read',
  'virtio-pci-bus-master-bug-migration': 'Whether an old bug with bus mastering is worked around in migration: on or off',
  'x-ats-page-aligned': "Whether the function's ATS capability says that its requests are aligned to pages: on or off",
  'x-disable-legacy-check': 'Whether the older interface is taken even where the IOMMU asks for the new one: on or off',
  'x-disable-pcie': 'Whether the function has no Express capability: on or off',
  'x-ignore-backend-features': 'Whether features are offered that what is behind does not have: on or off',
  'x-pcie-deverr-init': 'Whether the function reports errors in its Express capability: on or off',
  'x-pcie-flr-init': 'Whether the guest can reset the function alone (FLR): on or off',
  'x-pcie-lnkctl-init': 'Whether Link Control can be written: on or off',
  'x-pcie-pm-init': 'Whether the function has power management: on or off',
  'x-pcie-pm-no-soft-reset': 'Whether waking up from D3 keeps the state of the function: on or off',
};
