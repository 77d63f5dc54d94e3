/** The JSON of `plan`. */
import type { View } from '../guest-view/index.ts';
import type { VmDefinition } from '../plan/definition.ts';
import { guestNumaNode } from '../plan/guest-numa-node.ts';
import type { Origin } from '../plan/origin.ts';
import type { PlanFinding } from '../plan/plan-finding.ts';
import type {
  Candidate,
  DevicePlan,
  HostFunction,
  HostPlan,
  IommuPlan,
  Place,
  PlanMessage,
  PlannedProperty,
  VmPlan,
} from '../plan/plan-report.ts';
import type { DevicePlanJson, FindingJson, HostPlanJson, IommuPlanJson, PlanJson, PlanMessageJson, VmPlanJson } from './schemas/plan.ts';
import type { ViewJson } from './schemas/view.ts';
import { PLAN_SCHEMA_VERSION } from './versions.ts';
import { viewJson } from './view-json.ts';

const originJson = (origin: Origin | null) => ({
  file: origin?.file ?? null,
  line: origin?.line ?? null,
  column: origin?.column ?? null,
});

const messageJson = ({ stage, code, message, mend, origin }: PlanMessage): PlanMessageJson => ({
  stage,
  code,
  message,
  mend,
  ...originJson(origin),
});

const orNull = (message: PlanMessage | null): PlanMessageJson | null => (message === null ? null : messageJson(message));

const viewOf = (view: View | null): ViewJson | null => (view === null ? null : viewJson(view, false));

const propertiesJson = (properties: Readonly<Record<string, PlannedProperty>>) => ({ ...properties });

const candidateJson = ({ host, outcome, view }: Candidate) => ({ host, outcome, view: viewOf(view) });

const noneAsNull = <T>(value: T | 'none'): T | null => (value === 'none' ? null : value);

const functionJson = ({ group, card, numaNode }: HostFunction) => ({
  group: noneAsNull(group),
  card: [...card],
  numaNode: noneAsNull(numaNode),
});

const placeJson = (place: Place, definition: VmDefinition) => ({ ...place, numaNode: guestNumaNode(definition, place.bus) });

function deviceJson(device: DevicePlan, definition: VmDefinition): DevicePlanJson {
  const { id, driver, host, hostFunction, card, candidates, place, backend, outcome, error, warnings, notes, properties, view } = device;
  return {
    ...{ id, driver, host, backend, outcome },
    hostFunction: hostFunction === null ? null : functionJson(hostFunction),
    card: card === null ? null : { ...card, differences: [...card.differences], notKnown: [...card.notKnown] },
    candidates: candidates?.map(candidateJson) ?? null,
    place: place === null ? null : placeJson(place, definition),
    error: orNull(error),
    warnings: warnings.map(messageJson),
    notes: notes.map(messageJson),
    properties: propertiesJson(properties),
    view: viewOf(view),
  };
}

function iommuJson({ driver, id, outcome, error, warnings, properties }: IommuPlan): IommuPlanJson {
  const told = { error: orNull(error), warnings: warnings.map(messageJson) };
  return { driver, id, outcome, ...told, properties: propertiesJson(properties) };
}

function hostJson({ host, isWhole, outcome, errors, devices, iommus, stopsWith }: HostPlan, definition: VmDefinition): HostPlanJson {
  return {
    host,
    whole: isWhole,
    outcome,
    stopsWith: orNull(stopsWith),
    errors: errors.map(error => ({ ...messageJson(error), of: error.of })),
    devices: devices.map(device => deviceJson(device, definition)),
    iommus: iommus.map(iommuJson),
  };
}

const findingJson = ({ severity, code, message, origin }: PlanFinding): FindingJson => ({ severity, code, message, ...originJson(origin) });

/** One VM on all hosts. */
export function vmPlanJson({ definition, profile, machine, hosts, findings }: VmPlan): VmPlanJson {
  const { format, file, line } = definition.source;
  return {
    name: definition.name,
    source: { format, file, line },
    vmm: { profile: profile.name, assumed: profile.assumed, machine },
    hosts: hosts.map(host => hostJson(host, definition)),
    findings: findings.map(findingJson),
  };
}

/** The whole plan; `findings` belong to no VM, `unread` inputs could not be read. */
export function planJson(vms: readonly VmPlan[], findings: readonly PlanFinding[], unread: number): PlanJson {
  return { schemaVersion: PLAN_SCHEMA_VERSION, vms: vms.map(vmPlanJson), findings: findings.map(findingJson), unread };
}
