/** What is looked at in a device: the block of config space that is open, the lane whose bytes are shown, and what is lit. */
import { signal } from '@preact/signals';
import { hexDigits } from '../../pure/bytes/hex.ts';
import type { CapabilityKind } from '../../pure/pci/walk.ts';
import { linkText } from './linked.ts';

/** `header`, `standard 50`, `extended 1b0`: the offset in hexadecimal digits. */
export type BlockKey = string;

export const HEADER_KEY: BlockKey = 'header';

/** The key of a capability. */
export function blockKey(kind: CapabilityKind, offset: number): BlockKey {
  return `${kind} ${hexDigits(offset)}`;
}

/** Whose bytes: of the hardware, of what the kernel lets through, of the guest. */
export type LaneName = 'hardware' | 'kernel' | 'guest';

export const LANE_NAMES: readonly LaneName[] = ['hardware', 'kernel', 'guest'];

/** The block that is open. */
export const openBlock = signal<BlockKey>(HEADER_KEY);

/** The lane whose bytes are shown. */
export const bytesLane = signal<LaneName>('guest');

linkText('open', openBlock, (text): text is BlockKey => /^(?:header|(?:standard|extended) [0-9a-f]{2,3})$/.test(text));
linkText('bytes', bytesLane, (text): text is LaneName => LANE_NAMES.some(name => name === text));

/** Offsets, both included, and the field that they are. */
export interface Lit {
  readonly from: number;
  readonly to: number;
  /** `control.enable`; null for bytes of no field. */
  readonly field: string | null;
  /** The lowest bit of the field in its register; two fields of reserved bits have one path. */
  readonly low?: number;
}

/** What the pointer or the keyboard is at, among bytes or among fields. */
export const lit = signal<Lit | null>(null);
