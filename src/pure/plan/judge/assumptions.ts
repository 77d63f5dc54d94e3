/** What a plan assumes in place of what a definition or a host says, for "what if" questions. */
import type { OnOffAuto } from '../../qemu/index.ts';
import type { DefinedDevice, DefinedValue, VmDefinition } from '../definition.ts';
import type { Origin } from '../origin.ts';
import type { Backend } from './handover/attach-words.ts';

/** Every part may be left out. */
export interface PlanAssumptions {
  /** A machine type. */
  readonly machine?: string;
  /** `uname -r` of the hosts. */
  readonly kernel?: string;
  /** The property of every assigned device. */
  readonly ats?: OnOffAuto;
  /** What stands between the VMM and the kernel for every assigned device. */
  readonly backend?: Backend;
}

/** The id of the object that devices get where a plan assumes iommufd and the definition has none. */
const ASSUMED_OBJECT = 'iommufd0';

const assumedValue = (name: string, value: string, origin: Origin): DefinedValue => ({ name, value, json: null, origin });

/** Stands nowhere in the text. */
function nowhere({ source }: VmDefinition): Origin {
  return { file: source.file, line: null, column: null, span: null };
}

function withBackend(device: DefinedDevice, backend: Backend, object: string, origin: Origin): DefinedDevice {
  const values = device.values.filter(({ name }) => name !== 'iommufd');
  return { ...device, values: backend === 'legacy' ? values : [...values, assumedValue('iommufd', object, origin)] };
}

/** Of a VMM whose devices name no backend: all have the same. */
function withCommonBackend(definition: VmDefinition, backend: Backend, origin: Origin): VmDefinition {
  const written = definition.objects.filter(({ isForAll }) => isForAll);
  const others = definition.objects.filter(({ isForAll }) => !isForAll);
  const assumed = { type: 'iommufd', id: null, values: [], isForAll: true, origin };
  const common = backend === 'legacy' ? [] : written.length > 0 ? written : [assumed];
  return { ...definition, objects: [...others, ...common] };
}

/** The definition with what is assumed of it; `isAssigned` says which devices are meant. */
export function assume(given: VmDefinition, assumed: PlanAssumptions, isAssigned: (device: DefinedDevice) => boolean): VmDefinition {
  const origin = nowhere(given);
  const { machine, ats, backend } = assumed;
  let definition = given;
  if (machine !== undefined) definition = { ...definition, machine: { ...given.machine, type: assumedValue('type', machine, origin) } };
  const change = (edit: (device: DefinedDevice) => DefinedDevice): void => {
    definition = { ...definition, devices: definition.devices.map(device => (isAssigned(device) ? edit(device) : device)) };
  };
  if (ats !== undefined) change(device => ({ ...device, values: [...device.values, assumedValue('ats', ats, origin)] }));
  if (backend === undefined) return definition;
  if (given.vmm.family === 'cloud-hypervisor') return withCommonBackend(definition, backend, origin);
  const object = given.objects.find(({ type }) => type === 'iommufd')?.id ?? ASSUMED_OBJECT;
  change(device => withBackend(device, backend, object, origin));
  if (backend === 'legacy' || given.objects.some(({ id }) => id === object)) return definition;
  return { ...definition, objects: [...definition.objects, { type: 'iommufd', id: object, values: [], origin }] };
}
