/** Where two views of what stands behind a device differ, in the names of registers and capabilities. */
import { formatHex } from '../bytes/hex.ts';
import { compare, type Difference, type GuestView, guestBytes, type Realized, type View } from '../guest-view/index.ts';
import { capabilityLabel, capabilityName } from '../pci/capability-names.ts';
import type { ConfigSpace } from '../pci/config-space.ts';
import { decodeDevice, holdsByte } from '../pci/decode-device.ts';
import type { CapabilityRef } from '../pci/walk.ts';

/** What is realized is kept, so that many VMs ask about the same two. */
const known = new WeakMap<Realized, WeakMap<Realized, readonly string[]>>();

/** `ATS [100] at 0x100`, `header: revisionId`; empty where a side has no guest, or nothing differs. */
export function changedPlaces({ realized: before }: View, { realized: after }: View): readonly string[] {
  if (before === after) return [];
  const others = known.get(before) ?? new WeakMap<Realized, readonly string[]>();
  known.set(before, others);
  const found = others.get(after) ?? comparePlaces(before, after);
  others.set(after, found);
  return found;
}

/** Whether both are known whole and have the same bytes, which is sooner told than what differs. */
function isSame(a: ConfigSpace, b: ConfigSpace): boolean {
  if (!a.isWhole || !b.isWhole || a.bytes.length !== b.bytes.length) return false;
  return a.bytes.every((byte, at) => byte === b.bytes[at]);
}

function comparePlaces(a: Realized, b: Realized): string[] {
  if (a.outcome === 'failed' || b.outcome === 'failed') return [];
  const [before, after] = [guestBytes(a), guestBytes(b)];
  const isConventional = a.isOnConventionalBus;
  if (isConventional === b.isOnConventionalBus && isSame(before, after)) return [];
  const { differences } = compare({ config: before, isConventional }, { config: after, isConventional: b.isOnConventionalBus });
  const held = differences.some(isUnnamed) ? [...capabilitiesOf(a), ...capabilitiesOf(b)] : [];
  return [...new Set(differences.map(difference => placeOf(difference, held)))];
}

/** The kernel leaves the first of a list's places as one without an ID where it unlinks what is there. */
const PLACEHOLDER = `${capabilityName('extended', 0)} [`;

const isUnnamed = ({ place }: Difference): boolean => place === 'bytes' || place.startsWith(PLACEHOLDER);

interface Held {
  readonly ref: Pick<CapabilityRef, 'kind' | 'id' | 'offset'>;
  readonly length: number;
}

/** The dwords of a capability that the VMM made up. */
const MADE_UP = 8;

/** What the device has, though no list may lead there any more, and what the VMM added. */
function capabilitiesOf({ input, capabilities }: GuestView): Held[] {
  const added = capabilities.filter(({ status }) => status === 'synthesised').map(ref => ({ ref, length: MADE_UP }));
  return [...decodeDevice(input).capabilities, ...added];
}

function placeOf(difference: Difference, held: readonly Held[]): string {
  const { at, place, field } = difference;
  if (place === 'header') return `header: ${field.slice(field.indexOf('.') + 1)}`;
  if (!isUnnamed(difference)) return `${place} at ${formatHex(at)}`;
  const holder = held.find(each => holdsByte(each, at));
  if (holder === undefined) return `bytes at ${formatHex(at)}, in no capability`;
  return `${capabilityLabel(holder.ref)} at ${formatHex(holder.ref.offset)}`;
}
