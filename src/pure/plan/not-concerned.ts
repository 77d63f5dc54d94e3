/** What is asked of a plan, and a definition of that VMM has no place for. */
import type { Profile } from '../profiles/index.ts';
import type { VmDefinition } from './definition.ts';
import type { PlanAssumptions } from './judge/assumptions.ts';
import type { PlanFinding } from './plan-finding.ts';

type Family = VmDefinition['vmm']['family'];

const NAMES: Readonly<Record<Family, string>> = { qemu: 'QEMU', 'cloud-hypervisor': 'Cloud Hypervisor', firecracker: 'Firecracker' };

/** Of a VMM that gives a guest no device, any profile will do. */
export function readsFamily({ machines }: Profile, family: Family): boolean {
  return family === 'firecracker' || (machines !== null) === (family === 'qemu');
}

/** Findings of what is left out of a plan. */
export const NOT_CONCERNED: readonly string[] = ['profile.other-vmm', 'assumed.machine', 'assumed.ats'];

const finding = (code: (typeof NOT_CONCERNED)[number], message: string): PlanFinding => ({
  severity: 'warning',
  code,
  message,
  origin: null,
});

/** `wanted`: the profile that was asked for; `own`: the one that the definition's VMM has. */
export function otherVmm({ vmm }: VmDefinition, wanted: Profile, own: Profile): PlanFinding {
  const words = `this is a definition of ${NAMES[vmm.family]}'s, which ${wanted.name} does not read: it is judged by ${own.name}`;
  return finding('profile.other-vmm', words);
}

/** What of the assumptions a definition can take, and what is to be said of the rest. */
export function takeAssumptions(
  { vmm: { family } }: VmDefinition,
  assumed: PlanAssumptions,
): { readonly taken: PlanAssumptions; readonly findings: readonly PlanFinding[] } {
  const { machine, ats, ...others } = assumed;
  if (family === 'qemu' || (machine === undefined && ats === undefined)) return { taken: assumed, findings: [] };
  const findings = [
    machine === undefined ? [] : finding('assumed.machine', `${NAMES[family]} has no machine types: ${machine} changes nothing`),
    ats === undefined ? [] : finding('assumed.ats', `${NAMES[family]} has no property ats: ats=${ats} changes nothing`),
  ];
  return { taken: others, findings: findings.flat() };
}
