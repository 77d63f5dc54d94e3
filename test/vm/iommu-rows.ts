/** What QEMU was seen to do with a guest's IOMMU on x86 and devices of the host: command lines with what is said, where it does not start. */

/**
 * Hosts that they were run on: VMs whose VT-d takes addresses of 48 bits, or of 39, does not nest and serves no scalable mode; and one with
 * an AMD IOMMU.
 */
export type IommuHost = 'intel' | 'intel-39' | 'amd';

export interface IommuRow {
  readonly title: string;
  /** Default `11.1`. */
  readonly qemu?: '11.1' | '10.0';
  /** Default `q35`. */
  readonly machine?: string;
  /** Behind what every run has. `$1`, `$2`: addresses of devices of the host. */
  readonly words: string;
  /** Default `intel`. */
  readonly host?: IommuHost;
  /** What ends QEMU, with the device's driver in front where QEMU names one; null where it starts. */
  readonly fails: string | null;
}

const IOMMUFD = '-object iommufd,id=iommufd0';
const PORT = '-device pcie-root-port,id=rp1,chassis=1';
const SECOND_PORT = '-device pcie-root-port,id=rp2,chassis=2';
const DEVICE = '-device vfio-pci,host=$1,bus=rp1,iommufd=iommufd0';
const LEGACY = '-device vfio-pci,host=$1,bus=rp1';
const EXPANDER = '-device pxb-pcie,id=pxb,bus_nr=8,bus=pcie.0';
const BELOW_EXPANDER = '-device pcie-root-port,id=rp1,bus=pxb';
const CONVENTIONAL = '-device pcie-pci-bridge,id=b1,bus=rp1 -device vfio-pci,host=$1,bus=b1,addr=1,iommufd=iommufd0';

const by = (iommu: string): string => `${IOMMUFD} -device ${iommu} ${PORT} ${DEVICE}`;
const legacy = (iommu: string): string => `-device ${iommu} ${PORT} ${LEGACY}`;
const refusal = (words: string): string => `vfio-pci: vfio $1: Failed to set vIOMMU: ${words}`;
const UNCACHED = refusal('Device assignment is not allowed without enabling caching-mode=on for Intel IOMMU.');
const UNCACHED_10_0 = 'We need to set caching-mode=on for intel-iommu to enable device assignment with IOMMU protection.';
const NO_NESTING = 'vfio-pci: vfio $1: Failed to allocate hwpt: Operation not supported';
const width = (bits: number): string => refusal(`aw-bits ${bits} > host aw-bits 39`);
const pages = (mask: string): string =>
  refusal(`$1: virtio-iommu reports a page size mask 0x1000 incompatible with currently supported mask ${mask}`);

const starts = { fails: null } as const;

const INTEL: readonly IommuRow[] = [
  { title: 'intel-iommu', words: by('intel-iommu'), fails: UNCACHED },
  { title: 'intel-iommu, legacy', words: legacy('intel-iommu'), fails: UNCACHED },
  { title: 'intel-iommu,caching-mode=on', words: by('intel-iommu,caching-mode=on'), ...starts },
  { title: 'intel-iommu,caching-mode=on, legacy', words: legacy('intel-iommu,caching-mode=on'), ...starts },
  { title: 'intel-iommu behind the device', words: `${IOMMUFD} ${PORT} ${DEVICE} -device intel-iommu`, ...starts },
  { title: 'aw-bits=39', words: by('intel-iommu,caching-mode=on,aw-bits=39'), ...starts },
  { title: 'scalable-mode=on', words: by('intel-iommu,caching-mode=on,scalable-mode=on,pasid-bits=20'), ...starts },
  { title: 'fsts=on where nothing nests', words: by('intel-iommu,scalable-mode=on,fsts=on'), fails: NO_NESTING },
  {
    title: 'fsts=on,caching-mode=on where nothing nests',
    words: by('intel-iommu,caching-mode=on,scalable-mode=on,fsts=on'),
    fails: NO_NESTING,
  },
  { title: 'fsts=on, legacy', words: legacy('intel-iommu,scalable-mode=on,fsts=on'), fails: UNCACHED },
  {
    title: 'fsts=on,caching-mode=on, legacy',
    words: legacy('intel-iommu,caching-mode=on,scalable-mode=on,fsts=on'),
    fails: refusal('Need IOMMUFD backend when fsts=on'),
  },
  { title: 'below a conventional bridge', words: `${IOMMUFD} -device intel-iommu ${PORT} ${CONVENTIONAL}`, fails: UNCACHED },
  { title: 'below an expander', words: `${IOMMUFD} -device intel-iommu ${EXPANDER} ${BELOW_EXPANDER} ${DEVICE}`, fails: UNCACHED },
  {
    title: 'below an expander that goes around it',
    words: `${IOMMUFD} -device intel-iommu ${EXPANDER},bypass_iommu=on ${BELOW_EXPANDER} ${DEVICE}`,
    ...starts,
  },
  { title: 'default-bus-bypass-iommu=on', machine: 'q35,default-bus-bypass-iommu=on', words: by('intel-iommu'), ...starts },
  {
    title: 'vfio-pci-nohotplug',
    words: `${IOMMUFD} -device intel-iommu ${PORT} -device vfio-pci-nohotplug,host=$1,bus=rp1,iommufd=iommufd0`,
    fails: UNCACHED.replace('vfio-pci', 'vfio-pci-nohotplug'),
  },
  {
    title: 'two devices',
    words: `${by('intel-iommu,caching-mode=on')} ${SECOND_PORT} -device vfio-pci,host=$2,bus=rp2,iommufd=iommufd0`,
    ...starts,
  },
  { title: 'aw-bits of a small host', host: 'intel-39', words: by('intel-iommu,caching-mode=on'), fails: width(48) },
  { title: 'aw-bits of a small host, legacy', host: 'intel-39', words: legacy('intel-iommu,caching-mode=on'), fails: width(48) },
  { title: 'aw-bits=39 of a small host', host: 'intel-39', words: by('intel-iommu,caching-mode=on,aw-bits=39'), ...starts },
  {
    title: 'pc-q35-9.1 on a small host',
    host: 'intel-39',
    machine: 'pc-q35-9.1',
    words: legacy('intel-iommu,caching-mode=on'),
    ...starts,
  },
  { title: 'caching-mode before aw-bits', host: 'intel-39', words: by('intel-iommu'), fails: UNCACHED },
  {
    title: 'aw-bits before iommufd',
    host: 'intel-39',
    words: legacy('intel-iommu,caching-mode=on,scalable-mode=on,fsts=on'),
    fails: width(48),
  },
  { title: 'intel-iommu on AMD', host: 'amd', words: by('intel-iommu,caching-mode=on'), ...starts },
];

