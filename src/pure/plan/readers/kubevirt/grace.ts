/** What KubeVirt's gate GraceIOVirtualization wants of an instance, in the words in which it refuses. */
import type { FindingList } from '../finding-list.ts';
import { booleanOf, yamlAt } from '../yaml/index.ts';
import type { Cluster } from './cluster.ts';
import type { Instance } from './instance.ts';

export function graceFindings(instance: Instance, { gates }: Cluster, list: FindingList): void {
  const { object, spec } = instance;
  const at = spec ?? object.node;
  const origin = object.text.places.at(at.start, at.end);
  const refuse = (words: string): void => list.add('error', 'kubevirt.grace.refused', `GraceIOVirtualization ${words}`, origin);
  if (!gates.has('PCINUMAAwareTopology')) refuse('requires PCINUMAAwareTopology for PCI placement');
  if (!gates.has('IOMMUFD')) refuse('requires an IOMMUFD file descriptor in virt-launcher');
  if (booleanOf(yamlAt(spec, 'domain', 'cpu', 'dedicatedCpuPlacement')) !== true) refuse('requires dedicated CPU placement');
  if (instance.annotation('kubevirt.io/disablePCIHole64')?.value === 'true') refuse('requires the 64-bit PCI hole');
  if (instance.annotation('kubevirt.io/placePCIDevicesOnRootComplex')?.value === 'true') {
    refuse('cannot be combined with PCI root-complex placement');
  }
  const words =
    'KubeVirt 1.9 gives each GPU of Grace an SMMU with accel on, ats on, ril off and oas 48, whatever the host has; its ssidSize 20 is no attribute of libvirt 12.9, which drops it: whether the guest has PASID follows from the machine type';
  list.add('warning', 'kubevirt.grace.ssid-size', words, gates.get('GraceIOVirtualization') ?? origin);
}
