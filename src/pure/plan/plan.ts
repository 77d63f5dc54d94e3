/** The one question of a plan: does each VM start on each host, and what does its guest see of the host's devices? */
import { DEFAULT_PROFILE, findProfile, type Profile, type ProfileName } from '../profiles/index.ts';
import type { VmDefinition } from './definition.ts';
import { withSharedDevices } from './given-twice.ts';
import { layoutFindings } from './host-layout.ts';
import type { PlanAssumptions } from './judge/assumptions.ts';
import { isAssigned } from './judge/handover/backend.ts';
import { Author } from './judge/host/author.ts';
import { definitionOn } from './judge/host/host-functions.ts';
import { hostUnderKernel } from './judge/host/host-under-kernel.ts';
import { HostIndex, type PlanHost } from './judge/host/plan-host.ts';
import { judgeVm, type Shared } from './judge/judge-vm.ts';
import { type PreparedVm, prepareVm } from './judge/prepared-vm.ts';
import { type MachinesTaken, takeMachine } from './judge/taken-machine.ts';
import { servedNotes } from './judge/unseen.ts';
import { unusedGlobals } from './judge/unused-globals.ts';
import { ViewCache } from './judge/view-cache.ts';
import { otherVmm, readsFamily, takeAssumptions } from './not-concerned.ts';
import type { PlanFinding } from './plan-finding.ts';
import type { PlanReport, VmPlan } from './plan-report.ts';

/** Every part may be left out. */
export interface PlanOptions {
  /** Whose rules; by the definition's VMM where it is left out. */
  readonly profile?: ProfileName;
  /** What is assumed in place of what the definition or the host says. */
  readonly assumed?: PlanAssumptions;
  /** Machine types of distributions by the upstream ones that they are taken for; each plan that rests on it says so. */
  readonly machinesTaken?: MachinesTaken;
  /** The host that the definitions were written for: whether the devices are the cards that it has is told. */
  readonly author?: PlanHost;
  /** Whether messages say what mends them; they do where it is left out. */
  readonly mends?: boolean;
}

/** The newest version of each VMM that there is a profile of. */
const NEWEST = { qemu: 'qemu-11.1', 'cloud-hypervisor': 'cloud-hypervisor-53', firecracker: DEFAULT_PROFILE.name } as const;

/** The profile that was asked for, or that of the definition's VMM, and what is to be said where those do not fit. */
function profileOf(definition: VmDefinition, { profile }: PlanOptions): { profile: Profile; isAssumed: boolean; findings: PlanFinding[] } {
  const { family } = definition.vmm;
  const own = findProfile(NEWEST[family]);
  if (profile === undefined) return { profile: own, isAssumed: true, findings: [] };
  const wanted = findProfile(profile);
  if (readsFamily(wanted, family)) return { profile: wanted, isAssumed: false, findings: [] };
  return { profile: own, isAssumed: true, findings: [otherVmm(definition, wanted, own)] };
}

/** A VM that a host may have a say in. */
interface OnHost {
  readonly prepared: PreparedVm;
  readonly given: VmDefinition;
  readonly assumed: PlanAssumptions;
  readonly host: HostIndex;
}

/** Whether words that are not known may name the machine, where those that are known do not. */
function hasOtherMachine({ isPartial, machine, source }: VmDefinition): boolean {
  return isPartial === true && machine.type === null && source.format === 'qemu';
}

/** Plans VMs one by one on the same hosts, which are made ready once. */
export class Planner {
  readonly #hosts: readonly HostIndex[];
  readonly #options: PlanOptions;
  readonly #shared: Shared;

  constructor(hosts: readonly PlanHost[], options: PlanOptions = {}) {
    const { author, mends = true, assumed: { kernel } = {} } = options;
    this.#hosts = hosts.map(host => new HostIndex(kernel === undefined ? host : hostUnderKernel(host, kernel)));
    this.#options = options;
    this.#shared = { cache: new ViewCache(), author: author === undefined ? null : new Author(new HostIndex(author)), mends };
  }

  /** Pure but for what it keeps; never throws on any definition. */
  plan(given: VmDefinition): VmPlan {
    const { definition, notes } = takeMachine(given, this.#options.machinesTaken ?? {});
    const { profile, isAssumed, findings } = profileOf(definition, this.#options);
    const assumed = takeAssumptions(definition, this.#options.assumed ?? {});
    const prepared = prepareVm(definition, profile, assumed.taken);
    const hosts = this.#hosts.map(host =>
      judgeVm(this.#prepareOn({ prepared, given: definition, assumed: assumed.taken, host }), host, this.#shared),
    );
    const layout = layoutFindings(prepared.definition, hosts, this.#hosts);
    const own = [...notes, ...findings, ...assumed.findings];
    const more = [...own, ...servedNotes(definition, hosts), ...unusedGlobals(prepared.definition), ...layout];
    return {
      definition: given,
      profile: { name: profile.name, assumed: isAssumed },
      machine: prepared.machine.kind === 'found' && !hasOtherMachine(prepared.definition) ? prepared.machine.machine.name : null,
      hosts,
      findings: more.length === 0 ? definition.findings : [...definition.findings, ...more],
    };
  }

  /** The same where the host has no say in how many devices the VM has. */
  #prepareOn({ prepared, given, assumed, host }: OnHost): PreparedVm {
    const { definition, errors } = definitionOn(given, host);
    return definition === given ? prepared : { ...prepareVm(definition, prepared.profile, assumed), ofHost: errors };
  }
}

/** Whether a VM has any device of a host's. */
export function hasAssignedDevices({ devices }: VmDefinition): boolean {
  return devices.some(isAssigned);
}

/**
 * Judges every VM on every host.
 *
 * @throws RangeError for a profile that there is not
 */
export function plan(definitions: readonly VmDefinition[], hosts: readonly PlanHost[], options: PlanOptions = {}): PlanReport {
  const planner = new Planner(hosts, options);
  return {
    vms: withSharedDevices(
      definitions.map(definition => planner.plan(definition)),
      hosts,
    ),
  };
}
