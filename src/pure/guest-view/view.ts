/** The one question: what does the guest see of this device, under this request? */
import { barSizesOf, type DeviceFacts, inputDoubts } from '../facts/index.ts';
import { assumeReport, type HostIommuDevice } from '../iommu/index.ts';
import type { ConfigSpace } from '../pci/config-space.ts';
import type { Message } from '../rules/capability-view.ts';
import type { Realized } from './guest-view.ts';
import { pageSizeOf } from './host-pages.ts';
import { type PreparedRequest, prepareRequest } from './prepare-request.ts';
import { realize } from './realize.ts';
import { RequestError, type ViewRequest } from './view-request.ts';

/** The answer, with everything that it was made from. */
export interface View extends PreparedRequest {
  readonly facts: DeviceFacts;
  /** The bytes that went in; `bytes` says what they are. */
  readonly config: ConfigSpace;
  readonly hostIommu: HostIommuDevice;
  readonly realized: Realized;
}

/** Adds doubts about the device's rows to its view, as warnings. */
function withDoubts(realized: Realized, facts: DeviceFacts): Realized {
  if (facts.unread === null && facts.contradictory === null && facts.text === null) return realized;
  const warnings = inputDoubts(facts).map((doubt): Message => ({ level: 'warning', ...doubt, origin: 'airlock' }));
  return { ...realized, messages: [...realized.messages, ...warnings] };
}

function configOf({ bdf, config, vfio, notAsked }: DeviceFacts, bytes: 'host' | 'vfio'): ConfigSpace {
  if (bytes === 'host' || vfio !== null) return bytes === 'host' ? config : (vfio ?? config);
  if (notAsked !== null) throw new RequestError('bytes.none', `${bdf ?? 'the device'} has no vfio bytes: ${notAsked}`);
  return config;
}

const NOTHING_ASKED: ViewRequest = {};

/**
 * What the guest sees of a device. Pure; never throws on any bytes. The prepared request is kept as long as the request: ask with
 * the same object for all devices, and do not change it.
 *
 * @throws PropertyError, MachineError or RequestError where the request asks for what is not there
 * @example
 * ```ts
 * import { deviceFacts } from 'vfio-airlock/facts';
 * import { view } from 'vfio-airlock/guest-view';
 * import { buildConfigSpace } from 'vfio-airlock/pci';
 *
 * const ats = { id: 0x0f, body: '20000000' };
 * const parts = { vendorId: 0x1234, deviceId: 1, classCode: 0x03_02_00, standard: [{ id: 0x10, body: '0200' }], extended: [ats] };
 * const { realized } = view(deviceFacts(buildConfigSpace(parts)), { properties: [{ name: 'ats', value: 'off' }] });
 * realized.outcome !== 'failed' && realized.capabilities.at(-1)?.reason?.code; // → 'ats.masked.off'
 * ```
 */
export function view(facts: DeviceFacts, request: ViewRequest = NOTHING_ASKED): View {
  return viewOf(facts, prepareRequest(request, facts.hostArchitecture), realizeOf);
}

const effects = new WeakMap<PreparedRequest, string>();

/**
 * All of a request that decides what is realized of a device, as a text: machine types and words that come to the same settings have the
 * same effect.
 *
 * @throws PropertyError, MachineError or RequestError as `view` does
 */
export function effectOf(facts: DeviceFacts, request: ViewRequest): string {
  const asked = prepareRequest(request, facts.hostArchitecture);
  const known = effects.get(asked);
  if (known !== undefined) return known;
  const { profile, settings, placement, reachesExtended, bytes, guestIommu, assumed } = asked;
  const parts = [profile.name, settings, placement, reachesExtended, bytes, guestIommu, assumed];
  const text = JSON.stringify(parts, (_, value) => (typeof value === 'bigint' ? `${value}n` : value));
  effects.set(asked, text);
  return text;
}

/** The view of a request that has the same effect on the device as one whose answer is `realized`. */
export function viewAlike(facts: DeviceFacts, request: ViewRequest, realized: Realized): View {
  return viewOf(facts, prepareRequest(request, facts.hostArchitecture), () => realized);
}

type Input = Pick<View, 'config' | 'hostIommu'>;

function realizeOf(facts: DeviceFacts, asked: PreparedRequest, { config, hostIommu }: Input): Realized {
  const { profile, settings, placement, reachesExtended, bytes, guestIommu } = asked;
  const realized = realize({
    config,
    bytes,
    profile,
    settings,
    hostIommu,
    placement,
    reachesExtended,
    viommuPasid: guestIommu.pasid,
    virtualFunction: facts.virtualFunction,
    barSizes: barSizesOf(facts),
    pageSize: pageSizeOf(facts),
  });
  return withDoubts(realized, facts);
}

function viewOf(facts: DeviceFacts, asked: PreparedRequest, answer: typeof realizeOf): View {
  const { profile, properties, machineFrom, settings, placement, reachesExtended, bytes, guestIommu, assumed } = asked;
  const config = configOf(facts, bytes);
  const hostIommu = assumeReport(facts.hostIommu, assumed);
  return {
    profile,
    properties,
    machineFrom,
    settings,
    placement,
    reachesExtended,
    bytes,
    guestIommu,
    assumed,
    facts,
    config,
    hostIommu,
    realized: answer(facts, asked, { config, hostIommu }),
  };
}
