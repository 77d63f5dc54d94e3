/** The public face of this part: realize, profiles with their rules, compare, evidence. */

export type { VirtualFunction } from '../facts/index.ts';
export {
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
  type ProfileTraits,
} from '../profiles/index.ts';
export { type AtsDecision, decideAts } from '../rules/ats.ts';
export type { CapabilityStatus, CapabilityView, Doubt, Message } from '../rules/capability-view.ts';
export type { MovedArrays } from '../rules/moved-arrays.ts';
export { applyPatch, type Patch, type PatchKind, type Stage } from '../rules/patch.ts';
export type { Placement, RealizeInput } from '../rules/realize-input.ts';
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
export { type GuestMasks, guestMasks } from './masks.ts';
export { type PreparedRequest, prepareRequest } from './prepare-request.ts';
export { type RealizeOptions, realize } from './realize.ts';
export { type View, view } from './view.ts';
export { type GuestIommu, RequestError, type ViewRequest } from './view-request.ts';
