/** Realize: properties, the host IOMMU device and config space in; the guest's view with its messages, or a failure, out. */

import { byteAt } from '../bytes/checked.ts';
import { noReportDevice } from '../iommu/index.ts';
import { CONVENTIONAL_SIZE, ConfigSpace, EXTENDED_SIZE } from '../pci/config-space.ts';
import { extendedEnd, isConventional } from '../pci/unknown-places.ts';
import { type CapabilityKind, type Walk, walkExtended, walkStandard } from '../pci/walk.ts';
import { DEFAULT_PROFILE, type Profile } from '../profiles/index.ts';
import { effectiveProperties } from '../qemu/index.ts';
import { capabilityEnd, capabilityLength } from '../rules/capability-extent.ts';
import type { RealizeInput } from '../rules/realize-input.ts';
import { runStage } from '../rules/rule.ts';
import { type Settings, settingsOf } from '../rules/settings.ts';
import { Work, WorkCapability } from '../rules/work.ts';
import { PCI_CAPABILITY_LIST, PCI_STATUS, PCI_STATUS_CAP_LIST, PCI_STD_HEADER_SIZEOF } from '../spec/pci-regs.ts';
import { EXTENDED_HEADER_SIZE, FIRST_EXTENDED, STANDARD_HEADER_SIZE } from '../spec/pcie.ts';
import { tellAssumedApart } from './assumed-apart.ts';
import type { Realized } from './guest-view.ts';
import { SMALL_PAGE } from './host-pages.ts';

/** The input of a realize, with defaults: a VM without options, and a device of which only the bytes are known. */
export type RealizeOptions = Pick<RealizeInput, 'config'> & Partial<RealizeInput> & { readonly profile?: Profile };

type FullOptions = RealizeInput & { readonly profile: Profile };

const defaultSettings = new Map<Profile, Settings>();

/** The settings of a device without any property of its own, on the newest machine type. */
function defaultSettingsOf(profile: Profile): Settings {
  const known = defaultSettings.get(profile) ?? settingsOf(effectiveProperties({ profile }));
  defaultSettings.set(profile, known);
  return known;
}

/** Written out field by field: realize runs a million times, and a rest pattern would cost as much as a rule. */
function withDefaults(given: RealizeOptions): FullOptions {
  const profile = given.profile ?? DEFAULT_PROFILE;
  return {
    config: given.config,
    bytes: given.bytes ?? 'host',
    profile,
    settings: given.settings ?? defaultSettingsOf(profile),
    hostIommu: given.hostIommu ?? noReportDevice(),
    placement: given.placement ?? profile.traits.placements[0],
    reachesExtended: given.reachesExtended ?? true,
    viommuPasid: given.viommuPasid ?? false,
    barSizes: given.barSizes ?? null,
    pageSize: given.pageSize === undefined ? SMALL_PAGE : given.pageSize,
    virtualFunction: given.virtualFunction ?? null,
  };
}

/** An extended list that leads below 100h ends there, since those bytes belong to the standard list. */
function take(work: Work, capabilities: Walk['capabilities'], unknownAt: number | null, kind: CapabilityKind): void {
  const first = kind === 'extended' ? CONVENTIONAL_SIZE : 0;
  const last = kind === 'extended' ? EXTENDED_SIZE : CONVENTIONAL_SIZE;
  const taken = work.capabilities.length;
  let ordered = true;
  for (let i = 0; i < capabilities.length; i++) {
    const capability = capabilities[i];
    if (capability === undefined || capability.offset < first) break;
    const next = capabilities[i + 1]?.offset ?? last;
    if (next <= capability.offset) ordered = false;
    work.capabilities.push(new WorkCapability(capability, next > capability.offset ? next : last));
  }
  if (!ordered) setEnds(work.capabilities.slice(taken));
  if (unknownAt !== null) lose(work, unknownAt, kind);
}

