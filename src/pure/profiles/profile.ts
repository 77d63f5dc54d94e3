/** A VMM profile: what one version of a VMM does with an assigned device, as a value. All that differs between VMMs is in it. */
import type { Placement } from '../rules/realize-input.ts';
import { type CompiledStage, compileStage, type Rule } from '../rules/rule.ts';
import type { ProfileTables } from './profile-tables.ts';
import { KERNEL_RULES } from './shared-rules.ts';

/** Whose words are said where a host does not hand a device over. */
export type AttachWording = 'qemu' | 'cloud-hypervisor';

/** What a VMM does that its rules do not say. */
export interface ProfileTraits {
  /** The registers of a hidden capability: `gone`: they read as 0 and take no write; `readable`: they stay, but no list leads to them. */
  readonly hiddenBytes: 'gone' | 'readable';
  /** Whether the VMM follows the lists as the kernel left them, and so shows what the kernel meant to hide but left linked. */
  readonly followsKernel: boolean;
  /**
   * Whether the VMM itself answers for MSI, MSI-X and the pointers of the lists; else the device does, and a guest's writes reach it
   * through the kernel.
   */
  readonly answersCapabilities: boolean;
  /** Whether a guest can write next pointers of capabilities that the VMM dropped, though no list leads there. */
  readonly leavesLoosePointers: boolean;
  /** Whether its changes stay inside a capability, even where its registers run into the next one. */
  readonly staysInside: boolean;
  /** Whether the guest can enable its expansion ROM in the register. */
  readonly guestEnablesRom: boolean;
  /** Whether a migration compares what stands in config space. */
  readonly comparesToMigrate: boolean;
  /** How the VMM synthesises PASID, in a sentence; null where it does not. */
  readonly pasidSummary: string | null;
  /** Why the root port above the device completes no AtomicOps; null where it completes what the host's device and path do. */
  readonly noAtomics: { readonly code: string; readonly text: string } | null;
  /** Where the guest's device can stand; the first is where it does if nothing is said. */
  readonly placements: readonly [Placement, ...Placement[]];
  readonly attachWording: AttachWording;
}

/** What a profile is made from. */
export interface ProfileParts extends ProfileTables {
  /** What the VMM does, in the order in which it does it. */
  readonly vmmRules: readonly Rule[];
  readonly traits: ProfileTraits;
}

/** Every profile is made by `makeProfile`. */
export interface Profile extends Omit<ProfileParts, 'vmmRules'> {
  /** The kernel's rules and the VMM's, in order. */
  readonly rules: readonly Rule[];
  readonly kernel: CompiledStage;
  readonly vmm: CompiledStage;
}

/** The part of a profile that a finished view still needs: plain data, which can be sent to a thread. */
export type ViewedProfile = Pick<Profile, 'name' | 'traits'>;

/** A profile. Its rules are compiled when they are first run, since a command needs one profile of all. */
export function makeProfile({ vmmRules, ...parts }: ProfileParts): Profile {
  const rules = [...KERNEL_RULES, ...vmmRules];
  let kernel: CompiledStage | null = null;
  let vmm: CompiledStage | null = null;
  return {
    ...parts,
    rules,
    get kernel() {
      kernel ??= compileStage(rules, 'kernel', false);
      return kernel;
    },
    get vmm() {
      vmm ??= compileStage(rules, 'vmm', parts.traits.staysInside);
      return vmm;
    },
  };
}
