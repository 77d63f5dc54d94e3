/** Config space in three lanes, each with its capabilities as blocks: as the hardware holds it, behind the kernel, as the guest reads it. */
import { type GuestView, guestBytes, type Patch, type Stage, type View, vfioBytes } from '../../pure/guest-view/index.ts';
import { capabilityFacts } from '../../pure/pci/capability-facts.ts';
import { capabilityName, capabilityTitle } from '../../pure/pci/capability-names.ts';
import { CONVENTIONAL_SIZE, type ConfigSpace, EXTENDED_SIZE } from '../../pure/pci/config-space.ts';
import { decodeDevice } from '../../pure/pci/decode-device.ts';
import { hasExtendedSpace } from '../../pure/pci/extended-space.ts';
import { isConventional } from '../../pure/pci/unknown-places.ts';
import { type CapabilityKind, type CapabilityRef, walkExtended, walkStandard } from '../../pure/pci/walk.ts';
import { PCI_CAPABILITY_LIST, PCI_STD_HEADER_SIZEOF } from '../../pure/spec/pci-regs.ts';
import { EXTENDED_HEADER_SIZE, STANDARD_HEADER_SIZE } from '../../pure/spec/pcie.ts';
import { type BlockKey, blockKey, HEADER_KEY, type LaneName } from './selection.ts';

/** What became of a block in a lane; `plain` is what the hardware has. */
export type BlockTone = 'plain' | 'shown' | 'changed' | 'hidden' | 'synthesised' | 'unknown';

/** A run of config space that belongs together: the header, or a capability. */
export interface Block {
  readonly key: BlockKey;
  readonly kind: 'header' | CapabilityKind;
  /** Of a capability; 0 for the header. */
  readonly id: number;
  /** null where it is not known. */
  readonly version: number | null;
  readonly offset: number;
  /** Bytes that are its own, at least its header. */
  readonly length: number;
  readonly name: string;
  readonly title: string;
  readonly tone: BlockTone;
  /** Who decided, in the lane of the guest; null where nobody did. */
  readonly stage: Stage | null;
  /** Why, in a sentence; empty where no rule had a say. */
  readonly reason: string;
}

/** A next pointer: from the place of a capability, or of the pointer in the header, to the place that it names. */
export interface Link {
  readonly from: number;
  readonly to: number;
}

export interface Lane {
  readonly name: LaneName;
  readonly config: ConfigSpace;
  /** Where the space ends: 256 where it certainly has no extended part, else 4096. */
  readonly end: number;
  /** By offset. */
  readonly blocks: readonly Block[];
  readonly links: readonly Link[];
}

type Shape = Pick<Block, 'kind' | 'id' | 'version' | 'offset' | 'length'>;

const HEADER: Shape = { kind: 'header', id: 0, version: 0, offset: 0, length: PCI_STD_HEADER_SIZEOF };

const keyOf = ({ kind, offset }: Shape): BlockKey => (kind === 'header' ? HEADER_KEY : blockKey(kind, offset));

function named(shape: Shape): Pick<Block, 'name' | 'title' | 'key'> {
  const { kind, id } = shape;
  const key = keyOf(shape);
  if (kind === 'header') return { key, name: 'Header', title: 'Configuration header' };
  return { key, name: capabilityName(kind, id), title: capabilityTitle(kind, id) };
}

const lengths = new WeakMap<ConfigSpace, ReadonlyMap<BlockKey, number>>();

/** The bytes of each capability that the decoder knows, by its key; worked out once for a space, since all questions have one input. */
function lengthsIn(config: ConfigSpace): ReadonlyMap<BlockKey, number> {
  const known = lengths.get(config);
  if (known !== undefined) return known;
  const made = new Map(decodeDevice(config).capabilities.map(({ ref, length }) => [blockKey(ref.kind, ref.offset), length]));
  lengths.set(config, made);
  return made;
}

function lengthOf({ kind, id, offset }: Pick<CapabilityRef, 'kind' | 'id' | 'offset'>, known: number | undefined): number {
  const said = capabilityFacts(kind, id)?.length;
  const least = kind === 'standard' ? STANDARD_HEADER_SIZE : EXTENDED_HEADER_SIZE;
  const end = kind === 'standard' ? CONVENTIONAL_SIZE : EXTENDED_SIZE;
  const length = known ?? (typeof said === 'number' ? said : least);
  return Math.max(least, Math.min(length, end - offset));
}

/** Both lists, one link for each pointer that leads somewhere. */
export function linksOf(config: ConfigSpace): Link[] {
  const standard = walkStandard(config).capabilities;
  const first = standard[0];
  const extended = hasExtendedSpace(config) ? walkExtended(config).capabilities : [];
  const links = [...standard, ...extended].flatMap(({ offset, next }) => {
    const to = (next ?? 0) & ~3;
    return to === 0 ? [] : [{ from: offset, to }];
  });
  return first === undefined ? links : [{ from: PCI_CAPABILITY_LIST, to: first.offset }, ...links];
}

/** The bytes of a block that are no next pointer: those change wherever a neighbour is hidden. */
function isOwnByte({ kind, offset }: Shape, at: number): boolean {
  if (kind === 'header') return at !== PCI_CAPABILITY_LIST;
  return kind === 'standard' ? at !== offset + 1 : at !== offset + 2 && at !== offset + 3;
}