const OTHERS: readonly IommuRow[] = [
  { title: 'amd-iommu', words: by('amd-iommu'), ...starts },
  { title: 'amd-iommu, legacy', words: legacy('amd-iommu'), ...starts },
  { title: 'amd-iommu,dma-remap=on', words: by('amd-iommu,dma-remap=on'), ...starts },
  { title: 'virtio-iommu-pci', words: by('virtio-iommu-pci'), ...starts },
  { title: 'virtio-iommu-pci, legacy', words: legacy('virtio-iommu-pci'), ...starts },
  { title: 'granule=4k', words: by('virtio-iommu-pci,granule=4k'), ...starts },
  { title: 'granule=8k', words: by('virtio-iommu-pci,granule=8k'), fails: pages('0xffffffffffffe000') },
  { title: 'granule=64k', words: by('virtio-iommu-pci,granule=64k'), fails: pages('0xffffffffffff0000') },
  { title: 'granule=64k, legacy', words: legacy('virtio-iommu-pci,granule=64k'), ...starts },
  { title: 'granule=64k behind the device', words: `${IOMMUFD} ${PORT} ${DEVICE} -device virtio-iommu-pci,granule=64k`, ...starts },
  {
    title: 'granule=64k on pc',
    machine: 'pc',
    words: `${IOMMUFD} -device virtio-iommu-pci,granule=64k -device vfio-pci,host=$1,iommufd=iommufd0`,
    fails: pages('0xffffffffffff0000'),
  },
];

const FIRST_STAGE = 'intel-iommu,caching-mode=on,x-scalable-mode=on,x-flts=on';

const old = (title: string, row: Omit<IommuRow, 'title' | 'qemu' | 'host'>): IommuRow => ({
  title: `${title}, 10.0`,
  qemu: '10.0',
  host: 'intel-39',
  ...row,
});

/** On the small host, so that one host serves them all. */
const QEMU_10_0: readonly IommuRow[] = [
  old('aw-bits=39', { words: by('intel-iommu,aw-bits=39'), fails: UNCACHED_10_0 }),
  old('aw-bits=39, legacy', { words: legacy('intel-iommu,aw-bits=39'), fails: UNCACHED_10_0 }),
  old('intel-iommu behind the device', { words: `${IOMMUFD} ${PORT} ${DEVICE} -device intel-iommu`, fails: UNCACHED_10_0 }),
  old('default-bus-bypass-iommu=on', {
    machine: 'q35,default-bus-bypass-iommu=on',
    words: by('intel-iommu'),
    fails: UNCACHED_10_0,
  }),
  old('aw-bits=39,caching-mode=on', { words: by('intel-iommu,aw-bits=39,caching-mode=on'), ...starts }),
  old('aw-bits of a small host', { words: by('intel-iommu'), fails: width(48) }),
  old('aw-bits before x-flts', { words: by(FIRST_STAGE), fails: width(48) }),
  old('amd-iommu', {
    words: by('amd-iommu'),
    fails:
      'vfio-pci: vfio $1: memory listener initialization failed: Region amd_iommu: device 00.00.0 requires iommu notifier which is not currently supported',
  }),
  old('virtio-iommu-pci', { words: by('virtio-iommu-pci'), ...starts }),
  old('granule=64k', { words: by('virtio-iommu-pci,granule=64k'), fails: pages('0xffffffffffff0000') }),
];

export const IOMMU_ROWS: readonly IommuRow[] = [...INTEL, ...OTHERS, ...QEMU_10_0];

/** Seen once, on a host that no test boots. */
export const FIRST_STAGE_ROW: IommuRow = {
  title: 'x-flts=on, 10.0',
  qemu: '10.0',
  words: by(FIRST_STAGE),
  fails: refusal('host device is uncompatible with stage-1 translation'),
};
