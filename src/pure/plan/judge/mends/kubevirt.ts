/** Mends in the fields of KubeVirt's objects (1.9), which say little of devices. */
import { joined, type Mender } from './mender.ts';

/** What the objects do not say, a hook sidecar can write into libvirt's XML. */
const noField = (what: string): string => `KubeVirt has no field for ${what}: a hook sidecar can write it`;

const GATES = 'featureGates of the KubeVirt object';

export const kubevirt: Mender = {
  device: setting => noField(joined([setting])),
  iommu: ({ values }) => noField(joined(values)),
  leaveOut: ({ name }) => `no sidecar that writes ${name}`,
  option: noField,
  iommufd: () => `IOMMUFD in ${GATES}`,
  iommufdObject: () => `IOMMUFD in ${GATES}`,
  legacy: () => 'no IOMMUFD in featureGates',
  bind: ({ given }) => given && `on the node: ${given}`,
  otherDevice: () => 'a pciVendorSelector in permittedHostDevices that leaves it out',
  supply: () => 'a pciVendorSelector in permittedHostDevices that fits others',
  // What a network's functions are, the SR-IOV device plugin of the node is told, and no object of KubeVirt's.
  definedSet: ({ id }) => (id.startsWith('ua-sriov-') ? null : 'permittedHostDevices of the KubeVirt object: --permitted FILE'),
  machine: ({ given }) => `spec.domain.machine.type: ${given ?? 'TYPE, one that airlock machines lists'}`,
  kvm: () => 'no useEmulation in developerConfiguration of the KubeVirt object',
  split: () => noField('the IOAPIC'),
  firmware: () => 'spec.domain.firmware.bootloader.efi: {}',
  iommuModel: () => noField('an IOMMU'),
  oneIommu: () => noField('an IOMMU'),
  otherRoot: () => noField('a root bus'),
  order: () => noField('the order'),
  belowPort: () => 'no annotation kubevirt.io/placePCIDevicesOnRootComplex',
  property: () => 'no sidecar that writes it',
  place: ({ code }) =>
    code === 'place.slot-not-seen' ? 'a pciAddress of slot 00' : 'another pciAddress, or no kubevirt.io/placePCIDevicesOnRootComplex',
};
