/** What a plan says of a command line, in the form in which QEMU can be asked for the same. */
import { guestBytes } from '../../../src/pure/guest-view/index.ts';
import type { VmDefinition } from '../../../src/pure/plan/definition.ts';
import {
  type DevicePlan,
  type HostPlan,
  type IommuPlan,
  NO_CONTEXT,
  type PlanFinding,
  type PlanHost,
  type PlanMessage,
  type PlannedProperty,
  plan,
  readDefinitions,
  type VmPlan,
} from '../../../src/pure/plan/index.ts';
import { changedProperties } from './changed-properties.ts';
import { type TypedLine, wordsInLine } from './words.ts';

/** A device of the host's in a VM that starts. */
export interface ShownDevice {
  /** `0000:01:00.0`. */
  readonly host: string;
  readonly driver: string;
  readonly id: string;
  readonly bus: string;
  /** `05.0`. */
  readonly address: string;
  /** Those whose values are not QEMU's own defaults. */
  readonly properties: Readonly<Record<string, string>>;
  /** Whether the guest sees ATS; null where it does not find the device. */
  readonly ats: string | null;
  /** What the guest reads, in hexadecimal digits; as many bytes as are known. */
  readonly config: string;
}

/** An IOMMU of the guest in a VM that starts. */
export interface ShownIommu {
  readonly driver: string;
  readonly properties: Readonly<Record<string, string>>;
}

/** What becomes of a command line. */
export interface LineResult {
  readonly outcome: 'fits' | 'fails' | 'unknown';
  /** Every warning and the error, as `vfio-pci: warning: …`, without a driver where QEMU names no device. */
  readonly said: readonly string[];
  /** By host address; none where it fails. */
  readonly devices: readonly ShownDevice[];
  readonly iommus: readonly ShownIommu[];
}

/** A command line with what a plan says of it. */
export interface PlannedLine {
  readonly definition: VmDefinition;
  readonly host: HostPlan;
  readonly result: LineResult;
}

/** Warnings of ours beside QEMU's. */
const OUR_CODES: ReadonlySet<string> = new Set(['ats.two-switches', 'amd-iommu.dma-remap', 'iommu.after-device']);
/** Where QEMU says nothing, or other words. */
const isUnseen = ({ message }: PlanMessage): boolean => message.startsWith('the guest does not find it');
const isQemus = (told: PlanMessage): boolean => told.stage === 'vmm' && !OUR_CODES.has(told.code) && !isUnseen(told);

/** A ROM's file is told of as no warning, and of no device. */
const saidAs = (driver: string, { code, message }: PlanMessage): string =>
  code === 'rom.file-not-opened' ? message : `${driver}: warning: ${message}`;

/** What ends QEMU belongs to a device where that is what was refused. */
function saidOfDevices(definition: VmDefinition, host: HostPlan): string[] {
  const plans = new Map<string, DevicePlan | IommuPlan>([...host.devices, ...host.iommus].map(each => [each.id, each]));
  const said: string[] = [];
  for (const [index, { id, driver }] of definition.devices.entries()) {
    const name = id ?? `${driver}.${index}`;
    const planned = plans.get(name);
    said.push(...(planned?.warnings ?? []).filter(isQemus).map(told => saidAs(driver, told)));
    const error =
      planned?.outcome === 'failed' ? planned.error : host.errors.find(({ of }) => [`device ${name}`, `device ${driver}`].includes(of));
    if (error && error.message === host.stopsWith?.message) return [...said, `${driver}: ${error.message}`];
  }
  return host.stopsWith === null ? said : [...said, host.stopsWith.message];
}

/** What QEMU makes before any device. */
const BEFORE_DEVICES = /^(machine|object |-)/;

/** Findings of ours about what QEMU passes over in silence. */
const OUR_FINDING = /^QEMU (does not read|reads this as) /;

function saidOf(definition: VmDefinition, host: HostPlan): string[] {
  const read = definition.findings.filter(({ severity, message }) => severity !== 'note' && !OUR_FINDING.test(message));
  const refused = read.find(({ severity }) => severity === 'error');
  const warned = read.filter(({ severity }) => severity === 'warning').map(({ message }) => `warning: ${message}`);
  if (refused !== undefined) return [...warned, refused.message];
  const early = host.errors.find(({ of }) => BEFORE_DEVICES.test(of));
  if (early !== undefined && early.message === host.stopsWith?.message) return [...warned, early.message];
  return [...warned, ...saidOfDevices(definition, host)];
}

