/** A request made ready for any number of devices: names are looked up and words are checked once. */

import type { AssumedReport } from '../iommu/index.ts';
import { DEFAULT_PROFILE, findProfile, type Profile } from '../profiles/index.ts';
import { type EffectiveProperties, effectiveProperties } from '../qemu/index.ts';
import type { Placement } from '../rules/realize-input.ts';
import { type Settings, settingsOf } from '../rules/settings.ts';
import { checkRequest } from './check-request.ts';
import { type GuestIommu, RequestError, type ViewRequest } from './view-request.ts';

/** A prepared request: its profile, its properties as the property system resolved them, and what else it asks for. */
export interface PreparedRequest {
  readonly profile: Profile;
  readonly properties: EffectiveProperties;
  readonly settings: Settings;
  readonly placement: Placement;
  readonly bytes: 'host' | 'vfio';
  readonly guestIommu: GuestIommu;
  readonly assumed: AssumedReport;
}

/** Where the device stands: in a machine without a PCI Express root on a conventional bus, else where the request or the profile says. */
function placementOf({ placement }: ViewRequest, { machine }: EffectiveProperties, { name, traits }: Profile): Placement {
  const { placements } = traits;
  const isConventional = machine?.family === 'pc-i440fx';
  if (placement === undefined) return isConventional ? 'conventional' : placements[0];
  if (!placements.includes(placement)) {
    throw new RequestError('placement.unfit', `placement ${placement} does not fit profile ${name}: wanted ${placements.join(', ')}`);
  }
  if (isConventional && placement !== 'conventional') {
    throw new RequestError('placement.unfit', `placement ${placement} does not fit ${machine.name}: it has no PCI Express root`);
  }
  return placement;
}

function prepare(request: ViewRequest): PreparedRequest {
  checkRequest(request);
  const { machine, globals = [], properties: device = [], bytes = 'host', guestIommu, assumed } = request;
  const profile = findProfile(request.profile ?? DEFAULT_PROFILE.name);
  const properties = effectiveProperties({ profile, ...(machine !== undefined && { machine }), globals, device });
  const placement = placementOf(request, properties, profile);
  const pasid = guestIommu?.pasid ?? false;
  return { profile, properties, settings: settingsOf(properties), placement, bytes, guestIommu: { pasid }, assumed: { ...assumed } };
}

const prepared = new WeakMap<ViewRequest, PreparedRequest>();

/**
 * Prepares a request, independent of any device. The result is kept as long as the request, which must not change.
 *
 * @throws PropertyError, MachineError or RequestError where the request asks for what is not there
 */
export function prepareRequest(request: ViewRequest): PreparedRequest {
  const known = prepared.get(request);
  if (known !== undefined) return known;
  const made = prepare(request);
  prepared.set(request, made);
  return made;
}
