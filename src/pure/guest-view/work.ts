/** The workbench of one `realize()`: the bytes as they stand after the patches so far, the capabilities, the messages. */
import { EXTENDED_SIZE } from '../pci/config-space.ts';
import type { CapabilityKind, CapabilityRef } from '../pci/walk.ts';
import type { CapabilityStatus, CapabilityView, Message } from './guest-view.ts';
import { applyPatch, type Patch, type Stage } from './patch.ts';
import type { RealizeInput } from './realize-input.ts';
import type { Reason } from './reasons.ts';

/** A capability while its fate is being decided. */
export class WorkCapability implements CapabilityView {
  readonly kind: CapabilityKind;
  readonly id: number;
  readonly offset: number;
  readonly version: number;
  status: CapabilityStatus = 'shown';
  stage: Stage | null = null;
  reason: Reason | null = null;
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

/** One buffer for all: realizing is synchronous, and nothing of it outlives the call. */
const scratch = new Uint8Array(EXTENDED_SIZE + 4);

/** The bits of one to four bytes. */
const BITS: readonly number[] = [0, 0xff, 0xffff, 0xffffff, -1];

function decide(capability: WorkCapability, status: CapabilityStatus, stage: Stage, reason: Reason): void {
  capability.status = status;
  capability.stage = stage;
  capability.reason = reason;
}

export class Work {
  readonly options: RealizeInput;
  capabilities: WorkCapability[] = [];
  /** How many of them are standard; those come first. */
  standardCount = 0;
  /** Where each list leads after its last capability: 0, or the offset in bytes that are not known. */
  readonly tails = { standard: 0, extended: 0 };
  /** Whether the kernel left a pointer that leads to a capability which it meant to hide. */
  leftLinked = false;
  /** Whether changes stay inside of a capability, also where its registers run into the next one. */
  staysInside = false;
  readonly patches: Patch[] = [];
  readonly messages: Message[] = [];
  failure: { code: string; message: string } | null = null;
  stage: Stage = 'kernel';
  /** Bytes of config space that are there at all; those beyond the input's end read as 0 and are never patched. */
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

  u8(at: number): number {
    return scratch[at];
  }

  u16(at: number): number {
    return scratch[at] | (scratch[at + 1] << 8);
  }

  u32(at: number): number {
    return (scratch[at] | (scratch[at + 1] << 8) | (scratch[at + 2] << 16) | (scratch[at + 3] << 24)) >>> 0;
  }

  /** Patches `length` bytes at `at`; tells whether a bit changed. What lies beyond the space is dropped. */
  patch(at: number, length: number, mask: number, value: number, reason: Reason): boolean {
    if (at >= this.size) return false;
    if (at + length > this.size) length = this.size - at;
    const patch: Patch = { at, length, mask, value, stage: this.stage, reason };
    this.patches.push(patch);
    if (length > 4) return applyPatch(scratch, patch);
    // The same law for up to four bytes at once: this is done thirty times a view.
    const bits = mask & BITS[length];
    const change = ((scratch[at] | (scratch[at + 1] << 8) | (scratch[at + 2] << 16) | (scratch[at + 3] << 24)) ^ value) & bits;
    if (change === 0) return false;
    scratch[at] ^= change;
    scratch[at + 1] ^= change >>> 8;
    scratch[at + 2] ^= change >>> 16;
    scratch[at + 3] ^= change >>> 24;
    return true;
  }

  /** Patches a register at `register` bytes into a capability, which counts as changed where a bit did. */
  change(capability: WorkCapability, register: number, length: number, mask: number, value: number, reason: Reason): void {
    const at = capability.offset + register;
    if (this.staysInside && at + length > capability.end) length = capability.end - at;
    if (length > 0 && this.patch(at, length, mask, value, reason)) decide(capability, 'changed', this.stage, reason);
  }

  /** Takes a capability out of the list; `relink` does the rest. */
  hide(capability: WorkCapability, reason: Reason): void {
    decide(capability, 'hidden', this.stage, reason);
  }

  /** Notes who lets a capability through, where a rule had a say in it. */
  show(capability: WorkCapability, reason: Reason): void {
    decide(capability, 'shown', this.stage, reason);
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

  /** The first capability of an ID that is not hidden, or null. */
  find(kind: CapabilityKind, id: number): WorkCapability | null {
    for (const capability of this.capabilities) {
      if (capability.id === id && capability.kind === kind && capability.status !== 'hidden') return capability;
    }
    return null;
  }
}
