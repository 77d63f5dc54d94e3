/** One VM on one host: every device of the host's in the order in which the VMM makes them, and the guest's IOMMUs between. */
import type { DeviceFacts } from '../../facts/index.ts';
import { type HostIommuDevice, isSameReport } from '../../iommu/index.ts';
import type { DefinedDevice, VmDefinition } from '../definition.ts';
import type { DevicePlan, HostPlan, IommuPlan, PlanError, PlanMessage } from '../plan-report.ts';
import { judgeAccelerator } from './accelerator.ts';
import { devicePlan, type Judging, judgeNamed, NO_IOMMU } from './assigned-device.ts';
import { DOUBT, Doubts } from './doubts.ts';
import { judgeIommufd } from './handover/attach.ts';
import { ATTACH_WORDS, type AttachWords, type Backend } from './handover/attach-words.ts';
import type { Author } from './host/author.ts';
import { type Demand, judgeCandidates } from './host/candidates.ts';
import { groupNumber, type HostIndex } from './host/plan-host.ts';
import { type IommuJudgement, type JudgedIommu, judgeIommus } from './iommus/index.ts';
import { withMends } from './mends/index.ts';
import type { PreparedDevice } from './prepared-device.ts';
import type { CommonFacts, PreparedVm } from './prepared-vm.ts';
import { judgeUnseen } from './unseen.ts';
import { firstOf, planMessage } from './verdict.ts';
import type { ViewCache } from './view-cache.ts';

/** What all VMs of a plan are judged with. */
export interface Shared {
  readonly cache: ViewCache;
  /** The host that the definitions were written for; null where none was given. */
  readonly author: Author | null;
  /** Whether messages are to say what mends them. */
  readonly mends: boolean;
}

/** The function that a device names, where the host has it. */
function factsOf({ device: { host } }: PreparedDevice, index: HostIndex): DeviceFacts | undefined {
  return host.kind === 'address' ? index.find(host.address.text) : undefined;
}

function judgeDevice(prepared: PreparedDevice, judging: Judging, demand: Demand): DevicePlan {
  const { host } = prepared.device;
  switch (host.kind) {
    case 'address': {
      const { backend } = prepared.chosen;
      const facts = factsOf(prepared, judging.index);
      const attachment = { device: prepared.device, address: host.address.text, backend, origin: host.origin, facts, words: judging.words };
      return judgeNamed(prepared, attachment, judging);
    }
    case 'candidates':
      return judgeCandidates(prepared, host, judging, demand);
    default: {
      const { iommu } = judging;
      const verdict = firstOf([prepared.verdict, iommu.placement, judgeUnseen(prepared, judging), iommu.verdict]);
      return devicePlan(prepared, { host: null, candidates: null, warnings: iommu.warnings, view: null, verdict });
    }
  }
}

/** Errors of what is made before the devices, in the order in which QEMU makes it. */
function earlyErrors({ definition, ofHost, profile, machine, optionError, common, placed }: PreparedVm, index: HostIndex): PlanError[] {
  const objectErrors = common.objects.flatMap((object): PlanError[] => {
    const error = judgeIommufd(object, index, ATTACH_WORDS[profile.traits.attachWording]);
    return error === null ? [] : [{ ...error, of: `object ${object.id ?? object.type}` }];
  });
  const type = 'error' in machine ? [machine.error] : [];
  return [ofHost, type, objectErrors, optionError ?? [], judgeAccelerator(definition, index) ?? [], placed.errors].flat();
}

/** Judges the devices one after the other: what was attached before decides about those behind. */
function judgeDevices(vm: PreparedVm, words: IommuJudgement['words'], index: HostIndex, shared: Shared): DevicePlan[] {
  const { assigned, definition, profile, common } = vm;
  const attachWords: AttachWords = ATTACH_WORDS[profile.traits.attachWording];
  const { format } = definition.source;
  const attached = new Map<string, Backend>();
  const neighbours = { attached, boundAtStart: common.boundAtStart };
  const { cache, author } = shared;
  return assigned.map(prepared => {
    const judging = { cache, author, index, neighbours, format, words: attachWords, iommu: words.get(prepared.device) ?? NO_IOMMU };
    const plan = judgeDevice(prepared, judging, common.demand);
    if (plan.host !== null) attached.set(plan.host, prepared.chosen.backend);
    return plan;
  });
}