/** Whether the bits of a byte differ that both know. */
export function differsAt(a: ConfigSpace, b: ConfigSpace, at: number): boolean {
  const common = a.knownBits(at) & b.knownBits(at);
  return ((a.readKnownBits(at) ^ b.readKnownBits(at)) & common) !== 0;
}

/** Whether a byte reads otherwise than below, or is known in one and unknown in the other. */
export function isChangedAt(below: ConfigSpace, above: ConfigSpace, at: number): boolean {
  return differsAt(below, above, at) || below.knownBits(at) !== above.knownBits(at);
}

function isChanged(shape: Shape, below: ConfigSpace, above: ConfigSpace): boolean {
  for (let at = shape.offset; at < shape.offset + shape.length; at++) if (isOwnByte(shape, at) && differsAt(below, above, at)) return true;
  return false;
}

/** The first patch of a stage that is about bytes of a block. */
export function patchesIn(patches: readonly Patch[], { offset, length }: Pick<Shape, 'offset' | 'length'>): readonly Patch[] {
  return patches.filter(patch => patch.at < offset + length && patch.at + patch.length > offset);
}

function headerBlock(view: GuestView, lane: LaneName, below: ConfigSpace, above: ConfigSpace): Block {
  const tone = lane === 'hardware' ? 'plain' : isChanged(HEADER, below, above) ? 'changed' : 'shown';
  if (tone !== 'changed') return { ...HEADER, ...named(HEADER), tone, stage: null, reason: '' };
  const patches = patchesIn(view.patches, HEADER).filter(({ stage }) => lane === 'guest' || stage === 'kernel');
  const stages = [...new Set(patches.map(({ stage }) => stage))];
  const of = (wanted: Stage): string => {
    const reasons = new Set(patches.filter(({ stage }) => stage === wanted).map(({ reason }) => reason.text));
    return `${wanted}: ${[...reasons].join('; ')}`;
  };
  return { ...HEADER, ...named(HEADER), tone, stage: stages.length === 1 ? (stages[0] ?? null) : null, reason: stages.map(of).join('. ') };
}

function toneBehindKernel(shape: Shape, status: string, stage: Stage | null, spaces: readonly [ConfigSpace, ConfigSpace]): BlockTone {
  if (status === 'unknown') return 'unknown';
  if (status === 'hidden' && stage === 'kernel') return 'hidden';
  return isChanged(shape, ...spaces) ? 'changed' : 'shown';
}

function guestBlocks(view: GuestView, lane: LaneName, config: ConfigSpace): Block[] {
  const input = lengthsIn(view.input);
  const isAdded = view.capabilities.some(({ status }) => status === 'synthesised');
  const own = lane === 'guest' && isAdded ? lengthsIn(config) : input;
  const blocks = [headerBlock(view, lane, view.input, config)];
  for (const { kind, id, offset, version, status, stage, reason } of view.capabilities) {
    if (status === 'synthesised' && lane !== 'guest') continue;
    const key = blockKey(kind, offset);
    const length = lengthOf({ kind, id, offset }, (status === 'synthesised' ? own : input).get(key));
    const shape: Shape = { kind, id, version, offset, length };
    const tone = lane === 'hardware' ? 'plain' : lane === 'guest' ? status : toneBehindKernel(shape, status, stage, [view.input, config]);
    const isTold = lane === 'guest' || (lane === 'kernel' && stage === 'kernel');
    blocks.push({ ...shape, ...named(shape), tone, stage: isTold ? stage : null, reason: isTold ? (reason?.text ?? '') : '' });
  }
  return blocks.sort((a, b) => a.offset - b.offset);
}

function hardwareBlocks(config: ConfigSpace): Block[] {
  const shapes = decodeDevice(config).capabilities.map(
    ({ ref, length }): Shape => ({ kind: ref.kind, id: ref.id, version: ref.version, offset: ref.offset, length: lengthOf(ref, length) }),
  );
  const blocks = [HEADER, ...shapes].map((shape): Block => ({ ...shape, ...named(shape), tone: 'plain', stage: null, reason: '' }));
  return blocks.sort((a, b) => a.offset - b.offset);
}

const endOf = (config: ConfigSpace): number => (isConventional(config, walkStandard(config)) ? CONVENTIONAL_SIZE : EXTENDED_SIZE);

/** The lanes of a view; of a device that fails to realize there is the hardware alone. */
export function lanesOf({ realized, config }: View): readonly Lane[] {
  const end = endOf(config);
  if (realized.outcome === 'failed') return [{ name: 'hardware', config, end, blocks: hardwareBlocks(config), links: linksOf(config) }];
  const spaces: readonly [LaneName, ConfigSpace][] = [
    ['hardware', realized.input],
    ['kernel', vfioBytes(realized)],
    ['guest', guestBytes(realized)],
  ];
  return spaces.map(([name, space]) => ({
    name,
    config: space,
    end: name === 'guest' && realized.isOnConventionalBus ? CONVENTIONAL_SIZE : end,
    blocks: guestBlocks(realized, name, space),
    links: linksOf(space),
  }));
}
