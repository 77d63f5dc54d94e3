/** Realize: properties, the host IOMMU device and config space in; the guest's view with its messages, or a failure, out. */
import { CONVENTIONAL_SIZE, type ConfigSpace } from '../pci/config-space.ts';
import { walkExtended, walkStandard } from '../pci/walk.ts';
import type { Realized } from './guest-view.ts';
import type { Profile } from './profiles.ts';
import type { RealizeInput } from './realize-input.ts';
import { runStage } from './rule.ts';
import { Work, WorkCapability } from './work.ts';

export interface RealizeOptions extends RealizeInput {
  readonly profile: Profile;
}

/** Without a standard list nothing looks for an extended one: every function that has one is a PCI Express function. */
function walk(work: Work, config: ConfigSpace): void {
  for (const ref of walkStandard(config).capabilities) work.capabilities.push(new WorkCapability(ref));
  work.standardCount = work.capabilities.length;
  if (work.standardCount === 0 || config.bytes.length <= CONVENTIONAL_SIZE) return;
  for (const ref of walkExtended(config).capabilities) work.capabilities.push(new WorkCapability(ref));
}

/**
 * Decides what the guest sees. Pure and synchronous; never throws on any bytes. The result refers to `options.config`
 * and holds nothing else of the input.
 */
export function realize(options: RealizeOptions): Realized {
  const work = new Work(options);
  walk(work, options.config);
  if (options.bytes === 'host') runStage(work, options.profile.kernel);
  if (work.failure === null) runStage(work, options.profile.vmm);
  const { messages, failure } = work;
  if (failure !== null) return { outcome: 'failed', error: failure, messages };
  return { outcome: 'realized', input: options.config, size: work.size, patches: work.patches, capabilities: work.capabilities, messages };
}
