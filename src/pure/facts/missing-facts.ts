/** Names what is unknown of a host and its functions, and the command that would tell it. */
import type { AssignmentFacts } from './assignment-facts.ts';
import type { HostFacts } from './host-facts.ts';

/** To be run on that host; without root it tells less. */
export const CAPTURE_COMMAND = 'sudo airlock capture';

const OF_HOST: Readonly<Record<keyof HostFacts, string>> = {
  id: 'which host it is',
  time: 'when it was asked',
  kernel: "the kernel's release",
  architecture: 'the architecture',
  pageSize: 'the size of its pages',
  kernelOptions: 'the options that the kernel was booted with',
  noAts: 'whether it was booted with pci=noats',
  iommus: 'its IOMMUs',
  iommufd: '/dev/iommu',
  vfioContainer: '/dev/vfio/vfio',
  modules: "VFIO's modules",
  numaNodes: 'its NUMA nodes',
  checks: 'whether it is ready',
  isWhole: 'whether these are all of its devices',
};

const OF_FUNCTION: Readonly<Record<keyof AssignmentFacts, string>> = {
  driver: 'its driver',
  iommuGroup: 'its IOMMU group',
  numaNode: 'its NUMA node',
  sriov: 'its SR-IOV relations',
  resetMethods: 'how it can be reset',
  cdev: 'its VFIO device file',
  bridges: 'the bridges above it',
  checks: 'whether it is ready',
};

/** The names of those that are null, each once, in the order of the table. */
function missing<K extends string>(words: Readonly<Record<K, string>>, all: readonly Readonly<Record<K, unknown>>[]): string[] {
  const names = Object.keys(words) as K[];
  return names.filter(name => all.some(facts => facts[name] === null)).map(name => words[name]);
}

/** What is not known of a host, a few words each; empty where all is. `CAPTURE_COMMAND` would tell it. */
export function missingHostFacts(facts: HostFacts): string[] {
  return missing(OF_HOST, [facts]);
}

/** What is not known of one or more of these functions besides their registers. */
export function missingAssignmentFacts(all: readonly AssignmentFacts[]): string[] {
  return missing(OF_FUNCTION, all);
}