/** Notes the place from which a list is unknown: an unknown capability begins there, or the header does not say where the list begins. */
function lose(work: Work, unknownAt: number, kind: CapabilityKind): void {
  const { standard, extended } = work.unknownAt;
  work.unknownAt = kind === 'standard' ? { standard: unknownAt, extended } : { standard, extended: unknownAt };
  if (unknownAt < FIRST_PLACE[kind]) return;
  work.tails[kind] = unknownAt;
  for (const capability of work.capabilities) {
    if (capability.kind === kind && unknownAt > capability.offset && unknownAt < capability.end) capability.end = unknownAt;
  }
}

/** The lowest offset of a capability in either list; an unknown place below it lies in the header. */
const FIRST_PLACE = { standard: PCI_STD_HEADER_SIZEOF, extended: FIRST_EXTENDED + EXTENDED_HEADER_SIZE } as const;

/** Sets where each capability ends, for a list that is not in the order of offsets. */
function setEnds(capabilities: readonly WorkCapability[]): void {
  for (const capability of capabilities) {
    for (const { offset } of capabilities) if (offset > capability.offset && offset < capability.end) capability.end = offset;
  }
}

/** Without a standard list nothing looks for an extended one: every function that has one is a PCI Express function. */
function walk(work: Work, config: ConfigSpace): Walk {
  const standard = walkStandard(config);
  take(work, standard.capabilities, standard.unknownAt, 'standard');
  work.gaps.standard = standard.hasGaps;
  work.standardCount = work.capabilities.length;
  if (work.standardCount === 0 && standard.unknownAt === null) return standard;
  const extended = walkExtended(config);
  take(work, extended.capabilities, extended.unknownAt === null ? null : extendedEnd(config, standard, extended), 'extended');
  work.gaps.extended = extended.hasGaps;
  return standard;
}

/** Whether bytes of the function are unknown; `endsEarly` says that its space certainly ends at FFh. */
function isPartial({ unknownAt }: Work, config: ConfigSpace, endsEarly: boolean): boolean {
  if (!config.isWhole || unknownAt.standard !== null || unknownAt.extended !== null) return true;
  const { length } = config.bytes;
  return length < EXTENDED_SIZE && (length < CONVENTIONAL_SIZE || !endsEarly);
}

