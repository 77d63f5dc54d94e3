/** The capabilities that VFIO chains behind its info structs (struct vfio_info_cap_header in linux/vfio.h). */
import { vfio_info_cap_header } from '../../pure/spec/vfio/index.ts';

/** A capability in the reply that it was found in. */
export interface InfoCapability {
  readonly id: number;
  readonly version: number;
  /** Bytes from the start of the reply. */
  readonly at: number;
}

/**
 * The capabilities of a reply in their order, from the one at `first` on; 0 ends the chain. A chain that leaves the reply or loops ends
 * there, so that any bytes give an answer.
 */
export function decodeCapabilityChain(reply: Uint8Array, first: number): InfoCapability[] {
  const found = new Map<number, InfoCapability>();
  for (let at = first; at !== 0 && !found.has(at) && at + vfio_info_cap_header.size <= reply.length; ) {
    const { id, version, next } = vfio_info_cap_header.decode(reply, at);
    found.set(at, { id, version, at });
    at = next;
  }
  return [...found.values()];
}
