/** What `airlock view` prints of one device, and as a document. */
import * as v from 'valibot';
import { VIEW_SCHEMA_VERSION } from '../versions.ts';
import { slot } from './slot.ts';
import {
  address,
  coded,
  configBytes,
  count,
  failure,
  hex,
  type Json,
  list,
  oneOf,
  orNull,
  schemaVersion,
  text,
  unknownPlaces,
} from './values.ts';

export const message = v.object({
  level: oneOf(['warning', 'note'], 'a note is never a fault'),
  code: text('stable, for programs'),
  message: text('one sentence for people'),
  origin: oneOf(['vmm', 'airlock'], 'whose words they are'),
});

export const property = v.object({
  value: orNull(v.union([v.string(), v.number(), v.boolean()]), 'a number of 64 bits is a hexadecimal string; null where nothing is set'),
  source: text('where the value came from: default, a compat row, -global, the device option'),
});
/** One property in the JSON of `airlock view`. */
export type PropertyJson = Json<typeof property>;

export const capability = v.object({
  kind: oneOf(['standard', 'extended'], 'the list that it stands in'),
  id: hex('capability ID'),
  name: text('short name, such as ATS; unknown (0x3f) for an ID that is not known'),
  offset: hex('offset in config space, in bytes'),
  version: orNull(count('version'), 'of an extended capability, null where it is not known; 0 for a standard one'),
  status: oneOf(
    ['shown', 'changed', 'hidden', 'synthesised', 'unknown'],
    'what becomes of it in the guest; unknown: that rests on bytes that are not known',
  ),
  stage: orNull(v.picklist(['kernel', 'vmm']), 'who decided; null where it is shown as it is and no rule had a say'),
  reason: orNull(v.object(coded), 'why; null where no rule had a say'),
});
/** One capability in the JSON of `view`. */
export type CapabilityJson = Json<typeof capability>;

/** What the host says of a device's ATS. */
export const hostIommu = v.object({
  backend: text('how the host asks its IOMMU: iommufd, legacy or none'),
  ats: text('supported, unsupported or unreported'),
});

export const viewedDevice = v.object({
  bdf: orNull(address('address'), 'address of the device; null for bytes that came without one'),
  profile: text('whose view it is, such as airlock or qemu-11.1'),
  machine: orNull(
    text('machine type'),
    'the machine type whose compat rows are in it; null where the profile has none, or none is known for the host',
  ),
  hostIommu: v.pipe(hostIommu, v.description('what is known of the IOMMU behind the device')),
  outcome: oneOf(['realized', 'failed', 'unknown'], 'unknown: whether it realizes rests on bytes that are not known'),
  error: orNull(failure, 'why it fails; null where it does not'),
  warnings: list(message, 'what is told of it, warnings and notes'),
  properties: v.pipe(v.record(v.string(), property), v.description('by name: those that decide the view, and those that somebody set')),
  capabilities: list(capability, 'in list order, standard before extended; none where it fails'),
  unknown: unknownPlaces('the device'),
  slot: v.exactOptional(orNull(slot, 'the slot that the guest finds it in; null where it fails, left out by ctl')),
  host: v.exactOptional(configBytes("the host's config space; left out by --no-bytes and ctl")),
  guest: v.exactOptional(
    orNull(
      configBytes("the guest's config space"),
      "the guest's config space, from offset 0 up: two hexadecimal digits for each byte, ?? for one that is not known; null where it fails, left out by --no-bytes and ctl",
    ),
  ),
});
/** One device in the JSON of `view`. */
export type ViewJson = Json<typeof viewedDevice>;

export const viewLine = v.pipe(
  viewedDevice,
  v.title('airlock view --jsonl'),
  v.description('One line: what the guest will see of one device, and why.'),
);

export const viewDocument = v.pipe(
  v.object({
    schemaVersion: schemaVersion(VIEW_SCHEMA_VERSION),
    devices: list(viewedDevice, 'in the order of the input'),
  }),
  v.title('airlock view --json'),
  v.description('What the guest will see of each device, and why.'),
);