/** Walks the lists as the kernel really left them: a capability that it meant to hide but left linked is shown. */
function walkAgain(work: Work): void {
  const before = work.capabilities;
  work.capabilities = [];
  const { config } = work.options;
  const bits = work.known === null ? null : Uint8Array.from({ length: work.size }, (_, at) => config.knownBits(at));
  const bytes = work.bytes.slice(0, work.size);
  if (bits === null) walk(work, new ConfigSpace(bytes));
  else {
    for (const [at, mask] of bits.entries()) bytes[at] = byteAt(bytes, at) & mask;
    walk(work, ConfigSpace.fromBits(bytes, bits, config.listing));
  }
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

/** Marks each capability that the kernel meant to hide as perhaps linked, since unknown bytes decide which pointers the kernel reaches. */
function openUnlinked(work: Work): void {
  for (const capability of work.capabilities) {
    if (capability.status === 'hidden') work.attempt(() => work.restOnList(), {}, capability);
  }
}

/** Runs a VMM that follows the kernel's lists where Status says that there are none: it then looks for no capability. */
function runBlind(work: Work, profile: Profile): void {
  const { capabilities, standardCount } = work;
  work.capabilities = [];
  work.standardCount = 0;
  runStage(work, profile.vmm);
  work.capabilities = capabilities;
  work.standardCount = standardCount;
}

function runVmm(work: Work, { profile, bytes }: FullOptions): void {
  const follows = bytes === 'host' && profile.traits.followsKernel;
  if (follows && work.mayBeLinked) openUnlinked(work);
  else if (follows && work.leftLinked) walkAgain(work);
  if (follows && work.standardCount > 0 && work.bits(PCI_STATUS, 1, PCI_STATUS_CAP_LIST) === 0) runBlind(work, profile);
  else runStage(work, profile.vmm);
}

const STATUS_AND_POINTER = [PCI_STATUS, PCI_CAPABILITY_LIST] as const;

/** Makes all bytes outside known capabilities unknown where the list is lost: they may belong to a capability that is not known. */
function forgetUnlisted(work: Work, kind: CapabilityKind, first: number, end: number): void {
  if (work.unknownAt[kind] === null) return;
  const header = kind === 'standard' ? STANDARD_HEADER_SIZE : EXTENDED_HEADER_SIZE;
  const own = work.capabilities.filter(capability => capability.kind === kind).sort((a, b) => a.offset - b.offset);
  let at = first;
  for (const capability of own) {
    const { id, offset } = capability;
    if (offset > at) work.forget(at, offset - at);
    const isSized = work.isKnown(offset, header) && capabilityLength(work, kind, id, offset) !== Number.POSITIVE_INFINITY;
    at = Math.max(at, isSized ? capabilityEnd(work, capability) : offset + header);
  }
  work.forget(at, Math.min(end, work.size) - at);
}

function forgetLost(work: Work): void {
  if (work.isStandardListOpen) for (const at of STATUS_AND_POINTER) work.forget(at, 1);
  forgetUnlisted(work, 'standard', FIRST_PLACE.standard, CONVENTIONAL_SIZE);
  forgetUnlisted(work, 'extended', CONVENTIONAL_SIZE, EXTENDED_SIZE);
}

/** Makes extended space unknown where the VMM may find no standard list, and would then look for no extended one. */
function leaveExtendedOpen(work: Work, { profile, bytes }: FullOptions): void {
  const isBlind = bytes === 'host' && profile.traits.followsKernel && !work.areKnown(PCI_STATUS, 1, PCI_STATUS_CAP_LIST);
  if (work.isStandardListOpen || (work.unknownAt.standard !== null && isBlind)) {
    work.isExtendedListOpen = true;
    openExtended(work);
  }
  if (work.isExtendedListOpen) work.forget(CONVENTIONAL_SIZE, work.size - CONVENTIONAL_SIZE);
}

function openExtended(work: Work): void {
  for (const capability of work.capabilities) {
    if (capability.kind === 'extended') work.attempt(() => work.restOnList(), {}, capability);
  }
}

const STANDARD_UNKNOWN = ['standard.unknown', 'a capability in bytes that are not known may make it fail'] as const;

/** Says why the outcome is unknown, if it is. */
function tellDoubts({ doubts, messages }: Work): void {
  if (doubts.length === 0) return;
  const why = doubts.map(({ text }) => text).join('; ');
  messages.push({ level: 'warning', code: 'outcome.unknown', message: `whether realize fails is not known: ${why}`, origin: 'airlock' });
}

/**
 * Decides what the guest sees. Pure and synchronous; never throws on any bytes. The result refers to `given.config`
 * and holds nothing else of the input. What depends on unknown bytes is unknown, the outcome included.
 */
export function realize(given: RealizeOptions): Realized {
  const options = withDefaults(given);
  const work = new Work(options);
  const standard = walk(work, options.config);
  const endsEarly = isConventional(options.config, standard);
  if (isPartial(work, options.config, endsEarly)) {
    work.doubtBytes(endsEarly);
    work.stage = options.bytes === 'host' ? 'kernel' : 'vmm';
    forgetLost(work);
  }
  if (work.unknownAt.standard !== null) work.doubt(...STANDARD_UNKNOWN);
  if (options.bytes === 'host') runStage(work, options.profile.kernel);
  if (work.failure === null) runVmm(work, options);
  const { messages, failure } = work;
  const { profile, config: input } = options;
  // A device that fails to realize has no guest, so notes about what one would see are dropped.
  if (failure !== null) return { outcome: 'failed', profile, error: failure, messages: messages.filter(({ level }) => level !== 'note') };
  leaveExtendedOpen(work, options);
  if (work.known !== null) tellAssumedApart(work);
  tellDoubts(work);
  const { doubts, size, patches, movedArrays, capabilities, endsEarly: isOnConventionalBus } = work;
  const unknownAt = isOnConventionalBus ? { ...work.unknownAt, extended: null } : work.unknownAt;
  const outcome = doubts.length === 0 ? 'realized' : 'unknown';
  return { outcome, doubts, profile, unknownAt, input, size, isOnConventionalBus, patches, movedArrays, capabilities, messages };
}
