/** The first capability of an ID, in a walk, a view or a decoded device. */
import type { CapabilityKind, CapabilityRef } from './walk.ts';

/** What tells one capability from another. */
export type CapabilityIdentity = Pick<CapabilityRef, 'kind' | 'id'>;

/**
 * The first capability of an ID in the order of `capabilities`; undefined where there is none. That there is none says nothing of a list
 * whose end is not known: see `unknownAt` of a walk.
 *
 * @example
 * ```ts
 * import { buildConfigSpace, findCapability, walkExtended } from 'vfio-airlock/pci';
 *
 * const config = buildConfigSpace({ vendorId: 0x1234, deviceId: 1, classCode: 0, extended: [{ id: 0x0f, body: '00000000' }] });
 * findCapability(walkExtended(config).capabilities, 'extended', 0x0f)?.offset; // → 0x100
 * ```
 */
export function findCapability<C extends CapabilityIdentity | { readonly ref: CapabilityIdentity }>(
  capabilities: readonly C[],
  kind: CapabilityKind,
  id: number,
): C | undefined {
  for (const capability of capabilities) {
    const identity: CapabilityIdentity = 'ref' in capability ? capability.ref : capability;
    if (identity.id === id && identity.kind === kind) return capability;
  }
  return undefined;
}
