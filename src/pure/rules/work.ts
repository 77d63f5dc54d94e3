/** The workbench of one `realize()`: the bytes as they stand after the patches so far, the capabilities, the messages. */
import { itemAt } from '../bytes/checked.ts';
import { CONVENTIONAL_SIZE, EXTENDED_SIZE } from '../pci/config-space.ts';
import type { ListEnds } from '../pci/unknown-places.ts';
import type { CapabilityKind, CapabilityRef } from '../pci/walk.ts';
import { EXTENDED_HEADER_SIZE, STANDARD_HEADER_SIZE } from '../spec/pcie.ts';
import type { CapabilityStatus, CapabilityView, Doubt, Message } from './capability-view.ts';
import type { MovedArrays } from './moved-arrays.ts';
import { applyPatch, type Patch, type PatchKind, type Stage, settlePatch } from './patch.ts';
import type { RealizeInput } from './realize-input.ts';
import { REASONS, type Reason } from './reasons.ts';

/** A capability while its fate is being decided. */
export class WorkCapability implements CapabilityView {
  readonly kind: CapabilityKind;
  readonly id: number;
  readonly offset: number;
  readonly version: number | null;
  status: CapabilityStatus = 'shown';
  stage: Stage | null = null;
  reason: Reason | null = null;
  /** Whether unknown bytes decide if it is in the list at all. */
  mayBeHidden = false;
  /** The first offset behind it that belongs to another capability, or the end of the space. */
  end: number;

  constructor(ref: Pick<CapabilityRef, 'kind' | 'id' | 'offset' | 'version'>, end: number) {
    this.kind = ref.kind;
    this.id = ref.id;
    this.offset = ref.offset;
    this.version = ref.version;
    this.end = end;
  }
}

/** One buffer for all calls: realizing is synchronous, and nothing of the buffer outlives a call. */
const scratch = new Uint8Array(EXTENDED_SIZE + 4);
/** The same buffer, to load and store a register at once. */
const registers = new DataView(scratch.buffer);

/** Which bits of each byte of `scratch` are known, where not all are. */
const scratchKnown = new Uint8Array(EXTENDED_SIZE + 4);

/** Shared by nearly all devices, so that it is not made anew for each. */
const WHOLE: ListEnds = Object.freeze({ standard: null, extended: null });
const NO_DOUBT: readonly Doubt[] = Object.freeze([]);
const NOTHING = [] as const;

/** The law of a patch over whole dwords of `scratch`; tells whether a bit changed. */
function changeDwords({ at, length, mask, value }: Patch): boolean {
  let changed = 0;
  for (let i = at; i < at + length; i += 4) {
    const below = registers.getInt32(i, true);
    const change = (below ^ value) & mask;
    changed |= change;
    registers.setInt32(i, below ^ change, true);
  }
  return changed !== 0;
}

function decide(capability: WorkCapability, status: CapabilityStatus, stage: Stage, reason: Reason): void {
  capability.status = status;
  capability.stage = stage;
  capability.reason = reason;
}

/** What a rule may do where unknown bytes decide. */
interface Open {
  readonly fails?: Doubt;
  readonly touches?: readonly (readonly [at: number, length: number])[];
}

export class Work {
  readonly options: RealizeInput;
  capabilities: WorkCapability[] = [];
  /** How many capabilities are standard; those come first. */
  standardCount = 0;
  /** Where each list leads after its last capability: 0, or an offset in unknown bytes. */
  readonly tails = { standard: 0, extended: 0 };
  /** Where each list goes on, or may begin, in unknown bytes; null where the whole list is known. */
  unknownAt: ListEnds = WHOLE;
  /** The known bits of each of `bytes`; null where all bytes of the function are known. */
  known: Uint8Array | null = null;
  /** Whether the running rule has looked at unknown bytes, or at an unknown part of a list. */
  #restsOnBytes = false;
  #restsOnList = false;
  /** Unknowns that may make the realize fail. */
  doubts: readonly Doubt[] = NO_DOUBT;
  /** Whether it is unknown if the VMM adds a capability behind the last one of the standard list. */
  isStandardTailOpen = false;
  /** Whether capabilities that are not known may stand between those of a list. */
  readonly gaps = { standard: false, extended: false };
  /** Whether unknown bytes decide what the guest reads from 100h on. */
  isExtendedListOpen = false;
  /** Where a rule moved MSI-X's arrays to; null where they did not move, or where it is not known. */
  movedArrays: MovedArrays | null = null;
  /** Whether the kernel left a pointer to a capability that it meant to hide. */
  leftLinked = false;
  /** Whether it is unknown if the kernel left such a pointer. */
  mayBeLinked = false;
  /** Whether changes stay inside a capability, even where its registers run into the next one. */
  staysInside = false;
  readonly patches: Patch[] = [];
  readonly messages: Message[] = [];
  failure: { code: string; message: string } | null = null;
  stage: Stage = 'kernel';
  /** Bytes of config space that exist; those beyond the input's end read as 0 and are never patched. */
  size: number;

