/** Inputs taken out of what they are wrapped in, piece by piece: gzip, and text of two bytes a character. */
import { InputError } from './input-error.ts';
import { TimeSlices } from './time-slices.ts';

/** The largest input that is read, in bytes, unpacked. */
export const MOST_BYTES = 256 * 1024 * 1024;

/** Bytes that are worked on between two looks at the clock. */
export const PIECE = 256 * 1024;

function joined(parts: readonly Uint8Array[], size: number): Uint8Array {
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/**
 * The content of a gzip file.
 *
 * @throws InputError where it is none, or holds too much
 */
export async function gunzip(bytes: Uint8Array): Promise<Uint8Array> {
  const inside = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeThrough(new DecompressionStream('gzip'));
  const reader = inside.getReader();
  const parts: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { value, done } = await reader.read().catch(() => {
      throw new InputError('it is not valid gzip');
    });
    if (done) return joined(parts, size);
    parts.push(value);
    size += value.length;
    if (size > MOST_BYTES) {
      await reader.cancel();
      throw new InputError(`it unpacks to more than ${MOST_BYTES} bytes`);
    }
  }
}

/** UTF-16 as UTF-8. */
export async function utf8Of(bytes: Uint8Array, encoding: 'utf-16le' | 'utf-16be'): Promise<Uint8Array> {
  const decoder = new TextDecoder(encoding);
  const encoder = new TextEncoder();
  const slices = new TimeSlices();
  const parts: Uint8Array[] = [];
  let size = 0;
  for (let at = 0; at < bytes.length; at += PIECE) {
    const part = encoder.encode(decoder.decode(bytes.subarray(at, at + PIECE), { stream: at + PIECE < bytes.length }));
    parts.push(part);
    size += part.length;
    await slices.breathe();
  }
  return joined(parts, size);
}
