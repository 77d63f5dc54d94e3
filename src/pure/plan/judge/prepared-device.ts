/** What is known of an assigned device of a VM before any host is looked at: its properties and what is asked of the guest's view. */
import type { ViewRequest } from '../../guest-view/index.ts';
import { isProfileName, type Profile } from '../../profiles/index.ts';
import { PropertyError } from '../../qemu/index.ts';
import type { DefinedDevice, VmDefinition } from '../definition.ts';
import { findValue } from '../definition.ts';
import type { Place, PlanMessage, PlannedProperty } from '../plan-report.ts';
import { type DeviceProperties, type PropertyContext, readDeviceProperties } from './device-properties.ts';
import { type ChosenBackend, chooseBackend } from './handover/backend.ts';
import { nearestSetting } from './nearest-setting.ts';
import type { PlacedDevice } from './place-vm.ts';
import { FINE, failed, firstOf, type Verdict } from './verdict.ts';

/** One assigned device of a VM. */
export interface PreparedDevice {
  readonly device: DefinedDevice;
  readonly id: string;
  readonly place: Place | null;
  readonly chosen: ChosenBackend;
  /** null where a property is wrong. */
  readonly properties: DeviceProperties | null;
  /** `ats`, and others that somebody set; an AUTO is not resolved. */
  readonly planned: Readonly<Record<string, PlannedProperty>>;
  /** What the VMM says whatever host it runs on. */
  readonly verdict: Verdict;
  readonly warnings: readonly PlanMessage[];
  /** What is asked of the view, but for the guest's IOMMU; null where nothing can be asked. */
  readonly request: ViewRequest | null;
}

/** Words of a device that change nothing of what the guest sees, beside those that name the host's device. */
const NOT_ASKED: ReadonlySet<string> = new Set(['host', 'sysfsdev', 'fd', 'iommufd', 'bus', 'addr', 'id', 'path', 'socket', 'bootindex']);

function propertyVerdict(error: PropertyError, device: DefinedDevice, { globals }: VmDefinition): Verdict {
  const { code, message, property } = error;
  const global = globals.findLast(({ driver, name }) => driver === device.driver && name === property);
  const written = findValue(device.values, property) ?? global;
  return failed('vmm', { code, message, origin: written?.origin ?? device.origin, mend: nearestSetting(error, written) });
}

function readProperties(device: DefinedDevice, context: PropertyContext): { properties: DeviceProperties | null; verdict: Verdict } {
  try {
    return { properties: readDeviceProperties(device, context), verdict: FINE };
  } catch (error) {
    if (error instanceof PropertyError) return { properties: null, verdict: propertyVerdict(error, device, context.definition) };
    throw error;
  }
}

function requestOf(properties: DeviceProperties, context: PropertyContext, place: Place, chosen: ChosenBackend): ViewRequest | null {
  const { profile, machine } = context;
  if (!isProfileName(profile.name)) return null;
  const takesPlaces = profile.traits.placements.includes(place.kind);
  return {
    profile: profile.name,
    ...(machine !== null && { machine }),
    ...(profile.properties !== null && { driver: properties.effective.driver }),
    globals: properties.globals.filter(({ name }) => !NOT_ASKED.has(name)),
    properties: properties.assignments.filter(({ name }) => !NOT_ASKED.has(name)),
    ...(takesPlaces && { placement: place.kind }),
    assumed: chosen.backend === 'legacy' ? { backend: 'legacy' } : {},
  };
}

function plan(properties: DeviceProperties | null): Record<string, PlannedProperty> {
  const planned: Record<string, PlannedProperty> = {};
  for (const property of properties?.effective.values() ?? []) {
    const { name, text, source } = property;
    if (properties === null || (name !== 'ats' && source.kind === 'default')) continue;
    planned[name] = { value: text, resolved: text === 'auto' ? null : text, source: properties.sourceOf(property) };
  }
  return planned;
}

/** A device type that another version of the VMM has. */
function judgeDriver({ driver, origin }: DefinedDevice, { properties: table }: Profile): Verdict {
  if (table === null || table.drivers.includes(driver) || !table.versions().some(({ drivers }) => drivers.includes(driver))) return FINE;
  const message = `'${driver}' is not a valid device model name`;
  return failed('vmm', { code: 'place.no-driver', message, mend: `another ${table.vmm}: ${table.version} has none`, origin });
}

/** QEMU finds a device's bus, sets its properties, and then puts it into its place. */
export function prepareDevice(placed: PlacedDevice, context: PropertyContext): PreparedDevice {
  const { device, id, place, busVerdict, placeVerdict, warnings } = placed;
  const chosen = chooseBackend(device, context.definition);
  const { properties, verdict } = readProperties(device, context);
  const request = properties === null || place === null ? null : requestOf(properties, context, place, chosen);
  return {
    device,
    id,
    place,
    chosen,
    properties,
    planned: plan(properties),
    verdict: firstOf([judgeDriver(device, context.profile), busVerdict, verdict, chosen.verdict, placeVerdict]),
    warnings,
    request,
  };
}
