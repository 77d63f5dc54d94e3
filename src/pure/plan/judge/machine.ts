/** The machine type of a definition, as its VMM finds it: by name, by an alias, or its own default. */
import type { Profile } from '../../profiles/index.ts';
import { findMachineType, MachineError, type MachineType, upstreamMachine } from '../../qemu/index.ts';
import type { VmDefinition } from '../definition.ts';
import type { PlanError } from '../plan-report.ts';
import { planMessage } from './verdict.ts';

/** `unknown`: a type of a distribution's own, whose rows nobody outside knows. */
export type FoundMachine =
  | { readonly kind: 'found'; readonly machine: MachineType }
  /** The VMM has it, or may have it, and what it does is not known here, apart perhaps from its buses. */
  | { readonly kind: 'unlisted'; readonly name: string; readonly error: PlanError }
  /** The VMM has no machine types. */
  | { readonly kind: 'none' }
  | { readonly kind: 'failed' | 'unknown'; readonly error: PlanError };

/** What a program without a word about the machine starts; QEMU's Arm programs have no default. */
const DEFAULTS: ReadonlyMap<string, string> = new Map([
  ['x86_64', 'pc'],
  ['i386', 'pc'],
]);

interface Words {
  readonly code: string;
  readonly message: string;
  readonly mend?: string;
}

function errorOf(words: Words, definition: VmDefinition): PlanError {
  return { ...planMessage('vmm', { ...words, origin: definition.machine.type?.origin ?? null }), of: 'machine' };
}

const fault = (kind: 'failed' | 'unknown', words: Words, definition: VmDefinition): FoundMachine => ({
  kind,
  error: errorOf(words, definition),
});

/** One of QEMU's that there is no table of; null where QEMU has none of that name for the guest's architecture. */
function unlisted(name: string | null, definition: VmDefinition, { machines }: Profile): FoundMachine | null {
  const { architecture } = definition.vmm;
  const answers = (architecture === null ? ['x86_64', 'aarch64'] : [architecture]).map(
    each => machines?.hasOther(name ?? '', each) ?? null,
  );
  const isOther = answers.includes(true) || (answers.includes(false) ? false : null);
  if (isOther === false) return null;
  const message =
    isOther === null ? `no machine type for guests of ${architecture} is known here` : `what machine type ${name} does is not known here`;
  return { kind: 'unlisted', name: name ?? '', error: errorOf({ code: 'machine.unlisted', message }, definition) };
}

function refusal(error: MachineError, definition: VmDefinition): FoundMachine {
  const { distribution, nearest } = error;
  if (distribution !== null) {
    const message = `${error.machine} is a machine type of ${distribution.maker}'s own: what it changes is not known outside`;
    return fault(
      'unknown',
      { code: 'machine.distribution', message, ...(distribution.upstream !== null && { mend: distribution.upstream }) },
      definition,
    );
  }
  const [best] = nearest;
  return fault('failed', { code: 'machine.unknown', message: error.message, ...(best !== undefined && { mend: best }) }, definition);
}

/** Whether a program for the guest's architecture has machines of that family. */
function isOfArchitecture({ family }: MachineType, architecture: string | null): boolean {
  if (architecture === null) return true;
  return (family === 'virt') === /^(?:aarch64|arm)/.test(architecture);
}

/** Finds the machine type that a VM gets from the VMM of `profile`. */
export function findMachine(definition: VmDefinition, profile: Profile): FoundMachine {
  if (profile.machines === null || definition.vmm.family !== 'qemu') return { kind: 'none' };
  const { type } = definition.machine;
  const { architecture } = definition.vmm;
  const name = type?.value ?? (architecture === null ? 'pc' : DEFAULTS.get(architecture));
  if (name === undefined) {
    const other = unlisted(null, definition, profile);
    if (other !== null) return other;
    const words = { code: 'machine.missing', message: 'No machine specified, and there is no default', mend: 'virt' };
    return fault('failed', words, definition);
  }
  try {
    const machine = findMachineType(profile, upstreamMachine(name));
    if (!isOfArchitecture(machine, architecture)) throw new MachineError(name, []);
    return { kind: 'found', machine };
  } catch (error) {
    if (!(error instanceof MachineError)) throw error;
    const other = error.distribution === null ? unlisted(name, definition, profile) : null;
    return other ?? refusal(error, definition);
  }
}
