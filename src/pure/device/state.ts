/** A device's state as bytes, for migration: a header that says what it is, and parts with their lengths; little-endian. */
import { u16, u32 } from '../bytes/c-types.ts';
import { struct } from '../bytes/struct.ts';
import { EINVAL } from '../spec/errno.ts';
import { DeviceError } from './pci-device.ts';

/** The kind of device that wrote a state; a number is never reused for another kind. */
export const STATE_KINDS = { replay: 1, assigned: 2 } as const;

/** "ALCK", first byte first. */
const MAGIC = 0x4b434c41;
const VERSION = 1;

const header = struct('state_header', { magic: u32, version: u16, kind: u16, parts: u32 });

/** How many parts each kind of state has. */
type StateParts = readonly [Uint8Array, Uint8Array, Uint8Array];
const PARTS = 3;

/** The bytes of a state. */
export function encodeState(kind: number, parts: StateParts): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((size, part) => size + 4 + part.length, header.size));
  header.write({ magic: MAGIC, version: VERSION, kind, parts: parts.length }, bytes);
  const view = new DataView(bytes.buffer);
  let at = header.size;
  for (const part of parts) {
    view.setUint32(at, part.length, true);
    bytes.set(part, at + 4);
    at += 4 + part.length;
  }
  return bytes;
}

/** The parts of a state of that kind, as views of `state`. Throws DeviceError EINVAL for any other bytes. */
export function decodeState(kind: number, state: Uint8Array): StateParts {
  if (state.length < header.size) throw refuseState(`it has ${state.length} bytes`);
  const { magic, version, kind: found, parts: said } = header.decode(state);
  if (magic !== MAGIC) throw refuseState('it does not begin as one does');
  if (version !== VERSION) throw refuseState(`it has version ${version}: wanted ${VERSION}`);
  if (found !== kind) throw refuseState(`it is of kind ${found}: wanted ${kind}`);
  if (said !== PARTS) throw refuseState(`it has ${said} parts: wanted ${PARTS}`);
  const view = new DataView(state.buffer, state.byteOffset, state.length);
  let at = header.size;
  const take = (part: number): Uint8Array => {
    if (at + 4 > state.length) throw refuseState(`it ends before part ${part}`);
    const length = view.getUint32(at, true);
    if (length > state.length - at - 4) throw refuseState(`it ends inside of part ${part}`);
    const bytes = state.subarray(at + 4, at + 4 + length);
    at += 4 + length;
    return bytes;
  };
  const parts: StateParts = [take(0), take(1), take(2)];
  if (at !== state.length) throw refuseState(`${state.length - at} bytes follow it`);
  return parts;
}

/** The error for bytes that are no state of this device. */
export function refuseState(why: string): DeviceError {
  return new DeviceError(EINVAL, `no state of this device: ${why}`);
}
