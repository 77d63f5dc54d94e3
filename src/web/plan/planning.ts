/** The plan of all definitions on all hosts of the page, made in short pieces so that the page stays usable. */
import { computed, signal } from '@preact/signals';
import {
  DefinitionError,
  type DefinitionText,
  formatOrigin,
  type PlanFinding,
  type PlanHost,
  Planner,
  type PlanOptions,
  readDefinitions,
  type VmDefinition,
  type VmPlan,
  withSharedDevices,
} from '../../pure/plan/index.ts';
import { mayBeRelated } from '../../pure/plan/readers/related.ts';
import { isProfileName, type ProfileName } from '../../pure/profiles/index.ts';
import { contentId } from '../model/content-id.ts';
import type { DefinitionSource } from '../model/definitions.ts';
import { planAuthor, planProfile } from '../model/plan-choice.ts';
import { TimeSlices } from '../model/time-slices.ts';
import { type Source, sources } from '../model/workspace.ts';

/** What the plan is asked with. */
export interface PlanChoice {
  /** Whose rules; null for those of the definition's VMM. */
  readonly profile: ProfileName | null;
  /** The source of the host that the definitions were written for; null where none is named. */
  readonly author: string | null;
}

/** A text that could not be read, and why. */
export interface Unread {
  readonly source: DefinitionSource;
  readonly why: string;
}

/** All that is planned. */
export interface Planned {
  readonly vms: readonly VmPlan[];
  /** The sources that are its hosts, in the order of each VM's hosts. */
  readonly hosts: readonly Source[];
  readonly unread: readonly Unread[];
  /** Texts without a VM that others refer to: networks, mappings, objects of KubeVirt. */
  readonly related: readonly DefinitionSource[];
  /** Of the texts, that belong to no VM. */
  readonly findings: readonly PlanFinding[];
  /** VMs to plan, of which `vms` are the first while it is made. */
  readonly count: number;
}

/** Names that differ: a second host of a name is `host (2)`. */
function distinct(names: readonly string[]): readonly string[] {
  const seen = new Map<string, number>();
  return names.map(name => {
    const number = (seen.get(name) ?? 0) + 1;
    seen.set(name, number);
    return number === 1 ? name : `${name} (${number})`;
  });
}

/** The sources as hosts. */
export function planHosts(given: readonly Source[]): readonly PlanHost[] {
  const names = distinct(given.map(({ name }) => name));
  return given.map(({ name, read }, i) => ({
    name: names[i] ?? name,
    facts: read.host,
    devices: read.devices,
    isWhole: read.host.isWhole,
  }));
}

/** What the texts hold. */
interface Texts extends Pick<Planned, 'unread' | 'related' | 'findings'> {
  readonly definitions: readonly VmDefinition[];
}

/** In a sentence that names the file once. */
function whyUnread({ file, text }: DefinitionText, { origin, message }: DefinitionError): string {
  if (text.trim() === '') return `${file}: it is empty, wanted a definition of a VM`;
  const why = message.startsWith(`${file} `) ? `it ${message.slice(file.length + 1)}` : message;
  return `${origin === null ? file : formatOrigin(origin)}: ${why}`;
}

async function readTexts(given: readonly DefinitionSource[], slices: TimeSlices): Promise<Texts> {
  const found = given.filter(({ text }) => mayBeRelated(text));
  const [definitions, unread, related, findings]: [VmDefinition[], Unread[], DefinitionSource[], PlanFinding[]] = [[], [], [], []];
  for (const source of given) {
    await slices.breathe();
    const definition = { file: source.name, text: source.text };
    const others = found.filter(other => other !== source).map(({ name, text }) => ({ file: name, text }));
    try {
      const reading = readDefinitions(definition, null, { related: others, openFile: () => null });
      definitions.push(...reading.definitions);
      findings.push(...reading.findings);
      if (reading.definitions.length === 0) related.push(source);
    } catch (error) {
      if (!(error instanceof DefinitionError)) throw error;
      if (error.isOfNone && found.includes(source)) related.push(source);
      else unread.push({ source, why: whyUnread(definition, error) });
    }
  }
  return { definitions, unread, related, findings };
}

/** What a plan is made of. */
export interface PlanInputs {
  readonly definitions: readonly DefinitionSource[];
  readonly sources: readonly Source[];
  readonly choice: PlanChoice;
}

export function planOptions({ sources: given, choice: { profile, author: id } }: PlanInputs): PlanOptions {
  const host = planHosts(given)[given.findIndex(source => source.id === id)];
  return { ...(profile !== null && { profile }), ...(host !== undefined && { author: host }) };
}

/**
 * Plans each VM on each host.
 *
 * @param tell is called with what is planned so far
 * @param isWanted says whether somebody still waits for it; it ends with null where nobody does
 */
export async function makePlan(
  inputs: PlanInputs,
  tell: (planned: Planned) => void,
  isWanted: () => boolean = () => true,
): Promise<Planned | null> {
  const slices = new TimeSlices();
  const { definitions, ...texts } = await readTexts(inputs.definitions, slices);
  const hosts = planHosts(inputs.sources);
  const about = { ...texts, hosts: inputs.sources, count: definitions.length };
  const planner = new Planner(hosts, planOptions(inputs));
  const vms: VmPlan[] = [];
  let told = performance.now();
  for (const definition of definitions) {
    await slices.breathe();
    if (!isWanted()) return null;
    vms.push(planner.plan(definition));
    if (performance.now() - told < TELL_EVERY) continue;
    told = performance.now();
    tell({ ...about, vms: [...vms] });
  }
  return { ...about, vms: withSharedDevices(vms, hosts) };
}

/** Milliseconds between two looks at what is planned so far. */
const TELL_EVERY = 200;

/** What the reader chose. */
export const choice = computed<PlanChoice>(() => ({
  profile: isProfileName(planProfile.value) ? planProfile.value : null,
  author: sources.value.find(({ bytes }) => contentId(bytes) === planAuthor.value)?.id ?? null,
}));
/** null before the first plan. */
export const planned = signal<Planned | null>(null);
export const isPlanning = signal(false);

let turn = 0;

/** Plans what the page has, in place of what was planned before. */
export async function replan(inputs: PlanInputs): Promise<void> {
  const own = ++turn;
  const isWanted = (): boolean => own === turn;
  isPlanning.value = true;
  try {
    const made = await makePlan(
      inputs,
      part => {
        if (isWanted()) planned.value = part;
      },
      isWanted,
    );
    if (made !== null && isWanted()) planned.value = made;
  } finally {
    if (isWanted()) isPlanning.value = false;
  }
}
