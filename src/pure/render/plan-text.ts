/** The text of `plan`: a block for each VM, a line for each device, then what is wrong and what mends it. */
import { formatOrigin } from '../plan/origin.ts';
import type { PlanFinding } from '../plan/plan-finding.ts';
import type { DevicePlan, HostPlan, IommuPlan, PlanMessage, VmPlan } from '../plan/plan-report.ts';
import { seenAts } from '../plan/seen-ats.ts';
import { wrapName } from '../text/wrap.ts';
import { type Painter, PLAIN, type Tone } from './paint.ts';
import { type Cell, rowsAt, titleRow } from './row.ts';

const OUTCOME_TONES: Readonly<Record<HostPlan['outcome'] | DevicePlan['outcome'], Tone>> = {
  fits: 'good',
  realized: 'good',
  fails: 'bad',
  failed: 'bad',
  unknown: 'warn',
};

/** Columns between those that are as wide as their longest cell. */
const GAP = 2;
/** A cell that is longer moves the others of its row. */
const WIDEST = 24;

/** `auto → off`, `on`: the property, and what the guest sees where that is another; of a VMM without the property that alone. */
function formatAts(device: DevicePlan): string {
  const { ats } = device.properties;
  const seen = seenAts(device);
  if (ats === undefined) return seen ?? '?';
  return seen === null || seen === ats.value ? ats.value : `${ats.value} → ${seen}`;
}

function hostOf({ host, candidates, backend, outcome }: DevicePlan): string {
  if (candidates === null) return host ?? (backend === 'vfio-user' ? 'server' : '?');
  const good = candidates.filter(({ outcome }) => outcome === 'realized').length;
  // None is known, which is not to say that there is none.
  if (candidates.length === 0) return outcome === 'unknown' ? '?' : 'none';
  return good === candidates.length ? `all ${good}` : `${good} of ${candidates.length}`;
}

function placeOf({ place }: DevicePlan): string {
  if (place === null) return '?';
  return place.address === null ? place.bus : `${place.bus} ${place.address}`;
}

/** The words of whoever says it, the place in the file, and what mends it. */
function formatMessage(of: string, { message, mend, origin }: PlanMessage, tone: Tone, paint: Painter): string[] {
  const at = origin === null || origin.line === null ? '' : ` (${formatOrigin(origin)})`;
  const lines = message.split('\n').flatMap((line, i) => wrapName(i === 0 ? `${of}: ${line}${at}` : line, paint.width - 4, '  '));
  const mended = mend === null ? [] : wrapName(`mends it: ${mend}`, paint.width - 4, '  ').map(line => `    ${line}`);
  return [...lines.map(line => paint(tone, `  ${line}`)), ...mended];
}

function formatTold(plan: DevicePlan | IommuPlan, paint: Painter): string[] {
  const { id, outcome, error, warnings } = plan;
  const refused = error === null ? [] : formatMessage(id, error, OUTCOME_TONES[outcome], paint);
  const notes = 'notes' in plan ? plan.notes : [];
  return [
    ...refused,
    ...warnings.flatMap(warning => formatMessage(`${id}: warning`, warning, 'warn', paint)),
    ...notes.flatMap(note => formatMessage(`${id}: note`, note, 'dim', paint)),
  ];
}

/** Of the same card, what says so; of another there is a warning. */
function formatSameCard({ id, card }: DevicePlan, paint: Painter): string[] {
  if (card?.answer !== 'same') return [];
  const words = card.by === 'serial' ? 'its ids and its serial number say so' : 'its ids say so; it has no serial number';
  return wrapName(`${id}: the same card as the author's: ${words}`, paint.width - 4, '  ').map(line => paint('dim', `  ${line}`));
}

/** The cells of a device; the place stands last, since it may be long. */
function cellsOf(device: DevicePlan): readonly [string, ...string[]] {
  const { id, outcome, backend } = device;
  return [id, hostOf(device), outcome, formatAts(device), backend ?? '?', placeOf(device)];
}

/** A cell whose words find a place on any line, however long they are. */
const breakable = (cell: string, { width }: Painter): string => wrapName(cell, width - 2 * GAP).join(' ');

const TITLES = ['DEVICE', 'HOST', 'OUTCOME', 'ATS', 'BACKEND', 'PLACE'] as const;

