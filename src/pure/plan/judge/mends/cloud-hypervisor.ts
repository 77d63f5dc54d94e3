/** Mends in the options of Cloud Hypervisor (53); in a VmConfig the same names stand as JSON. */
import type { Mender } from './mender.ts';
import { joined } from './mender.ts';

const has = (what: string): string => `another host: Cloud Hypervisor has no option for ${what}`;

export const cloudHypervisor: Mender = {
  device: ({ name, value }) => `${name}=${value} of --device`,
  iommu: ({ values }) => has(joined(values)),
  leaveOut: ({ name }) => `no ${name} of --device`,
  option: has,
  // Devices that reach each other do not start with it.
  iommufd: () => 'iommufd=on,vfio_p2p_dma=off of --platform',
  iommufdObject: () => 'iommufd=on of --platform',
  legacy: () => 'iommufd=off of --platform',
  bind: ({ given }) => given,
  otherDevice: () => 'path= of another device in --device: airlock devices lists them',
  supply: () => null,
  definedSet: () => null,
  machine: () => null,
  kvm: () => null,
  split: () => null,
  firmware: () => '--firmware PATH',
  iommuModel: () => null,
  oneIommu: () => 'iommu=off of --device',
  otherRoot: () => 'another pci_segment= of --device',
  order: () => null,
  belowPort: () => has('a port'),
  property: () => 'leave it out, or see what it takes: airlock properties',
  place: () => 'another pci_segment= and pci_device_id= of --device',
};
