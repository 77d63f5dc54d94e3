/** Which host it is, as a keyed hash of its machine ID (machine-id(5), sd_id128_get_machine_app_specific(3)). */
import { createHmac } from 'node:crypto';
import type { HostId } from '../../pure/facts/index.ts';
import { readText } from './attribute.ts';

/** Airlock's own ID, public and never to change: without it, ids of other programs could be compared with these. */
export const APPLICATION_ID = '9c566f364f6c4b158638a33c632e1b23';

/** Where a host has a name of its own, 16 bytes in hexadecimal, the first that is there. The second may be read by root alone. */
const SOURCES: readonly (readonly [from: HostId['from'], path: string])[] = [
  ['machine-id', 'etc/machine-id'],
  ['product-uuid', 'sys/class/dmi/id/product_uuid'],
];

/** As systemd makes it: the ID is the key, so that it cannot be found from the hash; shaped as a random UUID (RFC 9562 §5.4). */
function hashOf(id: string): string {
  const hash = createHmac('sha256', Buffer.from(id, 'hex')).update(Buffer.from(APPLICATION_ID, 'hex')).digest().subarray(0, 16);
  hash.writeUInt8((hash.readUInt8(6) & 0x0f) | 0x40, 6);
  hash.writeUInt8((hash.readUInt8(8) & 0x3f) | 0x80, 8);
  return hash.toString('hex');
}

/** The id of the host whose tree begins at `root`, without a slash behind it; null where it has no name that can be read. */
export function readHostId(root: string): HostId | null {
  for (const [from, path] of SOURCES) {
    const digits = readText(`${root}/${path}`)?.replaceAll('-', '').toLowerCase() ?? '';
    // Images of systems and boards without a serial number have one of a single digit.
    if (/^[\da-f]{32}$/.test(digits) && !/^(.)\1*$/.test(digits)) return { from, hash: hashOf(digits) };
  }
  return null;
}