function formatDevices({ devices, outcome }: HostPlan, paint: Painter): string[] {
  if (devices.length === 0) return [outcome === 'unknown' ? '  no device of the host is known' : '  no device of the host'];
  const cells = devices.map(cellsOf);
  let at = GAP;
  const columns = TITLES.map((title, i) => {
    const column = at;
    at += GAP + Math.min(WIDEST, Math.max(title.length, ...cells.map(row => row[i]?.length ?? 0)));
    return column;
  });
  const row = rowsAt(columns, paint);
  const lines = devices.flatMap((device, i) => {
    const [id, host = '', outcome = '', ...rest] = cells[i] ?? [''];
    const beside: Cell[] = [host, [OUTCOME_TONES[device.outcome], outcome], ...rest.map(cell => breakable(cell, paint))];
    if (id.length <= paint.width - 2 * GAP) return row(id, ...beside);
    // An id that fills lines of its own has its cells below them.
    const own = wrapName(id, paint.width - 2 * GAP).map(part => `${' '.repeat(GAP)}${part}`);
    return [...own, ...row('', ...beside)];
  });
  return [...titleRow(row, ...TITLES), ...lines];
}

/** `smmu0: arm-smmuv3: realized; ats auto → off, oas auto → 44`. */
function formatIommu({ id, driver, outcome, properties }: IommuPlan, paint: Painter): string[] {
  const resolved = Object.entries(properties).filter(([, { value, resolved }]) => resolved !== value);
  const values = resolved.map(([name, { value, resolved }]) => `${name} ${value} → ${resolved ?? '?'}`);
  const words = `${id}: ${driver}: ${outcome}${values.length === 0 ? '' : `; ${values.join(', ')}`}`;
  return wrapName(words, paint.width - 2, '  ').map(line => `  ${line}`);
}

/** One VM on one host, behind its title. */
export function formatHostPlan(plan: HostPlan, paint: Painter = PLAIN): string[] {
  return [
    ...formatDevices(plan, paint),
    ...plan.iommus.flatMap(iommu => formatIommu(iommu, paint)),
    ...plan.errors.flatMap(error => formatMessage(error.of, error, 'bad', paint)),
    ...[...plan.iommus, ...plan.devices].flatMap(each => formatTold(each, paint)),
    ...plan.devices.flatMap(each => formatSameCard(each, paint)),
  ];
}

const FINDING_TONES: Readonly<Record<PlanFinding['severity'], Tone>> = { error: 'bad', warning: 'warn', note: 'dim' };

/** `vm.xml:12:7: warning: …`. */
export function formatFinding({ severity, message, origin }: PlanFinding, paint: Painter = PLAIN): string[] {
  const at = origin === null ? '' : `${formatOrigin(origin)}: `;
  const lines = wrapName(`${at}${severity}: ${message}`, paint.width - 2, '  ');
  return lines.map(line => paint(FINDING_TONES[severity], `  ${line}`));
}

function formatTitle({ definition, profile, machine }: VmPlan, paint: Painter): string[] {
  const { format, file, line } = definition.source;
  const at = line === null ? file : `${file}:${line}`;
  const vmm = `${profile.name}${profile.assumed ? ' (assumed)' : ''}`;
  // There is no profile of a VMM that gives a guest no device of the host's.
  const judged = definition.vmm.family === 'firecracker' ? '' : `; ${[vmm, ...(machine === null ? [] : [machine])].join(', ')}`;
  const words = `${definition.name}: ${format}, ${at}${judged}`;
  return wrapName(words, paint.width, '  ').map(each => paint('strong', each));
}

/** One VM on all hosts, and what is to be said of its text. */
export function formatVmPlan(plan: VmPlan, paint: Painter = PLAIN): string[] {
  const hosts = plan.hosts.flatMap(host => {
    const title = wrapName(`${host.outcome} on ${host.host}`, paint.width - GAP, '  ');
    return [...title.map(line => paint(OUTCOME_TONES[host.outcome], `  ${line}`)), ...formatHostPlan(host, paint)];
  });
  return [...formatTitle(plan, paint), ...hosts, ...plan.findings.flatMap(finding => formatFinding(finding, paint))];
}

/** How many VMs fit, for each host. */
export function formatPlanSummary(vms: readonly VmPlan[], paint: Painter = PLAIN): string[] {
  const counts = new Map<string, Map<HostPlan['outcome'], number>>();
  for (const { host, outcome } of vms.flatMap(({ hosts }) => hosts)) {
    const own = counts.get(host) ?? new Map<HostPlan['outcome'], number>();
    own.set(outcome, (own.get(outcome) ?? 0) + 1);
    counts.set(host, own);
  }
  return [...counts].flatMap(([host, own]) => {
    const words = (['fits', 'fails', 'unknown'] as const).map(outcome => `${own.get(outcome) ?? 0} ${outcome}`).join(', ');
    return wrapName(`${host}: ${vms.length} VMs: ${words}`, paint.width, '  ');
  });
}
