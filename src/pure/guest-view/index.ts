/**
 * What a guest sees of a host's device, and why. `view` answers for a device of which facts are known, under a request; what it is made
 * of is here too: profiles with their rules, realize, comparisons, chains of evidence.
 *
 * @module vfio-airlock/guest-view
 * @example
 * ```ts
 * import { deviceFacts } from 'vfio-airlock/facts';
 * import { view } from 'vfio-airlock/guest-view';
 * import { iommufdDevice } from 'vfio-airlock/iommu';
 * import { buildConfigSpace } from 'vfio-airlock/pci';
 *
 * const config = buildConfigSpace({
 *   vendorId: 0x8086,
 *   deviceId: 0x1572,
 *   classCode: 0x02_00_00,
 *   standard: [{ id: 0x10, body: `0200${'00'.repeat(0x38)}` }], // PCI Express
 *   extended: [{ id: 0x0f, body: '20000000' }], // ATS
 * });
 * // Bit 3: the kernel says that ATS is not supported.
 * const hostIommu = iommufdDevice({ type: 0, data: new Uint8Array(0), capabilities: 0x8n, maxPasidLog2: 0, kernel: '7.3.4' });
 * const facts = deviceFacts(config, { hostIommu });
 *
 * const { realized } = view(facts);
 * realized.outcome; // → 'realized'
 * realized.messages.map(({ code }) => code); // → ['ats.masked.kernel-unsupported']
 * view(facts, { properties: [{ name: 'ats', value: 'on' }] }).realized.outcome; // → 'failed'
 * view(facts, { profile: 'qemu-10.0' }).realized.messages.map(({ code }) => code); // → ['ats.shown.kernel-unsupported']
 * ```
 */

export type { VirtualFunction } from '../facts/index.ts';
export {
  type AttachWording,
  DEFAULT_PROFILE,
  findProfile,
  isProfileName,
  makeProfile,
  type OwnProperties,
  ownProperties,
  PROFILES,
  type Profile,
  type ProfileName,
  type ProfileParts,
  type ProfileTables,
  type ProfileTraits,
  type ViewedProfile,
} from '../profiles/index.ts';
export { type AtsDecision, decideAts } from '../rules/ats.ts';
export type { CapabilityStatus, CapabilityView, Doubt, Message } from '../rules/capability-view.ts';
export type { MovedArrays } from '../rules/moved-arrays.ts';
export { applyPatch, type Patch, type PatchKind, type Stage } from '../rules/patch.ts';
export { PLACEMENTS, type Placement, type RealizeInput } from '../rules/realize-input.ts';
export { REASONS, type Reason, type ReasonCode } from '../rules/reasons.ts';
export type { Rule } from '../rules/rule.ts';
export { type Demands, type IgdSettings, type Settings, settingsOf } from '../rules/settings.ts';
export { relocatedBarSize } from '../rules/vmm/msix-relocation.ts';
export { type Comparison, type ComparisonOutcome, compare } from './compare.ts';
export type { ByteRange } from './compare-bytes.ts';
export type { ComparedSpace } from './compared-space.ts';
export type { Difference } from './difference.ts';
export { type Evidence, type EvidenceLink, type Explained, explainAts, explainPasid } from './explain.ts';
export { guestBarSizes, guestRomSize, possibleArraysBar } from './guest-bar-sizes.ts';
export { type GuestView, guestBytes, type Realized, type RealizeFailure, vfioBytes } from './guest-view.ts';
export { type GuestMasks, guestMasks, type LoadMasks, loadMasks } from './masks.ts';
export { type PreparedRequest, prepareRequest } from './prepare-request.ts';
export { type RealizeOptions, realize } from './realize.ts';
export { type View, view } from './view.ts';
export { type GuestIommu, RequestError, type ViewRequest } from './view-request.ts';
