/** One assigned device on one host: does the host hand it over, does the VMM realize it, what does the guest see. */
import type { DeviceFacts } from '../../facts/index.ts';
import { RequestError, type View, type ViewRequest } from '../../guest-view/index.ts';
import { isNotAskedYet } from '../../iommu/ats-evidence.ts';
import type { AssumedReport } from '../../iommu/index.ts';
import { kernelHas, kernelSince } from '../../iommu/kernel-features.ts';
import { findCapability } from '../../pci/find-capability.ts';
import { PropertyError } from '../../qemu/index.ts';
import { type CapabilityView, findShown, type Message } from '../../rules/capability-view.ts';
import { IOMMU_HW_CAP_PCI_ATS_NOT_SUPPORTED } from '../../spec/iommufd/hw-info.ts';
import { PCI_EXT_CAP_ID_ATS } from '../../spec/pci-regs.ts';
import type { FormatName } from '../definition.ts';
import type { CardComparison, DevicePlan, PlanMessage, PlannedProperty } from '../plan-report.ts';
import { type Attachment, judgeAttachment, type Neighbours, takenFromHost } from './handover/attach.ts';
import type { AttachWords } from './handover/attach-words.ts';
import { judgePeerDma } from './handover/peer-dma.ts';
import { judgeToken } from './handover/vf-token.ts';
import { type Author, NO_CARD } from './host/author.ts';
import type { HostIndex } from './host/plan-host.ts';
import { atsSwitches, type DeviceWord } from './iommus/index.ts';
import { judgeLast, tellRomFile } from './last-checks.ts';
import type { PreparedDevice } from './prepared-device.ts';
import { FINE, failed, firstOf, planMessage, unknown, type Verdict } from './verdict.ts';
import type { ViewCache } from './view-cache.ts';

/** What the guest's IOMMU says of a device. */
export type IommuWord = DeviceWord;

export const NO_IOMMU: IommuWord = { pasid: false, smmuAts: null, placement: FINE, verdict: FINE, warnings: [] };

/** What a device is judged with. */
export interface Judging {
  readonly index: HostIndex;
  readonly cache: ViewCache;
  readonly neighbours: Neighbours;
  readonly iommu: IommuWord;
  /** null where no author's host was given. */
  readonly author: Author | null;
  readonly format: FormatName;
  /** Of the VMM. */
  readonly words: AttachWords;
}

/** The function behind a device, and what became of it. */
interface Seen {
  readonly view: View | null;
  readonly verdict: Verdict;
  readonly warnings: readonly PlanMessage[];
  readonly notes: readonly PlanMessage[];
}

const NOT_SEEN: Seen = { view: null, verdict: FINE, warnings: [], notes: [] };

/** The answer of a kernel that cannot use a device's ATS. */
const UNSUPPORTED: AssumedReport = { capabilities: BigInt(IOMMU_HW_CAP_PCI_ATS_NOT_SUPPORTED) };

/** A function, and what is asked of its view. */
interface Asked {
  readonly facts: DeviceFacts;
  readonly request: ViewRequest;
  readonly prepared: PreparedDevice;
  readonly cache: ViewCache;
  /** The host's; null where it is not known. */
  readonly kernel: string | null;
  readonly words: AttachWords;
}

/** Whether the kernel that the VM will run on was asked about the device through iommufd, or is too old to be. */
function isAnswered({ facts: { hostIommu }, kernel }: Asked): boolean {
  if (hostIommu?.backend === 'iommufd') return !isNotAskedYet(hostIommu.atsEvidence());
  return kernelHas(hostIommu?.kernel ?? kernel, 'hw-info-ats') === false;
}

/** Whether the kernel was never asked through the backend that the VM uses, and its answer decides. */
function restsOnReport({ realized }: View, asked: Asked): boolean {
  const { facts, request, prepared, cache } = asked;
  if (prepared.chosen.backend !== 'iommufd' || realized.outcome === 'failed' || isAnswered(asked)) return false;
  const ats = prepared.properties?.effective.get('ats')?.value;
  // A VMM without the property asks nobody.
  if (ats === undefined || ats === 'off') return false;
  if (findShown(realized.capabilities, 'extended', PCI_EXT_CAP_ID_ATS) !== undefined) return true;
  // A device without ATS, and one whose ATS the guest's bus does not carry, may be refused too.
  const refused = ats === 'on' && cache.view(facts, { ...request, assumed: { ...request.assumed, ...UNSUPPORTED } });
  return refused !== false && refused.realized.outcome === 'failed';
}

