/** All command lines of the comparison of plans with QEMU on x86, each with the host that it is run on. */
import type { SharedIommu } from '../../shared-hosts.ts';
import { ATS_LINES } from './ats.ts';
import { HOST_LINES } from './hosts.ts';
import { PLACE_LINES } from './places.ts';
import type { PlanLine } from './plan-line.ts';
import { SOURCE_LINES } from './sources.ts';
import { VALUE_LINES } from './values.ts';

export const HOSTS: readonly SharedIommu[] = ['intel', 'intel-no-iotlb', 'amd'];

/** A line on one host. */
export interface PlacedLine extends PlanLine {
  readonly host: SharedIommu;
  /** With the host. */
  readonly name: string;
}

const ALL: readonly PlanLine[] = [...ATS_LINES, ...PLACE_LINES, ...VALUE_LINES, ...SOURCE_LINES, ...HOST_LINES];

/** Lines that name no host are dealt to the hosts in turn. */
export const PLAN_LINES: readonly PlacedLine[] = ALL.flatMap((line, index) => {
  const { [index % HOSTS.length]: turn = 'intel' } = HOSTS;
  return (line.hosts ?? [turn]).map(host => ({ ...line, host, name: `${host}: ${line.title}` }));
});
