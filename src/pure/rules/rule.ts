/** Rules: one named change at one stage each. A profile is a list of them, compiled once into what `realize` runs. */
import type { CapabilityKind } from '../pci/walk.ts';
import type { Doubt } from './capability-view.ts';
import type { Stage } from './patch.ts';
import type { Work, WorkCapability } from './work.ts';

interface RuleFacts {
  /** Unique, dotted: `vmm.ats`. */
  readonly name: string;
  readonly stage: Stage;
  /** One sentence: what the rule does. */
  readonly summary: string;
  /** Which versions of the program behave so, as far as it was checked. */
  readonly holdsFor: string;
  /** The failure that the rule may end in where unknown bytes decide. */
  readonly fails?: Doubt;
  /** Bytes outside of capabilities that the rule may change where unknown bytes decide. */
  readonly touches?: readonly (readonly [at: number, length: number])[];
}

/** A rule about the function as a whole. `before` rules run before the capabilities are visited, `after` rules when all have been. */
export interface DeviceRule extends RuleFacts {
  readonly when: 'before' | 'after';
  readonly apply: (work: Work) => void;
}

/** A rule about each capability of some IDs; `ids` null for all. It does not see capabilities that are hidden already. */
export interface CapabilityRule extends RuleFacts {
  readonly when: 'capability';
  readonly kind: CapabilityKind;
  readonly ids: readonly number[] | null;
  readonly apply: (work: Work, capability: WorkCapability) => void;
}

/** One named change at one stage. */
export type Rule = DeviceRule | CapabilityRule;

type Apply = CapabilityRule['apply'];
type ApplyToDevice = DeviceRule['apply'];

/** The rules of one stage, found by capability ID without a search. */
export interface CompiledStage {
  readonly stage: Stage;
  /** Whether changes stay inside of a capability, also where its registers run into the next one. */
  readonly staysInside: boolean;
  readonly before: readonly ApplyToDevice[];
  readonly after: readonly ApplyToDevice[];
  readonly standard: readonly (readonly Apply[])[];
  readonly extended: readonly (readonly Apply[])[];
  /** What a rule may fail with and touch; kept apart, since it is needed only where bytes are unknown. */
  readonly open: ReadonlyMap<Apply | ApplyToDevice, Pick<RuleFacts, 'fails' | 'touches'>>;
}

/** IDs from here up share one slot: no rule names one of them. */
const SLOTS = 0x100;

function slots(rules: readonly Rule[], kind: CapabilityKind): readonly (readonly Apply[])[] {
  const own = rules.filter((rule): rule is CapabilityRule => rule.when === 'capability' && rule.kind === kind);
  const rulesOf = (id: number | null): readonly Apply[] =>
    own.filter(({ ids }) => ids === null || (id !== null && ids.includes(id))).map(({ apply }) => apply);
  const table: (readonly Apply[])[] = new Array(SLOTS + 1).fill(rulesOf(null));
  for (const id of new Set(own.flatMap(({ ids }) => ids ?? []))) table[id] = rulesOf(id);
  return table;
}

/** Sorts the rules of one stage by when they run; within that, the order of the list holds. */
export function compileStage(rules: readonly Rule[], stage: Stage, staysInside: boolean): CompiledStage {
  const own = rules.filter(rule => rule.stage === stage);
  const device = (when: DeviceRule['when']) => own.flatMap(rule => (rule.when === when ? [rule.apply] : []));
  return {
    stage,
    staysInside,
    before: device('before'),
    after: device('after'),
    standard: slots(own, 'standard'),
    extended: slots(own, 'extended'),
    open: new Map(own.map(rule => [rule.apply, rule])),
  };
}

const NO_RULES: readonly Apply[] = [];
const NOTHING_OPEN = {};

function runRules(work: Work, rules: readonly ApplyToDevice[], compiled: CompiledStage): void {
  for (const apply of rules) {
    if (work.known === null) apply(work);
    else work.attempt(apply, compiled.open.get(apply) ?? NOTHING_OPEN, null);
  }
}

/** Runs the rules of one capability, until one hides it. */
function visit(work: Work, capability: WorkCapability | undefined, compiled: CompiledStage): void {
  if (capability === undefined || work.failure !== null) return;
  const table = capability.kind === 'standard' ? compiled.standard : compiled.extended;
  for (const apply of table[Math.min(capability.id, SLOTS)] ?? NO_RULES) {
    if (capability.status === 'hidden') return;
    if (work.known === null) apply(work, capability);
    else work.attempt(apply, compiled.open.get(apply) ?? NOTHING_OPEN, capability);
  }
}

/**
 * Runs one stage over the workbench. Stops early where a rule fails the realize. Standard capabilities are visited from the last
 * of their list to the first, as QEMU does, so that of several faults the same one is told; extended ones from the first.
 */
export function runStage(work: Work, compiled: CompiledStage): void {
  work.stage = compiled.stage;
  work.staysInside = compiled.staysInside;
  runRules(work, compiled.before, compiled);
  const { capabilities, standardCount } = work;
  for (let i = standardCount - 1; i >= 0; i--) visit(work, capabilities[i], compiled);
  for (let i = standardCount; i < capabilities.length; i++) visit(work, capabilities[i], compiled);
  if (work.failure !== null) return;
  runRules(work, compiled.after, compiled);
}