/** Names the kernel where another one was asked, which could not report on ATS, or not so. */
function whoWasNot({ facts: { hostIommu } }: Asked): string {
  if (hostIommu?.backend !== 'iommufd') return 'the kernel was not';
  const since = kernelSince('hw-info-ats');
  return `Linux ${since} and newer report whether ATS can be used, and ${hostIommu.kernel} was not`;
}

function verdictOf(view: View, asked: Asked, address: string): Verdict {
  const { realized } = view;
  const { prepared, words } = asked;
  const origin = prepared.device.origin;
  if (realized.outcome === 'failed') {
    const { code, message } = realized.error;
    const ats = prepared.properties?.effective.get('ats');
    const at = code.startsWith('ats.') && ats !== undefined ? prepared.properties?.originOf(ats) : null;
    return failed('vmm', { code, message: words.about(address, message), origin: at ?? origin });
  }
  if (restsOnReport(view, asked)) {
    const message = `${whoWasNot(asked)} asked about ${address}: whether its ATS is masked, or makes realize fail, is not known`;
    return unknown('kernel', { code: 'host.unreported', message });
  }
  if (realized.outcome === 'realized') return FINE;
  return unknown('vmm', { code: 'outcome.unknown', message: realized.doubts.map(({ text }) => text).join('; '), origin });
}

type Tellings = Pick<Seen, 'warnings' | 'notes'>;

/** Of what is realized and kept: many VMs share it. */
const tellings = new WeakMap<View['realized'], Tellings>();

/**
 * That nobody has reported on ATS is a note, whether AUTO shows it or `on`: a container that cannot be asked never reports, and the VM
 * whose AUTO was pinned there is the same VM.
 */
const isNote = ({ level, code }: Message): boolean => level === 'note' || code === 'ats.shown.unreported';

function tellingsOf({ realized }: View): Tellings {
  const known = tellings.get(realized);
  if (known !== undefined) return known;
  const { messages } = realized;
  const tell = (wanted: boolean): readonly PlanMessage[] =>
    messages
      .filter(message => isNote(message) === wanted)
      .map(({ code, message, origin }) => planMessage(origin === 'vmm' ? 'vmm' : 'kernel', { code, message }));
  const made = { warnings: tell(false), notes: realized.outcome === 'failed' ? [] : tell(true) };
  tellings.set(realized, made);
  return made;
}

function ask(asked: Asked): Seen {
  const { facts, request, prepared, cache } = asked;
  const address = facts.bdf?.text ?? '';
  try {
    const view = cache.view(facts, request);
    const verdict = verdictOf(view, asked, address);
    const { warnings, notes } = tellingsOf(view);
    // What rests on a report that nobody made is not shown as if it were known.
    const isKnown = verdict.outcome === 'realized' || verdict.error.code === 'outcome.unknown';
    return { view: isKnown ? view : null, verdict, warnings, notes: isKnown ? notes : [] };
  } catch (error) {
    if (!(error instanceof RequestError) && !(error instanceof PropertyError)) throw error;
    return { ...NOT_SEEN, verdict: failed('vmm', { code: error.code, message: error.message, origin: prepared.device.origin }) };
  }
}

/** One object for all hosts, since views are kept by it. */
const pasidRequests = new WeakMap<ViewRequest, ViewRequest>();

function withPasid(request: ViewRequest): ViewRequest {
  const known = pasidRequests.get(request);
  if (known !== undefined) return known;
  const made = { ...request, guestIommu: { pasid: true } };
  pasidRequests.set(request, made);
  return made;
}

/** What the guest sees of a function of the host. */
export function seeFunction(facts: DeviceFacts, prepared: PreparedDevice, { index, cache, iommu, words }: Judging): Seen {
  const { request } = prepared;
  if (request === null) return NOT_SEEN;
  if (iommu.pasid === null) {
    const message = "whether the guest's IOMMU takes PASIDs is not known";
    return { ...NOT_SEEN, verdict: unknown('vmm', { code: 'iommu.unknown', message }) };
  }
  const { kernel } = index.host.facts;
  const asked = iommu.pasid ? withPasid(request) : request;
  const seen = ask({ facts, request: asked, prepared, cache, kernel, words });
  const last = judgeLast(prepared, facts, index.host);
  return last.outcome === 'realized' ? seen : { ...seen, verdict: firstOf([seen.verdict, last]) };
}

