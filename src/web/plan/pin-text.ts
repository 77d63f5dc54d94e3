/** A definition with every value written out that AUTO, a compat row or the host decided, as `airlock plan --pin` prints it. */
import {
  applyEdits,
  DefinitionError,
  isStartLog,
  Planner,
  pinFault,
  pinVm,
  readDefinitions,
  sharedEdits,
  type VmPlan,
} from '../../pure/plan/index.ts';
import { mayBeRelated } from '../../pure/plan/readers/related.ts';
import type { DefinitionSource } from '../model/definitions.ts';
import { type PlanChoice, type Planned, planHosts, planOptions } from './planning.ts';

/** What was pinned, or why it cannot be. */
export type PinnedText =
  | { readonly kind: 'pinned'; readonly text: string; readonly notes: readonly string[] }
  | { readonly kind: 'refused'; readonly why: string };

/** What is pinned where: all VMs of a file on one host, by its number among the plan's. */
export interface PinQuestion {
  readonly made: Planned;
  readonly file: string;
  readonly host: number;
  readonly definitions: readonly DefinitionSource[];
  readonly choice: PlanChoice;
}

const refused = (why: string): PinnedText => ({ kind: 'refused', why });

/** The VMs of a text on that host alone; null where it cannot be read. */
function replan({ made, file, host, definitions, choice }: PinQuestion, text: string): readonly VmPlan[] | null {
  const hosts = planHosts(made.hosts).slice(host, host + 1);
  const planner = new Planner(hosts, planOptions({ definitions, sources: made.hosts, choice }));
  const related = definitions
    .filter(({ name, text: other }) => name !== file && mayBeRelated(other))
    .map(other => ({ file: other.name, text: other.text }));
  try {
    return readDefinitions({ file, text }, null, { related, openFile: () => null }).definitions.map(definition => planner.plan(definition));
  } catch (error) {
    if (error instanceof DefinitionError) return null;
    throw error;
  }
}

/** The VM of each name and number of that name, since names may be given twice. */
function vmsInOrder(before: readonly VmPlan[], after: readonly VmPlan[]): readonly (VmPlan | undefined)[] {
  const seen = new Map<string, number>();
  return before.map(({ definition: { name } }) => {
    const number = seen.get(name) ?? 0;
    seen.set(name, number + 1);
    return after.filter(one => one.definition.name === name)[number];
  });
}

/** Never writes another VM: the text is planned again, and the plans compared. */
export function pinText(question: PinQuestion): PinnedText {
  const { made, file, host, definitions } = question;
  const text = definitions.find(({ name }) => name === file)?.text;
  const vms = made.vms
    .filter(({ definition }) => definition.source.file === file)
    .map(vm => ({ ...vm, hosts: vm.hosts.slice(host, host + 1) }));
  if (text === undefined || vms.length === 0) return refused('its text is not here any more');
  const [first] = vms;
  if (first?.definition.source.line === null) return refused('it is a command line as a running program has it: wanted a script');
  if (first !== undefined && isStartLog(first.definition.source, text) !== false) return refused('it is a log, from which nothing starts');
  const pinned = [];
  for (const vm of vms) {
    const [own] = vm.hosts;
    if (own === undefined) return refused('it needs a host, whose values are written out');
    if (own.outcome === 'fails') return refused(`${vm.definition.name} does not start on ${own.host}`);
    pinned.push({ vm, pinned: pinVm(vm, own, text) });
  }
  let result: string;
  try {
    result = applyEdits(text, sharedEdits(pinned.map(each => each.pinned.edits)));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return refused('two of its VMs share a part of the text that would be another for each');
  }
  const after = result === text ? vms : replan(question, result);
  if (after === null) return refused('read again, it is no definition any more');
  const now = vmsInOrder(vms, after);
  for (const [
    i,
    {
      vm,
      pinned: { open, unwritten },
    },
  ] of pinned.entries()) {
    const fault = result === text ? null : pinFault(vm, now[i], { open, unwritten: unwritten.map(({ pin }) => pin) });
    if (fault !== null) return refused(`read again, ${fault}`);
  }
  return {
    kind: 'pinned',
    text: result,
    notes: pinned.flatMap(({ vm, pinned: { findings } }) => findings.map(({ message }) => `${vm.definition.name}: ${message}`)),
  };
}
