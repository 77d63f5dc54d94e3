/** A request made ready for any number of devices: names are looked up and words are checked once. */

import type { AssumedReport } from '../iommu/index.ts';
import { DEFAULT_PROFILE, findProfile, type Profile } from '../profiles/index.ts';
import { type EffectiveProperties, effectiveProperties } from '../qemu/index.ts';
import type { Placement } from '../rules/realize-input.ts';
import { type Settings, settingsOf } from '../rules/settings.ts';
import { shorten } from '../text/shorten.ts';
import { checkRequest } from './check-request.ts';
import { type GuestIommu, RequestError, type ViewRequest } from './view-request.ts';

/** A prepared request: its profile, its properties as the property system resolved them, and what else it asks for. */
export interface PreparedRequest {
  readonly profile: Profile;
  readonly properties: EffectiveProperties;
  /** Who chose the machine type: the request, the host's architecture, or nobody, since that is not known. */
  readonly machineFrom: 'request' | 'host' | 'default';
  readonly settings: Settings;
  readonly placement: Placement;
  /** Whether the machine has an access to extended config space. */
  readonly reachesExtended: boolean;
  readonly bytes: 'host' | 'vfio';
  readonly guestIommu: GuestIommu;
  readonly assumed: AssumedReport;
}

/** QEMU's machine without PCI Express, which takes Express ports all the same: a guest reads 256 bytes of what is below them. */
const isWithoutExpress = ({ machine }: EffectiveProperties): boolean => machine?.family === 'pc-i440fx';

const FIT_WITHOUT_EXPRESS: ReadonlySet<Placement> = new Set(['conventional', 'root-port']);

/** Where the device stands: in a machine without a PCI Express root on a conventional bus, else where the request or the profile says. */
function placementOf({ placement }: ViewRequest, properties: EffectiveProperties, { name, traits }: Profile): Placement {
  const { placements } = traits;
  const isConventional = isWithoutExpress(properties);
  if (placement === undefined) return isConventional ? 'conventional' : placements[0];
  if (!placements.includes(placement)) {
    throw new RequestError('placement.unfit', `placement ${placement} does not fit profile ${name}: wanted ${placements.join(', ')}`);
  }
  if (isConventional && !FIT_WITHOUT_EXPRESS.has(placement)) {
    const machine = properties.machine?.name;
    throw new RequestError('placement.unfit', `placement ${placement} does not fit ${machine}: it has no PCI Express root`);
  }
  return placement;
}

/** The device type that is asked for; undefined for the profile's own. */
function driverOf({ driver }: ViewRequest, { name, properties }: Profile): string | undefined {
  if (driver === undefined) return undefined;
  const own = properties?.drivers[0];
  const all = properties?.drivers.filter(each => own !== undefined && properties.of(each).ancestors.includes(own)) ?? [];
  if (all.includes(driver)) return driver;
  const wanted = all.length === 0 ? '' : `: wanted ${all.join(', ')}`;
  throw new RequestError('driver.unknown', `profile ${name} assigns no device as "${shorten(driver)}"${wanted}`);
}

function prepare(request: ViewRequest, architecture: string | null): PreparedRequest {
  checkRequest(request);
  const { machine, globals = [], properties: device = [], bytes = 'host', guestIommu, assumed } = request;
  const profile = findProfile(request.profile ?? DEFAULT_PROFILE.name);
  const driver = driverOf(request, profile);
  const properties = effectiveProperties({
    profile,
    ...(driver !== undefined && { driver }),
    ...(machine !== undefined && { machine }),
    architecture,
    globals,
    device,
  });
  const machineFrom = machine !== undefined ? 'request' : architecture === null ? 'default' : 'host';
  const placement = placementOf(request, properties, profile);
  const pasid = guestIommu?.pasid ?? false;
  const settings = settingsOf(properties);
  const reachesExtended = !isWithoutExpress(properties);
  return { profile, properties, machineFrom, settings, placement, reachesExtended, bytes, guestIommu: { pasid }, assumed: { ...assumed } };
}

/** Kept for each request. */
const MOST_ARCHITECTURES = 16;

const prepared = new WeakMap<ViewRequest, Map<string | null, PreparedRequest>>();

/**
 * Prepares a request, independent of any device but for the architecture of its host (`uname -m`, null where it is not known), which the
 * default machine type follows. The result is kept as long as the request, which must not change.
 *
 * @throws PropertyError, MachineError or RequestError where the request asks for what is not there
 */
export function prepareRequest(request: ViewRequest, architecture: string | null = null): PreparedRequest {
  const known = prepared.get(request) ?? new Map<string | null, PreparedRequest>();
  const found = known.get(architecture);
  if (found !== undefined) return found;
  const made = prepare(request, architecture);
  prepared.set(request, known);
  // A million captures may name as many architectures, of which few are real.
  if (known.size < MOST_ARCHITECTURES) known.set(architecture, made);
  return made;
}