  constructor(options: RealizeInput) {
    const { bytes } = options.config;
    this.options = options;
    this.size = bytes.length;
    scratch.set(bytes);
    if (bytes.length < EXTENDED_SIZE) scratch.fill(0, bytes.length, EXTENDED_SIZE);
  }

  /** The bytes with all patches so far. */
  get bytes(): Uint8Array {
    return scratch;
  }

  /** Whether the device is on a bus that carries no extended config space; the VMM then does not look for it either. */
  get isOnConventionalBus(): boolean {
    const { placement } = this.options;
    return placement === 'conventional' || placement === 'conventional-bridge';
  }

  /** Whether the guest has no extended config space, whatever the device has; then none of it is unknown to the guest. */
  get endsEarly(): boolean {
    return this.isOnConventionalBus || !this.options.reachesExtended;
  }

  /** Whether it is unknown if there is a standard list; then it is also unknown whether a VMM looks at the extended one. */
  get isStandardListOpen(): boolean {
    return this.standardCount === 0 && this.unknownAt.standard !== null;
  }

  /** Begins to keep account of which bytes are known, since some are not. A function that `endsEarly`, at FFh, reads as 0 beyond. */
  doubtBytes(endsEarly: boolean): void {
    const { config } = this.options;
    const { length } = config.bytes;
    config.writeKnownBits(scratchKnown);
    config.writePartial(scratch);
    scratchKnown.fill(0, length);
    if (endsEarly) scratchKnown.fill(0xff, CONVENTIONAL_SIZE);
    this.known = scratchKnown;
  }

  /** Whether all of `length` bytes at `at` are known, with the patches so far. */
  isKnown(at: number, length = 1): boolean {
    if (this.known === null) return true;
    for (let i = at; i < at + length; i++) if (this.known[i] !== 0xff) return false;
    return true;
  }

  /** Whether the bits in `mask` of the register at `at` are known, with the patches so far. */
  areKnown(at: number, length: 1 | 2 | 4, mask: number): boolean {
    if (this.known === null) return true;
    for (let i = 0; i < length; i++) if (((mask >>> (8 * i)) & 0xff & ~(this.known[at + i] ?? 0)) !== 0) return false;
    return true;
  }