/** Errors that say only that something is not known. */
const UNKNOWN_CODES: ReadonlySet<string> = new Set([
  DOUBT,
  'host.functions-unknown',
  'machine.distribution',
  'machine.unlisted',
  'place.driver-unknown',
]);

const isRefusal = ({ code }: PlanError): boolean => !UNKNOWN_CODES.has(code);

/** What the VMM or its manager refuses of the text itself, whatever host it runs on. */
function refusedText({ findings }: VmDefinition): PlanMessage | null {
  const found = findings.find(({ severity }) => severity === 'error');
  return found === undefined ? null : planMessage('vmm', { code: found.code, message: found.message, origin: found.origin });
}

type Part = Pick<HostPlan, 'errors' | 'devices' | 'iommus'>;

/** Of a definition that was not wholly read, what was read does not say that it fits. */
function outcomeOf({ errors, devices, iommus }: Part, definition: VmDefinition): HostPlan['outcome'] {
  const { isPartial = false } = definition;
  const all = [...devices, ...iommus].map(({ outcome }) => outcome);
  const isRefused = errors.some(isRefusal) || refusedText(definition) !== null;
  if (isRefused || all.includes('failed')) return 'fails';
  return all.includes('unknown') || errors.length > 0 || isPartial ? 'unknown' : 'fits';
}

/** What the host says behind a device: of one of a set, what it says behind each of those that fit, where that is the same. */
function hostIommuOf(prepared: PreparedDevice, index: HostIndex): HostIommuDevice | null {
  const { host } = prepared.device;
  if (host.kind !== 'candidates') return factsOf(prepared, index)?.hostIommu ?? null;
  const all = host.anyOf === null ? [] : index.select(host.anyOf).devices.map(facts => facts.hostIommu);
  const [first = null, ...others] = all;
  const report = first?.report ?? null;
  if (report === null) return null;
  return others.every(other => other !== null && other.report !== null && isSameReport(report, other.report)) ? first : null;
}

/** What the guest's IOMMUs are and say of each device. */
function askIommus({ definition, profile, machine, common, assigned }: PreparedVm, index: HostIndex): IommuJudgement {
  const find = (wanted: DefinedDevice): PreparedDevice | undefined => assigned.find(({ device }) => device === wanted);
  const judgement = judgeIommus({
    definition,
    profile,
    machine: machine.kind === 'found' ? machine.machine : null,
    placeOf: device => common.places.get(device) ?? null,
    hostIommuOf: device => {
      const prepared = find(device);
      return prepared === undefined ? null : hostIommuOf(prepared, index);
    },
    groupOf: device => {
      const prepared = find(device);
      return groupNumber(prepared === undefined ? undefined : factsOf(prepared, index));
    },
  });
  if (common.misplaced.length === 0) return judgement;
  return { ...judgement, iommus: judgement.iommus.map(iommu => withPlace(iommu, common)) };
}

/** An IOMMU that does not get its place is not made, whatever else there is to say of it. */
function withPlace(judged: JudgedIommu, { misplaced }: CommonFacts): JudgedIommu {
  const { device, plan } = judged;
  const found = device === null ? undefined : misplaced.find(each => each.device === device);
  if (found === undefined || plan.outcome === 'failed') return judged;
  return { ...judged, plan: { ...plan, outcome: found.verdict.outcome, error: found.verdict.error } };
}

const NO_ERRORS: ReadonlyMap<DefinedDevice, PlanError> = new Map();

