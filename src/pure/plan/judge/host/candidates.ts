/** A device that is chosen from a set at start: all of the host's that fit are judged, since nobody knows which it will be. */
import type { DeviceFacts } from '../../../facts/index.ts';
import type { HostChoice } from '../../definition.ts';
import type { Candidate, DevicePlan, PlanMessage } from '../../plan-report.ts';
import { devicePlan, type Judging, seeFunction } from '../assigned-device.ts';
import { judgeAttachment } from '../handover/attach.ts';
import type { PreparedDevice } from '../prepared-device.ts';
import { FINE, failed, firstOf, planMessage, unknown, type Verdict } from '../verdict.ts';
import { offered } from './offered.ts';
import { type Fitting, type PlanHost, WHOLE_CAPTURE, whyNotWhole } from './plan-host.ts';

type CandidateChoice = Extract<HostChoice, { kind: 'candidates' }>;

/** How many devices of the VM want one of the same set. */
export type Demand = ReadonlyMap<string, number>;

function judgeSupply(choice: CandidateChoice, { devices, perhaps }: Fitting, wanted: number, host: PlanHost): Verdict {
  const { words, origin } = choice;
  if (devices.length >= wanted) return FINE;
  const others = whyNotWhole(host);
  if (perhaps.length > 0 || others !== null) {
    const unsure = perhaps.length > 0 ? `, of ${perhaps.length} it is not known` : '';
    const why = `${devices.length} of ${host.devices.length} fit${unsure}${others === null ? '' : `, and ${others}`}`;
    const message = `whether the host has ${wanted} of ${words} is not known: ${why}`;
    return unknown('platform', { code: 'candidates.unknown', message, mend: others === null ? null : WHOLE_CAPTURE, origin });
  }
  const message =
    devices.length === 0
      ? `none of ${host.name}'s devices fits ${words}`
      : `${host.name} has ${devices.length} of ${words}, wanted ${wanted}`;
  return failed('platform', { code: 'candidates.too-few', message, origin });
}

/** Those that fit are judged; others may be there, and be chosen. */
function tellOthers({ words, origin }: CandidateChoice, { devices, perhaps }: Fitting, host: PlanHost): readonly PlanMessage[] {
  const others = whyNotWhole(host);
  if (devices.length === 0 || (perhaps.length === 0 && others === null)) return [];
  const unsure = perhaps.length > 0 ? `of ${perhaps.length} it is not known` : null;
  const why = [others, unsure].filter(word => word !== null).join(', ');
  const message = `the host may have more of ${words} than the ${devices.length} here, and give the VM one of those: ${why}`;
  return [planMessage('platform', { code: 'candidates.others', message, mend: others === null ? null : WHOLE_CAPTURE, origin })];
}

function judgeOutcomes({ words, origin }: CandidateChoice, candidates: readonly Candidate[], verdicts: readonly Verdict[]): Verdict {
  const good = candidates.filter(({ outcome }) => outcome === 'realized').length;
  // What is not known of one and refused of none is what there is to say.
  if (verdicts.every(({ outcome }) => outcome !== 'failed')) return firstOf(verdicts);
  if (candidates.every(({ outcome }) => outcome === 'failed')) {
    return failed('vmm', { code: 'candidates.none', message: `none of the ${candidates.length} that fit ${words} realizes`, origin });
  }
  const message = `${good} of the ${candidates.length} that fit ${words} realize, and which one it will be is chosen at start`;
  return unknown('vmm', { code: 'candidates.some', message, origin });
}

/** One of a set, and what is said of it. */
interface Judged {
  readonly candidate: Candidate;
  readonly verdict: Verdict;
  readonly notes: readonly PlanMessage[];
}

function judgeCandidate(facts: DeviceFacts, prepared: PreparedDevice, { origin }: CandidateChoice, judging: Judging): Judged {
  const { device, chosen } = prepared;
  const { attached, boundAtStart } = judging.neighbours;
  const address = facts.bdf?.text ?? '';
  const neighbours = device.isBoundAtStart === true ? { attached, boundAtStart: new Set([...boundAtStart, address]) } : judging.neighbours;
  const attach = judgeAttachment(
    { device, address, backend: chosen.backend, origin, facts, words: judging.words },
    judging.index,
    neighbours,
  );
  const { view, verdict, notes } = seeFunction(facts, prepared, judging);
  const said = firstOf([attach, verdict]);
  const { outcome } = said;
  const hasFailed = outcome === 'failed';
  return { candidate: { host: address, outcome, view: hasFailed ? null : view }, verdict: said, notes: hasFailed ? [] : notes };
}

export function judgeCandidates(prepared: PreparedDevice, choice: CandidateChoice, judging: Judging, demand: Demand): DevicePlan {
  const { index, iommu } = judging;
  if (choice.anyOf === null) {
    const message = `what ${choice.words} stands for is not known: nothing in the input says which devices it holds`;
    const nothing = unknown('platform', { code: 'candidates.undefined', message, origin: choice.origin });
    const verdict = firstOf([prepared.verdict, nothing]);
    return devicePlan(prepared, { host: null, candidates: [], warnings: [], view: null, verdict });
  }
  const found = index.select(choice.anyOf);
  const fitting = judging.format === 'kubevirt' ? offered(found) : found;
  const seen = fitting.devices.map(facts => judgeCandidate(facts, prepared, choice, judging));
  const candidates = seen.map(({ candidate }) => candidate);
  const verdicts = seen.map(({ verdict }) => verdict);
  const supply = judgeSupply(choice, fitting, demand.get(choice.words) ?? 1, index.host);
  const outcomes = judgeOutcomes(choice, candidates, verdicts);
  const verdict = firstOf([prepared.verdict, iommu.placement, supply, iommu.verdict, outcomes]);
  const warnings = [...iommu.warnings, ...tellOthers(choice, fitting, index.host)];
  // What holds for several is told once.
  const notes = [...new Map(seen.flatMap(one => one.notes.map(note => [note.message, note] as const))).values()];
  return devicePlan(prepared, { host: null, candidates, warnings, notes, view: null, verdict });
}
