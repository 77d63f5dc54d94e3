/** A device that is chosen from a set at start: all of the host's that fit are judged, since nobody knows which it will be. */
import type { HostChoice } from '../definition.ts';
import type { Candidate, DevicePlan } from '../plan-report.ts';
import { devicePlan, type Judging, seeFunction } from './assigned-device.ts';
import type { Fitting } from './plan-host.ts';
import type { PreparedDevice } from './prepared-device.ts';
import { FINE, failed, firstOf, unknown, type Verdict } from './verdict.ts';

type CandidateChoice = Extract<HostChoice, { kind: 'candidates' }>;

/** How many devices of the VM want one of the same set. */
export type Demand = ReadonlyMap<string, number>;

function judgeSupply(choice: CandidateChoice, { devices, perhaps }: Fitting, wanted: number, host: string): Verdict {
  const { words, origin } = choice;
  if (devices.length >= wanted) return FINE;
  if (perhaps.length > 0) {
    const message = `whether ${host} has ${wanted} of ${words} is not known: ${devices.length} fit, of ${perhaps.length} it is not known`;
    return unknown('platform', { code: 'candidates.unknown', message, origin });
  }
  const message =
    devices.length === 0 ? `none of ${host}'s devices fits ${words}` : `${host} has ${devices.length} of ${words}, wanted ${wanted}`;
  return failed('platform', { code: 'candidates.too-few', message, origin });
}

function judgeOutcomes({ words, origin }: CandidateChoice, candidates: readonly Candidate[]): Verdict {
  const good = candidates.filter(({ outcome }) => outcome === 'realized').length;
  if (good === candidates.length) return FINE;
  if (candidates.every(({ outcome }) => outcome === 'failed')) {
    return failed('vmm', { code: 'candidates.none', message: `none of the ${candidates.length} that fit ${words} realizes`, origin });
  }
  const message = `${good} of the ${candidates.length} that fit ${words} realize, and which one it will be is chosen at start`;
  return unknown('vmm', { code: 'candidates.some', message, origin });
}

export function judgeCandidates(prepared: PreparedDevice, choice: CandidateChoice, judging: Judging, demand: Demand): DevicePlan {
  const { index, iommu } = judging;
  if (choice.anyOf === null) {
    const message = `what ${choice.words} stands for is not known: nothing in the input says which devices it holds`;
    const nothing = unknown('platform', { code: 'candidates.undefined', message, origin: choice.origin });
    const verdict = firstOf([prepared.verdict, nothing]);
    return devicePlan(prepared, { host: null, candidates: [], warnings: [], view: null, verdict });
  }
  const fitting = index.select(choice.anyOf);
  const candidates = fitting.devices.map((facts): Candidate => {
    const { view, verdict } = seeFunction(facts, prepared, judging);
    return { host: facts.bdf?.text ?? '', outcome: verdict.outcome, view };
  });
  const supply = judgeSupply(choice, fitting, demand.get(choice.words) ?? 1, index.host.name);
  const outcomes = candidates.length === 0 ? FINE : judgeOutcomes(choice, candidates);
  const verdict = firstOf([prepared.verdict, iommu.placement, supply, iommu.verdict, outcomes]);
  return devicePlan(prepared, { host: null, candidates, warnings: iommu.warnings, view: null, verdict });
}