/** The device's properties with what became of an AUTO of ats. */
function plannedProperties({ planned }: PreparedDevice, views: readonly (View | null)[]): Readonly<Record<string, PlannedProperty>> {
  const { ats } = planned;
  if (ats?.value !== 'auto') return planned;
  const [first = null, ...others] = views.map(resolvedAts);
  // Of a set nobody knows which device it will be.
  return { ...planned, ats: { ...ats, resolved: others.every(other => other === first) ? first : null } };
}

/** Of a device that has ATS; null where it has none, or that is not known. */
function isAtsShown(view: View | null): boolean | null {
  const ats = findAts(view);
  return ats === undefined || ats.status === 'unknown' ? null : ats.status !== 'hidden';
}

function findAts(view: View | null): CapabilityView | undefined {
  if (view === null || view.realized.outcome === 'failed') return undefined;
  return findCapability(view.realized.capabilities, 'extended', PCI_EXT_CAP_ID_ATS);
}

/** Of `auto`: whether the guest sees ATS, `off` too where there is none; null where that is not known. */
export function resolvedAts(view: View | null): 'on' | 'off' | null {
  if (view === null || view.realized.outcome === 'failed') return null;
  const { unknownAt } = view.realized;
  const ats = findAts(view);
  if (ats === undefined) return unknownAt.standard === null && unknownAt.extended === null ? 'off' : null;
  if (ats.status === 'unknown') return null;
  return ats.status === 'hidden' ? 'off' : 'on';
}

interface Result extends Pick<DevicePlan, 'host' | 'candidates' | 'warnings' | 'view'> {
  readonly verdict: Verdict;
  /** Empty where it is left out. */
  readonly notes?: readonly PlanMessage[];
  /** null where it is left out. */
  readonly hostFunction?: DevicePlan['hostFunction'];
  /** null where it is left out. */
  readonly card?: CardComparison | null;
}

/** Most devices have no warning, or those of one source alone. */
function joinMessages(first: readonly PlanMessage[], second: readonly PlanMessage[]): readonly PlanMessage[] {
  if (first.length === 0) return second;
  return second.length === 0 ? first : [...first, ...second];
}

/** What was found of a device, as a report has it. */
export function devicePlan(
  prepared: PreparedDevice,
  { verdict, hostFunction = null, card = null, notes = [], ...found }: Result,
): DevicePlan {
  const { device, id, place, chosen } = prepared;
  const isRealized = verdict.outcome !== 'failed';
  // Written out: a spread of each of a fleet's devices takes a tenth of all time.
  return {
    host: found.host,
    candidates: found.candidates,
    hostFunction,
    card,
    id,
    driver: device.driver,
    place,
    backend: device.host.kind === 'socket' ? 'vfio-user' : chosen.backend,
    outcome: verdict.outcome,
    error: verdict.outcome === 'realized' ? null : verdict.error,
    warnings: joinMessages(prepared.warnings, found.warnings),
    notes: isRealized ? notes : [],
    properties: plannedProperties(prepared, found.candidates?.map(({ view }) => view) ?? [found.view]),
    view: isRealized ? found.view : null,
  };
}

/** A device whose function the definition names. */
export function judgeNamed(prepared: PreparedDevice, attachment: Attachment, judging: Judging): DevicePlan {
  const { facts, address } = attachment;
  const attach = judgeAttachment(attachment, judging.index, judging.neighbours);
  const seen = facts === undefined ? NOT_SEEN : seeFunction(facts, prepared, judging);
  const taken = takenFromHost(attachment);
  const { iommu, index, format, author } = judging;
  const { card, warning } = author?.judge({ attachment, index, format }) ?? NO_CARD;
  const switches = atsSwitches(prepared.device, iommu, isAtsShown(seen.view));
  const before = firstOf([prepared.verdict, iommu.placement, attach, judgeToken(prepared, attachment, index), iommu.verdict]);
  const verdict = firstOf([before, seen.verdict, judgePeerDma(prepared, facts)]);
  // QEMU comes to the ROM behind all that it may refuse the device for.
  const rom = verdict.outcome === 'failed' ? null : tellRomFile(prepared, index.host);
  const own = before.outcome === 'failed' ? [] : seen.warnings;
  return devicePlan(prepared, {
    host: address,
    hostFunction: facts === undefined ? null : index.functionOf(facts),
    card,
    candidates: null,
    warnings: [warning ?? [], taken ?? [], iommu.warnings, switches ?? [], own, rom ?? []].flat(),
    notes: before.outcome === 'failed' ? [] : seen.notes,
    view: seen.view,
    verdict,
  });
}
