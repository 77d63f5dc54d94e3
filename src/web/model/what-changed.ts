/** One sentence on what an answer changes against another one. */
import { formatHex } from '../../pure/bytes/hex.ts';
import { type CapabilityView, compare, guestBytes, type View } from '../../pure/guest-view/index.ts';
import { capabilityName } from '../../pure/pci/capability-names.ts';
import { changedPlaces } from '../../pure/plan/changed-places.ts';
import { slotRows } from '../../pure/render/slot-text.ts';
import { viewSlot } from '../../pure/slot/index.ts';
import type { Answer } from './answer.ts';

/** How many places a sentence names. */
const MOST_PLACES = 4;

function listOf(names: readonly string[]): string {
  const shown = names.slice(0, MOST_PLACES);
  const more = names.length - shown.length;
  const last = more > 0 ? `${more} more` : shown.pop();
  return shown.length === 0 ? `${last}` : `${shown.join(', ')} and ${last}`;
}

const placeOf = ({ kind, id, offset }: CapabilityView): string => `${kind} ${id} ${offset}`;

/** What the guest has for certain, by its place. */
function seenIn({ realized }: View): ReadonlyMap<string, CapabilityView> {
  if (realized.outcome === 'failed') return new Map();
  const seen = realized.capabilities.filter(({ status }) => status !== 'hidden' && status !== 'unknown');
  return new Map(seen.map(capability => [placeOf(capability), capability]));
}

function find({ realized }: View, { kind, id, offset }: CapabilityView): CapabilityView | undefined {
  if (realized.outcome === 'failed') return undefined;
  return realized.capabilities.find(other => other.kind === kind && other.id === id && other.offset === offset);
}

const nameOf = ({ kind, id }: CapabilityView): string => capabilityName(kind, id);

/** The reason that all of them have; null where they have none, or several. */
function whyOf(capabilities: readonly (CapabilityView | undefined)[]): string {
  const [first, ...others] = new Set(capabilities.map(capability => capability?.reason?.text ?? null));
  return first === undefined || first === null || others.length > 0 ? '' : `: ${first}`;
}

/** What becomes of capabilities that were there before, or are there now. */
function capabilityChanges(before: View, after: View): string[] {
  const [had, has] = [seenIn(before), seenIn(after)];
  const gone = [...had.values()].filter(capability => !has.has(placeOf(capability)));
  const isOpen = (capability: CapabilityView): boolean => find(after, capability)?.status === 'unknown';
  const [open, lost] = [gone.filter(isOpen), gone.filter(capability => !isOpen(capability))];
  const gained = [...has.values()].filter(capability => !had.has(placeOf(capability)));
  return [
    ...(lost.length === 0 ? [] : [`the guest loses ${listOf(lost.map(nameOf))}${whyOf(lost.map(capability => find(after, capability)))}`]),
    ...(gained.length === 0 ? [] : [`the guest gets ${listOf(gained.map(nameOf))}${whyOf(gained)}`]),
    ...(open.length === 0 ? [] : [`whether the guest has ${listOf(open.map(nameOf))} is not known any more`]),
  ];
}

/** Places that differ in no more than where the next capability stands, which a capability that came or went implies. */
function relinkedPlaces({ realized: a }: View, { realized: b }: View): ReadonlySet<string> {
  if (a.outcome === 'failed' || b.outcome === 'failed') return new Set();
  const { differences } = compare(
    { config: guestBytes(a), isConventional: a.isOnConventionalBus },
    { config: guestBytes(b), isConventional: b.isOnConventionalBus },
  );
  const placed = (isNext: boolean): string[] =>
    differences.filter(({ field }) => (field === 'next') === isNext).map(({ place, at }) => `${place} at ${formatHex(at)}`);
  const others = new Set(placed(false));
  return new Set(placed(true).filter(place => !others.has(place)));
}

/** Places that differ beside capabilities that came or went. */
function byteChanges(before: View, after: View): string[] {
  const [had, has] = [seenIn(before), seenIn(after)];
  const told = [...had, ...has].filter(([place]) => had.has(place) !== has.has(place)).map(([, capability]) => nameOf(capability));
  const differing = changedPlaces(before, after).filter(place => !told.some(name => place.startsWith(`${name} [`)));
  const relinked = told.length === 0 || differing.length === 0 ? new Set<string>() : relinkedPlaces(before, after);
  const places = differing.filter(place => !relinked.has(place));
  return places.length === 0 ? [] : [`the guest reads other bytes in ${listOf(places)}`];
}

function slotChanges(before: View, after: View): string[] {
  const textOf = (view: View) => new Map(slotRows(viewSlot(view), true).map(({ name, value, text }) => [name, `${value} ${text}`]));
  const [had, has] = [textOf(before), textOf(after)];
  const names = [...new Set([...has.keys(), ...had.keys()])].filter(name => had.get(name) !== has.get(name));
  return names.length === 0 ? [] : [`the slot changes: ${listOf(names)}`];
}

/** What is told of the device now and was not before. */
function messageChanges({ realized: before }: View, { realized: after }: View): string[] {
  const had = new Set(before.messages.map(({ message }) => message));
  const added = after.messages.filter(({ message }) => !had.has(message)).map(({ level, message }) => `a ${level} is new: ${message}`);
  const has = new Set(after.messages.map(({ message }) => message));
  const removed = before.messages.filter(({ message }) => !has.has(message)).map(({ level, message }) => `a ${level} is gone: ${message}`);
  return [...added, ...removed];
}

function realizedChanges(before: View, after: View): string[] {
  const outcome =
    before.realized.outcome === after.realized.outcome
      ? []
      : [after.realized.outcome === 'unknown' ? 'whether realize fails is not known any more' : 'realize now succeeds for certain'];
  const seen = [...outcome, ...capabilityChanges(before, after), ...byteChanges(before, after), ...slotChanges(before, after)];
  if (seen.length > 0) return seen;
  const told = messageChanges(before, after);
  return told.length === 0 ? [] : [`the guest sees the same; ${told.join('; ')}`];
}

const sentence = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}${/[.?!]$/.test(text) ? '' : '.'}`;

/** What is different in `after`, in one sentence. */
export function sayChange(before: Answer, after: Answer): string {
  if (after.view === null) return sentence(`this cannot be asked: ${after.refusal}`);
  if (before.view === null) return sentence(`this can be asked now, which could not before: ${before.refusal}`);
  const [had, has] = [before.view.realized, after.view.realized];
  if (has.outcome === 'failed') {
    if (had.outcome !== 'failed') return sentence(`realize now fails: ${has.error.message}`);
    return had.error.message === has.error.message
      ? 'Nothing changes: realize fails as before.'
      : sentence(`realize still fails, for another reason: ${has.error.message}`);
  }
  if (had.outcome === 'failed') {
    return has.outcome === 'unknown' ? 'Whether realize still fails is not known.' : 'Realize no longer fails.';
  }
  const changes = realizedChanges(before.view, after.view);
  return changes.length === 0 ? 'Nothing changes.' : sentence(changes.join('; '));
}