  #look(at: number, length: number): void {
    if (!this.isKnown(at, length)) this.#restsOnBytes = true;
  }

  /** A register, as it is with the patches so far; what lies beyond the space reads 0. */
  u8(at: number): number {
    if (this.known !== null) this.#look(at, 1);
    return scratch[at] ?? 0;
  }

  u16(at: number): number {
    if (this.known !== null) this.#look(at, 2);
    return at <= EXTENDED_SIZE ? registers.getUint16(at, true) : 0;
  }

  u32(at: number): number {
    if (this.known !== null) this.#look(at, 4);
    return at <= EXTENDED_SIZE ? registers.getUint32(at, true) : 0;
  }

  /** The bits in `mask` of a register, in place; its other bits need not be known. */
  bits(at: number, length: 1 | 2 | 4, mask: number): number {
    if (this.known !== null && !this.areKnown(at, length, mask)) this.#restsOnBytes = true;
    if (at > EXTENDED_SIZE) return 0;
    const value = length === 1 ? registers.getUint8(at) : length === 2 ? registers.getUint16(at, true) : registers.getUint32(at, true);
    return (value & mask) >>> 0;
  }

  /** Patches `length` bytes at `at`; tells whether a bit changed. What lies beyond the space is dropped. */
  patch(at: number, length: number, mask: number, value: number, reason: Reason, kind: PatchKind = 'fixed'): boolean {
    if (at >= this.size) return false;
    if (at + length > this.size) length = this.size - at;
    const patch: Patch = { at, length, mask, value, kind, stage: this.stage, reason };
    this.patches.push(patch);
    if (this.known !== null) settlePatch(this.known, patch);
    if (length > 4) return (length & 3) === 0 ? changeDwords(patch) : applyPatch(scratch, patch);
    // The same law for up to four bytes at once: this is done thirty times a view.
    const below = registers.getInt32(at, true);
    const change = (below ^ value) & mask & (length === 4 ? -1 : (1 << (8 * length)) - 1);
    if (change === 0) return false;
    registers.setInt32(at, below ^ change, true);
    return true;
  }

  /** Patches a register at `register` bytes into a capability, which counts as changed where a bit did. */
  change(
    capability: WorkCapability,
    register: number,
    length: number,
    mask: number,
    value: number,
    reason: Reason,
    kind: PatchKind = 'fixed',
  ): void {
    const at = capability.offset + register;
    if (this.staysInside && at + length > capability.end) length = capability.end - at;
    if (length <= 0) return;
    const isKnown = this.known === null || (length <= 4 ? this.areKnown(at, length as 1 | 2 | 4, mask) : this.isKnown(at, length));
    const isChanged = this.patch(at, length, mask, value, reason, kind);
    if (isKnown && isChanged) decide(capability, 'changed', this.stage, reason);
    // What a bit was before decides whether it changes.
    else if (!isKnown) decide(capability, 'unknown', this.stage, REASONS['unknown.bytes']);
  }

  /** Takes a capability out of the list; `relink` does the rest. */
  hide(capability: WorkCapability, reason: Reason): void {
    // Where a stage below may have hidden it already, it is unknown who hides it.
    if (!capability.mayBeHidden) decide(capability, 'hidden', this.stage, reason);
  }

  /** Notes who lets a capability through, where a rule had a say in it. */
  show(capability: WorkCapability, reason: Reason): void {
    if (!capability.mayBeHidden) decide(capability, 'shown', this.stage, reason);
  }

  /** Marks a capability that a rule has put into the list. */
  synthesise(capability: WorkCapability, reason: Reason): void {
    decide(capability, 'synthesised', this.stage, reason);
  }

  tell(level: Message['level'], code: string, message: string, origin: Message['origin'] = 'vmm'): void {
    this.messages.push({ level, code, message, origin });
  }

  /** Ends the realize; the first failure counts. */
  fail(code: string, message: string): void {
    this.failure ??= { code, message };
  }

  /** The first capability of an ID that is not hidden, or null; the rule that gets null depends on the whole list. */
  find(kind: CapabilityKind, id: number): WorkCapability | null {
    for (const capability of this.capabilities) {
      if (capability.id === id && capability.kind === kind && capability.status !== 'hidden') {
        if (capability.mayBeHidden) this.#restsOnBytes = true;
        return capability;
      }
    }
    if (this.unknownAt[kind] !== null) this.#restsOnList = true;
    return null;
  }

  /** Notes that the running rule depends on an unknown part of a list. */
  restOnList(): void {
    this.#restsOnList = true;
  }

  /** Notes that the running rule depends on unknown bytes. */
  restOnBytes(): void {
    this.#restsOnBytes = true;
  }

  /** What `look` finds; null where unknown bytes or an unknown part of a list decide it. The running rule does not depend on those then. */
  certain<T>(look: () => T): T | null {
    const outerBytes = this.#restsOnBytes;
    const outerList = this.#restsOnList;
    this.#restsOnBytes = false;
    this.#restsOnList = false;
    const found = look();
    const isCertain = !this.#restsOnBytes && !this.#restsOnList;
    this.#restsOnBytes = outerBytes;
    this.#restsOnList = outerList;
    return isCertain ? found : null;
  }

  /** Notes an unknown that may make the realize fail. */
  doubt(code: string, text: string): void {
    if (!this.doubts.some(other => other.code === code)) this.doubts = [...this.doubts, { code, text }];
  }

  /** Makes `length` bytes at `at` unknown to the guest, since unknown bytes decide what they hold. */
  forget(at: number, length: number): void {
    if (at >= this.size || length <= 0) return;
    const { size, stage } = this;
    const reason = REASONS['unknown.bytes'];
    this.patches.push(
      this.#settled({ at, length: Math.min(length, size - at), mask: 0, value: 0, kind: 'fixed', stage, reason, unknown: true }),
    );
  }

  /**
   * Runs one rule over partly unknown bytes. Where the rule looked at unknown ones, nothing that it decided is certain: the bytes that it
   * wrote, the capability that it was about, and its failure become unknown.
   */
  attempt<C extends WorkCapability | null>(apply: (work: Work, capability: C) => void, { fails, touches }: Open, capability: C): void {
    const outerBytes = this.#restsOnBytes;
    const outerList = this.#restsOnList;
    const { failure, patches, messages } = this;
    const first = patches.length;
    const told = messages.length;
    this.#restsOnBytes = false;
    this.#restsOnList = false;
    apply(this, capability);
    if (this.#restsOnBytes || this.#restsOnList) {
      for (let i = first; i < patches.length; i++) patches[i] = this.#settled({ ...itemAt(patches, i), unknown: true });
      this.failure = failure;
      if (messages.length > told) messages.length = told;
      // A list that is not known has one doubt of its own, which stands for all rules.
      if (fails !== undefined && this.#restsOnBytes) this.doubt(fails.code, fails.text);
      for (const [at, length] of touches ?? NOTHING) this.forget(at, length);
      if (capability !== null) this.#leaveOpen(capability);
    }
    this.#restsOnBytes = outerBytes;
    this.#restsOnList = outerList;
  }

  #settled(patch: Patch): Patch {
    if (this.known !== null) settlePatch(this.known, patch);
    return patch;
  }

  /** Makes the capability's fate and registers unknown. */
  #leaveOpen(capability: WorkCapability): void {
    const { kind, offset, end } = capability;
    const header = kind === 'standard' ? STANDARD_HEADER_SIZE : EXTENDED_HEADER_SIZE;
    this.forget(offset + header, (kind === 'standard' ? Math.min(end, CONVENTIONAL_SIZE) : end) - offset - header);
    capability.mayBeHidden = true;
    decide(capability, 'unknown', this.stage, REASONS['unknown.bytes']);
  }
}