/** A device that stands for none of the host's, and that the VMM refuses, or of which it is not known whether the VMM has it. */
function emulatedErrors(
  { placed, assigned, common }: PreparedVm,
  { refused, iommus }: IommuJudgement,
): ReadonlyMap<DefinedDevice, PlanError> {
  if (common.misplaced.length === 0 && refused.size === 0) return NO_ERRORS;
  const told = new Set([...assigned, ...iommus].map(({ device }) => device));
  const verdicts = new Map(common.misplaced.map(({ device, verdict }) => [device, verdict]));
  const errors = new Map<DefinedDevice, PlanError>();
  for (const { device, id } of placed.devices) {
    if (told.has(device)) continue;
    const verdict = verdicts.get(device);
    const word = refused.get(device);
    if (verdict !== undefined && (verdict.outcome === 'failed' || UNKNOWN_CODES.has(verdict.error.code)))
      errors.set(device, { ...verdict.error, of: `device ${id}` });
    else if (word !== undefined) errors.set(device, word);
  }
  return errors;
}

/** What was found, and the errors of what is made before the devices. */
interface Judged extends Findings {
  readonly early: readonly PlanError[];
}

/** What was found of each device, however it is reported. */
interface Findings {
  readonly judgement: IommuJudgement;
  readonly devices: readonly DevicePlan[];
  readonly emulated: ReadonlyMap<DefinedDevice, PlanError>;
}

/** The first refusal in the order in which the VMM makes devices. */
function firstRefusal({ placed, assigned }: PreparedVm, { judgement, devices, emulated }: Findings): PlanMessage | null {
  const isFine = ({ outcome }: Pick<DevicePlan, 'outcome'>): boolean => outcome !== 'failed';
  if (emulated.size === 0 && devices.every(isFine) && judgement.iommus.every(({ plan }) => isFine(plan))) return null;
  const plans = new Map<DefinedDevice | null, DevicePlan | IommuPlan>(judgement.iommus.map(({ device, plan }) => [device, plan]));
  for (const [i, { device }] of assigned.entries()) {
    const { [i]: plan } = devices;
    if (plan !== undefined) plans.set(device, plan);
  }
  for (const device of [null, ...placed.devices.map(each => each.device)]) {
    const plan = plans.get(device);
    if (plan?.outcome === 'failed') return plan.error;
    const error = device === null ? undefined : emulated.get(device);
    if (error !== undefined && !UNKNOWN_CODES.has(error.code)) return error;
  }
  return null;
}

/** What was found of a VM of which not all is known. */
function doubtful({ early, judgement, devices, emulated }: Judged, doubts: Doubts): Judged {
  return {
    early: early.map(error => doubts.message(error)),
    judgement: {
      ...judgement,
      iommus: judgement.iommus.map(({ device, plan }) => ({ device, plan: doubts.told(plan) })),
      errors: judgement.errors.map(error => doubts.message(error)),
    },
    devices: devices.map(plan => doubts.told(plan)),
    emulated: new Map([...emulated].map(([device, error]) => [device, doubts.message(error)])),
  };
}

function judgeParts(vm: PreparedVm, index: HostIndex, shared: Shared): Judged {
  const early = earlyErrors(vm, index);
  const judgement = askIommus(vm, index);
  const devices = judgeDevices(vm, judgement.words, index, shared);
  const found = { early, judgement, devices, emulated: emulatedErrors(vm, judgement) };
  const doubts = Doubts.of(vm.definition);
  return doubts === null ? found : doubtful(found, doubts);
}

/** Judges one VM on one host. */
export function judgeVm(vm: PreparedVm, index: HostIndex, shared: Shared): HostPlan {
  const { early, judgement, devices, emulated } = judgeParts(vm, index, shared);
  const iommus = judgement.iommus.map(({ plan }) => plan);
  const errors = [...early, ...emulated.values(), ...judgement.errors];
  const first = early.find(isRefusal);
  // A text is read before anything of it is made.
  const stopsWith =
    refusedText(vm.definition) ?? first ?? firstRefusal(vm, { judgement, devices, emulated }) ?? judgement.errors.find(isRefusal) ?? null;
  const { name: host, isWhole } = index.host;
  const outcome = outcomeOf({ errors, devices, iommus }, vm.definition);
  const plan: HostPlan = { host, definition: vm.definition, isWhole, outcome, errors, devices, iommus, stopsWith };
  return shared.mends ? withMends(plan, vm) : plan;
}
