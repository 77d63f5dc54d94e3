/** What becomes of one function's config space when a destination loads it: the first byte that QEMU refuses, and all that differ. */
import { byteAt } from '../../bytes/checked.ts';
import { hexDigits } from '../../bytes/hex.ts';
import type { ConfigSpace } from '../../pci/config-space.ts';

/** What the destination's function checks, a byte each for a byte of config space. */
export interface CheckedBits {
  /** Bits that must be the same (cmask). */
  readonly check: Uint8Array;
  /** Of those, bits that a guest writes, which are not checked (wmask). */
  readonly write: Uint8Array;
  /** Bits that a written 1 clears, which are not checked either (w1cmask); none where it is left out. */
  readonly writeOneToClear?: Uint8Array;
}

/** A byte that the destination refuses, in the terms of QEMU's message. */
export interface RefusedByte {
  readonly at: number;
  /** What the source's guest read. */
  readonly read: number;
  /** What the destination's device has. */
  readonly device: number;
  readonly cmask: number;
  readonly wmask: number;
  readonly w1cmask: number;
}

/** `other-size`: one has 256 bytes and the other 4096, which ends QEMU without a message about a byte. */
export interface LoadedConfig {
  readonly outcome: 'loads' | 'refused' | 'other-size' | 'unknown';
  /** The first in the order of config space; where bytes before it are not known, one of those may be the first. */
  readonly first: RefusedByte | null;
  /** Offsets of all bytes that would be refused. */
  readonly refused: readonly number[];
  /** The first byte that would be checked and that one side does not know; null where there is none. */
  readonly unknownAt: number | null;
  /** Offsets of bytes that differ and that nobody checks: the guest finds other bytes there, without a word. */
  readonly silent: readonly number[];
}

/** Judges the load of `source`, the bytes of a guest, into a function whose bytes are `device`. Never throws. */
export function loadConfig(source: ConfigSpace, device: ConfigSpace, { check, write, writeOneToClear }: CheckedBits): LoadedConfig {
  const [refused, silent]: [number[], number[]] = [[], []];
  let unknownAt: number | null = null;
  const bitsAt = (mask: Uint8Array | undefined, at: number): number => mask?.[at] ?? 0;
  const size = Math.min(source.bytes.length, device.bytes.length);
  for (let at = 0; at < size; at++) {
    const checked = bitsAt(check, at) & ~bitsAt(write, at) & ~bitsAt(writeOneToClear, at);
    if (!source.isKnown(at) || !device.isKnown(at)) {
      if (checked !== 0) unknownAt ??= at;
      continue;
    }
    const changed = byteAt(source.bytes, at) ^ byteAt(device.bytes, at);
    if ((changed & checked) !== 0) refused.push(at);
    else if ((changed & ~bitsAt(write, at) & ~bitsAt(writeOneToClear, at)) !== 0) silent.push(at);
  }
  if (unknownAt === null && check.length > size) unknownAt = check.findIndex((bits, at) => at >= size && bits !== 0);
  if (unknownAt === -1) unknownAt = null;
  const [at] = refused;
  const first =
    at === undefined
      ? null
      : {
          at,
          read: byteAt(source.bytes, at),
          device: byteAt(device.bytes, at),
          cmask: bitsAt(check, at),
          wmask: bitsAt(write, at),
          w1cmask: bitsAt(writeOneToClear, at),
        };
  return { outcome: first !== null ? 'refused' : unknownAt !== null ? 'unknown' : 'loads', first, refused, unknownAt, silent };
}

/** QEMU's line about a byte; it stops at the first. */
export function formatRefused({ at, read, device, cmask, wmask, w1cmask }: RefusedByte): string {
  const [i, ...rest] = [at, read, device, cmask, wmask, w1cmask].map(value => hexDigits(value));
  const [source, own, compared, written, cleared] = rest;
  return `get_pci_config_device: Bad config data: i=0x${i} read: ${source} device: ${own} cmask: ${compared} wmask: ${written} w1cmask:${cleared}`;
}

/** QEMU's next line, as far as it is the same for all devices: it names the device by its path in the guest. */
export function formatRefusedDevice(section: string): string {
  return `load of migration failed: Invalid argument: error while loading state for instance 0x0 of device '${section}'`;
}
