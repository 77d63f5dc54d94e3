/** The public face of this part: realize, profiles with their rules, compare, evidence. */
export { type AtsDecision, decideAts } from './ats.ts';
export { type Comparison, type ComparisonOutcome, compare } from './compare.ts';
export type { ByteRange } from './compare-bytes.ts';
export type { ComparedSpace } from './compared-space.ts';
export type { Difference } from './difference.ts';
export { type Evidence, type EvidenceLink, type ExplainOptions, explainAts, explainPasid } from './explain.ts';
export { guestBarSizes, guestRomSize, type MovedArrays, movedArrays, possibleArraysBar } from './guest-bar-sizes.ts';
export {
  type CapabilityStatus,
  type CapabilityView,
  type GuestView,
  guestBytes,
  type Message,
  type Realized,
  type RealizeFailure,
  vfioBytes,
} from './guest-view.ts';
export { type GuestMasks, guestMasks } from './masks.ts';
export { applyPatch, type Patch, type Stage } from './patch.ts';
export { PROFILES, type Profile, type ProfileName } from './profiles.ts';
export { type RealizeOptions, realize } from './realize.ts';
export type { Placement, RealizeInput, VirtualFunction } from './realize-input.ts';
export { FIRST_STATE, REASONS, type Reason, type ReasonCode } from './reasons.ts';
export type { Rule } from './rule.ts';
export { relocatedBarSize } from './rules/vmm/msix-relocation.ts';
export { type Settings, settingsOf } from './settings.ts';
