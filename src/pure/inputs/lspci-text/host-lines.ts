/** What lspci tells of a device besides its registers: its driver, its IOMMU group, its NUMA node. */
import { type AssignmentFacts, NO_ASSIGNMENT_FACTS } from '../../facts/assignment-facts.ts';

const DRIVER = /^Kernel driver in use: (\S{1,64})$/;
/** In lines of their own, or among the flags of `-v`. */
const GROUP = /(?:^|, )IOMMU group:? (\d{1,6})(?:,|$)/;
const NODE = /(?:^|, )NUMA node:? (\d{1,6})(?:,|$)/;

/** The facts of `lines`, which are without their indent; null where they tell none. */
export function readHostLines(lines: readonly string[]): AssignmentFacts | null {
  let { driver, iommuGroup, numaNode } = NO_ASSIGNMENT_FACTS;
  for (const line of lines) {
    const [, name] = DRIVER.exec(line) ?? [];
    if (name !== undefined) driver = { name };
    const isFlags = line.startsWith('Flags: ');
    const [, group] = isFlags || line.startsWith('IOMMU group') ? (GROUP.exec(line) ?? []) : [];
    if (group !== undefined) iommuGroup = { number: Number(group), type: null, members: null, file: null };
    const [, node] = isFlags || line.startsWith('NUMA node') ? (NODE.exec(line) ?? []) : [];
    if (node !== undefined) numaNode = Number(node);
  }
  if (driver === null && iommuGroup === null && numaNode === null) return null;
  return { ...NO_ASSIGNMENT_FACTS, driver, iommuGroup, numaNode };
}
