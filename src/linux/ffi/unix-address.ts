/** `struct sockaddr_un`: the name of a UNIX socket (unix(7)). */
import { AF_UNIX } from './constants.ts';

/** `sizeof sun_path`; the zero at a path's end, or at an abstract name's beginning, is part of it. */
const PATH_SIZE = 108;

/** A file of this path, or a name of no file. */
export type UnixName = { readonly path: string } | { readonly abstract: string };

/** Throws RangeError for a name that an address cannot hold. */
export function encodeAddress(name: UnixName): Uint8Array {
  const isPath = 'path' in name;
  const text = isPath ? name.path : name.abstract;
  const bytes = Buffer.from(text);
  if (bytes.length === 0 || bytes.length >= PATH_SIZE || bytes.includes(0)) {
    throw new RangeError(
      `Cannot use ${JSON.stringify(text)} as a socket's path: ${bytes.length} bytes, wanted 1 to ${PATH_SIZE - 1} without a zero`,
    );
  }
  const address = new Uint8Array(2 + bytes.length + 1);
  new DataView(address.buffer).setUint16(0, AF_UNIX, true);
  address.set(bytes, isPath ? 2 : 3);
  return address;
}
