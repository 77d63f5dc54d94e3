/** What a running `serve` answers over its control socket, and what `airlock ctl` prints of it. */
import * as v from 'valibot';
import { CONTROL_SCHEMA_VERSION } from '../versions.ts';
import { count, flag, type Json, list, orNull, schemaVersion, text } from './values.ts';
import { capability, hostIommu, message, property, viewedDevice } from './view.ts';

const name = text('name of the served device');
const isConnected = flag('whether a client is connected');
const set = list(v.string(), 'NAME=VALUE as they were set since the start, on top of the options of serve');

const place = {
  name,
  socket: text('where VMMs connect'),
  source: text('what is served: a file with the address of the device in it, or a device of the host'),
  isConnected,
  profile: text('name of the profile; raw: the bytes untouched'),
  machine: orNull(v.string(), "machine type; null under a profile that has none, and where none for the host's architecture is known"),
};

const summary = v.object({
  ...place,
  set,
  ats: orNull(
    v.object({
      value: text('the value of the property'),
      source: text('where the value came from'),
      status: orNull(v.string(), 'what becomes of the capability; null where the device has none'),
    }),
    'the property ats; null where the device has none, or no view',
  ),
  hasNext: flag('whether the next client gets another view than the connected one has'),
});
/** What `list` tells of a device. */
export type DeviceSummary = Json<typeof summary>;

const description = v.object({
  ...place,
  heading: list(v.string(), 'address, class, name and ids, in lines for people'),
  hostIommu: orNull(hostIommu, 'what is known of the IOMMU behind the device; null under the profile raw'),
  view: orNull(
    viewedDevice,
    "what the guest of the connected client sees; without a client, what the next one's will see; null under the profile raw",
  ),
  set,
  next: orNull(viewedDevice, 'what the guest of the next client will see, where that differs from view; null where it does not'),
});
/** One served device. */
export type DeviceDescription = Json<typeof description>;

const counters = v.object({
  name,
  isConnected,
  connections: count('clients that were served since the start'),
  refused: count('clients that were turned away'),
  messages: v.pipe(
    v.record(v.string(), count('messages')),
    v.description('messages received by command; those that never came are left out'),
  ),
  errors: count('messages that were answered with an error'),
  bytesReceived: count('bytes received'),
  bytesSent: count('bytes sent'),
  dmaMapped: count('bytes of DMA through mappings'),
  dmaByMessage: count('bytes of DMA by message'),
});
/** Sums over all connections of a device since the start. */
export type DeviceCounters = Json<typeof counters>;

const before = 'null where there was none';
const after = 'null where there is none any more';
const changes = v.object({
  capabilities: list(
    v.object({
      before: orNull(capability, before),
      after: orNull(capability, after),
    }),
    'capabilities of which the guest sees something else',
  ),
  properties: v.pipe(
    v.record(v.string(), v.object({ before: orNull(property, before), after: orNull(property, after) })),
    v.description('by name: properties with another value or source'),
  ),
});
/** What differs between two views. */
export type ViewChanges = Json<typeof changes>;

const change = {
  name,
  isConnected: flag('whether a client is connected, which keeps the view that it has'),
  set,
  changes: v.pipe(changes, v.description('what the next client gets that it would not have got before')),
  warnings: list(message, 'what is told of the view that the next client gets'),
};

const fields = {
  list: { devices: list(summary, 'in the order in which they are served') },
  show: { device: v.pipe(description, v.description('the device that was asked for')) },
  counters: { devices: list(counters, 'the device that was asked for, or all') },
  end: { name, wasConnected: flag('whether a client was connected, whose session is ended now') },
  set: change,
  unset: change,
};

/** What the server answers, by the request. */
export const CONTROL_RESULTS = {
  list: v.object(fields.list),
  show: v.object(fields.show),
  counters: v.object(fields.counters),
  end: v.object(fields.end),
  set: v.object(fields.set),
  unset: v.object(fields.unset),
};

/** The answers of `airlock ctl` by the names of its requests. */
export type ControlResults = { readonly [Name in keyof typeof CONTROL_RESULTS]: Json<(typeof CONTROL_RESULTS)[Name]> };
/** What `set` and `unset` have done. */
export type DeviceChange = ControlResults['set'];

const version = { schemaVersion: schemaVersion(CONTROL_SCHEMA_VERSION) };

export const ctlList = v.pipe(
  v.object({ ...version, ...fields.list }),
  v.title('airlock ctl list --json'),
  v.description('Every device that a running serve has.'),
);
export const ctlShow = v.pipe(
  v.object({ ...version, ...fields.show }),
  v.title('airlock ctl show --json'),
  v.description('One served device with what its guest sees, and what waits for the next client.'),
);
export const ctlCounters = v.pipe(
  v.object({ ...version, ...fields.counters }),
  v.title('airlock ctl counters --json'),
  v.description('Clients, messages and bytes of served devices since the start.'),
);
export const ctlEnd = v.pipe(
  v.object({ ...version, ...fields.end }),
  v.title('airlock ctl end --json'),
  v.description('Whether a session was ended.'),
);
export const ctlSet = v.pipe(
  v.object({ ...version, ...fields.set }),
  v.title('airlock ctl set --json'),
  v.description('What a property that was set changes for the next client.'),
);
export const ctlUnset = v.pipe(
  v.object({ ...version, ...fields.unset }),
  v.title('airlock ctl unset --json'),
  v.description('What it changes for the next client that properties were taken back.'),
);
