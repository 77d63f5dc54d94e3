/** Realize: properties, the host IOMMU device and config space in; the guest's view with its messages, or a failure, out. */
import { CONVENTIONAL_SIZE, ConfigSpace, EXTENDED_SIZE } from '../pci/config-space.ts';
import { type CapabilityKind, type Walk, walkExtended, walkStandard } from '../pci/walk.ts';
import type { Realized } from './guest-view.ts';
import type { Profile } from './profiles.ts';
import type { RealizeInput } from './realize-input.ts';
import { runStage } from './rule.ts';
import { Work, WorkCapability } from './work.ts';

export interface RealizeOptions extends RealizeInput {
  readonly profile: Profile;
}

/** An extended list that leads below 100h ends there: what stands there belongs to the other list. */
function take(work: Work, { capabilities, findings }: Walk, kind: CapabilityKind): void {
  const first = kind === 'extended' ? CONVENTIONAL_SIZE : 0;
  const last = kind === 'extended' ? EXTENDED_SIZE : CONVENTIONAL_SIZE;
  const taken = work.capabilities.length;
  let ordered = true;
  for (let i = 0; i < capabilities.length && capabilities[i].offset >= first; i++) {
    const next = i + 1 < capabilities.length ? capabilities[i + 1].offset : last;
    if (next <= capabilities[i].offset) ordered = false;
    work.capabilities.push(new WorkCapability(capabilities[i], next > capabilities[i].offset ? next : last));
  }
  if (!ordered) setEnds(work.capabilities.slice(taken));
  for (const { code, at } of findings) if (code === 'chain.unknown-bytes') work.tails[kind] = at;
}

/** Sets where each capability of a list ends that is not in the order of its offsets. */
function setEnds(capabilities: readonly WorkCapability[]): void {
  for (const capability of capabilities) {
    for (const { offset } of capabilities) if (offset > capability.offset && offset < capability.end) capability.end = offset;
  }
}

/** Without a standard list nothing looks for an extended one: every function that has one is a PCI Express function. */
function walk(work: Work, config: ConfigSpace): void {
  take(work, walkStandard(config), 'standard');
  work.standardCount = work.capabilities.length;
  if (work.standardCount > 0 && config.bytes.length > CONVENTIONAL_SIZE) take(work, walkExtended(config), 'extended');
}

/** Walks the lists as the kernel left them, where that is not as it meant it: what is linked is shown after all. */
function walkAgain(work: Work): void {
  const before = work.capabilities;
  work.capabilities = [];
  walk(work, new ConfigSpace(work.bytes.slice(0, work.size)));
  const linked = work.capabilities.map(again => {
    const met = before.find(({ kind, offset }) => kind === again.kind && offset === again.offset);
    return met === undefined || met.status === 'hidden' ? again : met;
  });
  const hidden = before.filter(({ kind, offset }) => !linked.some(again => again.kind === kind && again.offset === offset));
  const isStandard = ({ kind }: WorkCapability) => kind === 'standard';
  const standard = [...linked.filter(isStandard), ...hidden.filter(isStandard)];
  work.standardCount = standard.length;
  work.capabilities = [
    ...standard,
    ...hidden.filter(capability => !isStandard(capability)),
    ...linked.filter(capability => !isStandard(capability)),
  ];
}

const STATUS = 0x06;
const STATUS_CAPABILITY_LIST = 0x10;

/** A VMM that goes by what the kernel left looks for no capability at all where Status says that there is none. */
function runBlind(work: Work, profile: Profile): void {
  const { capabilities, standardCount } = work;
  work.capabilities = [];
  work.standardCount = 0;
  runStage(work, profile.vmm);
  work.capabilities = capabilities;
  work.standardCount = standardCount;
}

function runVmm(work: Work, { profile, bytes }: RealizeOptions): void {
  const follows = bytes === 'host' && profile.followsKernel;
  if (follows && work.leftLinked) walkAgain(work);
  if (follows && work.standardCount > 0 && (work.u8(STATUS) & STATUS_CAPABILITY_LIST) === 0) runBlind(work, profile);
  else runStage(work, profile.vmm);
}

/**
 * Decides what the guest sees. Pure and synchronous; never throws on any bytes. The result refers to `options.config`
 * and holds nothing else of the input.
 */
export function realize(options: RealizeOptions): Realized {
  const work = new Work(options);
  walk(work, options.config);
  if (options.bytes === 'host') runStage(work, options.profile.kernel);
  if (work.failure === null) runVmm(work, options);
  const { messages, failure } = work;
  if (failure !== null) return { outcome: 'failed', error: failure, messages };
  return { outcome: 'realized', input: options.config, size: work.size, patches: work.patches, capabilities: work.capabilities, messages };
}
