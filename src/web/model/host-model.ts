/** All that a host's view needs of an input, worked out once. */
import type { DeviceFacts, HostFacts } from '../../pure/facts/index.ts';
import { type FunctionLine, functionLine, iommuNames } from './function-line.ts';
import { hostTree, type TreeNode } from './host-tree.ts';
import type { ReadInput } from './read-input.ts';
import { TimeSlices } from './time-slices.ts';

export interface HostModel {
  readonly facts: HostFacts;
  readonly devices: readonly DeviceFacts[];
  /** In the order of the devices. */
  readonly lines: readonly FunctionLine[];
  readonly tree: readonly TreeNode[];
}

const known = new WeakMap<ReadInput, HostModel>();

export function hostModel(read: ReadInput): HostModel {
  const before = known.get(read);
  if (before !== undefined) return before;
  const { host: facts, devices } = read;
  const iommus = iommuNames(facts);
  const lines = devices.map((device, i) => functionLine(device, i, iommus));
  const model = { facts, devices, lines, tree: hostTree(devices) };
  known.set(read, model);
  return model;
}

/** Works it out in short pieces beforehand. */
export async function prepareHost({ host, devices }: ReadInput): Promise<void> {
  const iommus = iommuNames(host);
  const slices = new TimeSlices();
  for (const [i, device] of devices.entries()) {
    functionLine(device, i, iommus);
    await slices.breathe();
  }
}