const texts = (properties: Readonly<Record<string, PlannedProperty>>, textOf: (property: PlannedProperty) => string) =>
  Object.entries(properties).map(([name, property]) => [name, textOf(property)] as const);

/** Whose AUTOs stay what they are in QEMU's tree; of others it shows what became of them. */
const KEEPS_AUTO: ReadonlySet<string> = new Set(['arm-smmuv3']);

/** What nothing answers. */
const NOTHING = 'ff'.repeat(4096);

/** What is read where the device stands: a port whose slot 0 has no function 0 is without power. */
function configOf({ view, warnings, place }: DevicePlan, beside: readonly DevicePlan[]): string {
  const isPowered = beside.some(other => other.place?.bus === place?.bus && other.place?.address === '00.0');
  if (place?.kind === 'root-port' && !isPowered && warnings.some(isUnseen)) return NOTHING;
  return view === null || view.realized.outcome === 'failed' ? '' : Buffer.from(guestBytes(view.realized).bytes).toString('hex');
}

function shownDevice(planned: DevicePlan, definition: VmDefinition, beside: readonly DevicePlan[]): ShownDevice {
  const { id, driver, host, place, properties } = planned;
  const isNamed = definition.devices.some(device => device.id === id);
  const config = configOf(planned, beside);
  return {
    ...{ host: host ?? '', driver, id: isNamed ? id : '', bus: place?.bus ?? '', address: place?.address ?? '' },
    properties: changedProperties(
      driver,
      texts(properties, ({ value }) => value),
    ),
    ats: config === NOTHING ? null : (properties.ats?.resolved ?? null),
    config,
  };
}

/** What a plan cannot know of a host, and who starts it does: whether an SMMU without FWB nests, which no report tells. */
const isNesting = (doubt: PlanMessage | null): boolean => doubt?.code === 'iommu.host-unreported' && doubt.message.includes('CANWBS');

/** Where a plan would be sure but for what is known of the test bed, it is taken at its word. */
function outcomeOf(definition: VmDefinition, { outcome, errors, devices, iommus }: HostPlan): LineResult['outcome'] {
  if (definition.findings.some(({ severity }) => severity === 'error')) return 'fails';
  if (outcome !== 'unknown' || errors.length > 0) return outcome;
  const doubts = [...devices, ...iommus].filter(each => each.outcome === 'unknown');
  return doubts.every(({ error }) => isNesting(error)) ? 'fits' : outcome;
}

/** What QEMU says of a VM that starts, behind all else. */
const saidLast = (findings: readonly PlanFinding[]): string[] =>
  findings.filter(({ code }) => code.startsWith('global.')).map(({ message }) => `warning: ${message}`);

function resultOf({ definition, findings }: VmPlan, host: HostPlan): LineResult {
  const outcome = outcomeOf(definition, host);
  const said = [...saidOf(definition, host), ...(outcome === 'fits' ? saidLast(findings) : [])];
  if (outcome === 'fails') return { outcome, said, devices: [], iommus: [] };
  const devices = host.devices.map(device => shownDevice(device, definition, host.devices));
  const iommus = host.iommus.map(({ driver, properties }) => ({
    driver,
    properties: changedProperties(
      driver,
      texts(properties, ({ value, resolved }) => (KEEPS_AUTO.has(driver) ? value : (resolved ?? value))),
    ),
  }));
  return { outcome, said, devices: devices.sort((one, other) => one.host.localeCompare(other.host)), iommus };
}

/** `words` are those of QEMU, the program first; `files` by their paths. */
export function planLine({ words, files }: TypedLine, host: PlanHost): PlannedLine {
  const context = { ...NO_CONTEXT, openFile: (path: string) => files.get(path) ?? null };
  const { definitions } = readDefinitions({ file: 'vm', text: wordsInLine(words) }, 'qemu', context);
  const [vm] = plan(definitions, [host]).vms;
  const found = vm?.hosts[0];
  if (vm === undefined || found === undefined) throw new Error(`No definition in ${words.join(' ')}`);
  return { definition: vm.definition, host: found, result: resultOf(vm, found) };
}
