/** What follows a message's header, checked for length before it is decoded. */
import { formatHex } from '../../bytes/hex.ts';
import type { Decoded, Struct, StructFields } from '../../bytes/struct.ts';
import { MessageError } from '../protocol-error.ts';

/** Decodes the fixed part of a payload. MessageError (EINVAL) for fewer bytes than it has. */
export function decodeFixed<F extends StructFields>(type: Struct<F>, payload: Uint8Array): Decoded<Struct<F>> {
  if (payload.length < type.size) throw new MessageError(`${payload.length} bytes of payload, needs ${type.size} (${type.name})`);
  return type.decode(payload) as Decoded<Struct<F>>;
}

/** As `decodeFixed`, and nothing may follow. */
export function decodeExact<F extends StructFields>(type: Struct<F>, payload: Uint8Array): Decoded<Struct<F>> {
  if (payload.length > type.size) throw new MessageError(`${payload.length} bytes of payload, wants ${type.size} (${type.name})`);
  return decodeFixed(type, payload);
}

/** `value` as a number. MessageError for one that a number cannot hold exactly: no region or buffer is that large. */
export function exactNumber(value: bigint, name: string): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new MessageError(`${name} ${formatHex(value)} is above 2^53`);
  return Number(value);
}

/** MessageError where the peer says that it has less room for the reply than the reply's fixed part takes. */
export function requireRoom(argsz: number, size: number): void {
  if (argsz < size) throw new MessageError(`argsz ${argsz} is below ${size}`);
}
