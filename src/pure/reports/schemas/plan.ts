/** What `airlock plan` prints: each VM on each host, device by device. */
import * as v from 'valibot';
import { CARD_FIELDS, type CardComparison, type CardField } from '../../plan/plan-report.ts';
import { PLACEMENTS } from '../../rules/realize-input.ts';
import { PLAN_SCHEMA_VERSION } from '../versions.ts';
import { address, count, type Json, list, oneOf, orNull, part, schemaVersion, text } from './values.ts';
import { type ViewJson, viewedDevice } from './view.ts';

const outcome = (what: string) => oneOf(['realized', 'failed', 'unknown'], what);
const line = orNull(v.pipe(v.number(), v.integer(), v.minValue(1)), 'from 1; null where it has no lines');

const where = {
  file: orNull(text('the file, as it was named'), 'the file, as it was named; null where it is about no place in a file'),
  line,
  column: orNull(v.pipe(v.number(), v.integer(), v.minValue(1)), 'from 1, in UTF-16 units; null where it has no lines'),
};

const message = {
  stage: oneOf(['platform', 'kernel', 'vmm'], 'who says it: the host and what it has, its kernel, or the VMM'),
  code: text('stable, for programs'),
  message: text("the VMM's or the kernel's own words where it has some"),
  mend: orNull(text('what mends it'), 'what mends it, in words of the format; null where nothing is known to'),
  ...where,
};

const planMessage = v.object(message);

const planError = v.object({ ...message, of: text('what it is about: machine, object iommufd0') });

const plannedProperty = v.object({
  value: text('the value as an option spells it'),
  resolved: orNull(
    text('what became of an AUTO'),
    'what became of an AUTO, else the value; null where it is not known, or nothing resolved it',
  ),
  source: text('where the value came from: default, a compat row, -global, the device option, with its line'),
});

const properties = v.pipe(v.record(v.string(), plannedProperty), v.description('by name: ats, and those that somebody set'));

/** A name for its type, which the compiler would otherwise write out wherever it stands. */
const viewed: v.GenericSchema<unknown, ViewJson> = viewedDevice;

const view = orNull(viewed, 'what the guest sees, as view --json --no-bytes has it; null where nothing is realized, or that is not known');

const candidate = v.object({ host: address('a device that fits'), outcome: outcome('what becomes of it'), view });

const place = part(
  {
    bus: text('the name of the bus, such as rp1'),
    address: orNull(text('slot.function'), 'slot.function, hexadecimal, as the VMM writes it; null where it is not known'),
    kind: oneOf(PLACEMENTS, 'a value of --placement'),
    numaNode: orNull(v.number(), 'the NUMA node of the expander bus that it is below; null where it is below none that names one'),
  },
  'where the guest finds it',
);

export interface NeighbourJson {
  readonly address: string;
  readonly driver: string | null;
}

/** Its type has names for its parts, which the compiler would otherwise write out wherever it stands. */
export interface HostFunctionJson {
  readonly group: { readonly number: number; readonly members: readonly NeighbourJson[] } | null;
  readonly card: readonly NeighbourJson[];
  readonly numaNode: number | null;
}

const neighbour: v.GenericSchema<unknown, NeighbourJson> = v.object({
  address: address('address on the host'),
  driver: orNull(text('its driver'), 'its driver, none where it has none; null where that is not known'),
});

const group = part({ number: count('its number'), members: list(neighbour, 'all members') }, 'its IOMMU group');

const hostFunction: v.GenericSchema<unknown, HostFunctionJson> = part(
  {
    group: orNull(group, 'its IOMMU group; null where it has none, or that is not known'),
    card: list(neighbour, 'the functions of its slot that the host has told of, itself too'),
    numaNode: orNull(v.number(), 'NUMA node on the host; null where it has none, or that is not known'),
  },
  'the function behind it',
);

/** Its type has a name, as that of a function has. */
export interface CardJson {
  readonly answer: CardComparison['answer'];
  readonly by: CardComparison['by'];
  readonly differences: readonly { readonly field: CardField; readonly author: string; readonly host: string }[];
  readonly notKnown: readonly CardField[];
  readonly foundAt: CardComparison['foundAt'];
}

const by = (what: string) => oneOf(['serial', 'ids'], what);
const cardField = oneOf(CARD_FIELDS, 'what tells one card from another');
const cardDifference = v.object({ field: cardField, author: text('there; none: it has no such number'), host: text('here') });

const card: v.GenericSchema<unknown, CardJson> = part(
  {
    answer: oneOf(['same', 'other', 'unknown'], 'whether it is that card'),
    by: orNull(v.picklist(['serial', 'ids']), 'what says that it is the same; null of another one, or where that is not known'),
    differences: list(cardDifference, 'what differs'),
    notKnown: list(cardField, 'what one side or both do not know'),
    foundAt: orNull(
      v.object({ address: address('another address of the host'), by: by('what says so; by ids no other device there may be it') }),
      "where the host has the author's card; null where that is not known",
    ),
  },
  "whether it is the card that --author's host has at its address",
);

const devicePlan = v.object({
  id: text('its id, or one made of its driver and its number'),
  driver: text('as the VMM calls it, such as vfio-pci'),
  host: orNull(address('address on the host'), 'address on the host; null for one of a set, or one that the text does not name'),
  hostFunction: orNull(hostFunction, 'the function behind it; null where no one function is, or the host told of none'),
  card: orNull(card, 'null without --author, and for a device that the definition does not name'),
  candidates: orNull(v.array(candidate), 'the devices of the host that fit; null where the definition names the device itself'),
  place: orNull(place, 'null where it has none, or that is not known'),
  backend: orNull(v.picklist(['iommufd', 'legacy', 'vfio-user']), 'what stands between the VMM and the kernel'),
  outcome: outcome('unknown: what decides about it is not known'),
  error: orNull(planMessage, 'why it fails, or why that is not known; null where it is realized'),
  warnings: list(planMessage, 'what is told of it besides'),
  notes: list(planMessage, 'what is no fault, and worth knowing'),
  properties,
  view,
});

const iommuPlan = v.object({
  driver: text('as the VMM calls it, such as arm-smmuv3'),
  id: text('its id, or one made of its driver and its number'),
  outcome: outcome('unknown: what decides about it is not known'),
  error: orNull(planMessage, 'why it fails, or why that is not known; null where it is realized'),
  warnings: list(planMessage, 'what is told of it besides'),
  properties,
});

const hostPlan = v.object({
  host: text('the host, as it was named'),
  whole: orNull(v.boolean(), 'whether all devices of the host are known: others are not there; null where nobody says'),
  outcome: oneOf(['fits', 'fails', 'unknown'], 'of the VM as a whole'),
  stopsWith: orNull(planMessage, 'what the VMM says first before it ends; null where it starts, or that is not known'),
  errors: list(planError, 'what belongs to no device, in order'),
  devices: list(devicePlan, "devices of the host's, in the order in which the VMM makes them"),
  iommus: list(iommuPlan, "the guest's IOMMUs"),
});

const finding = v.object({
  severity: oneOf(['error', 'warning', 'note'], 'error: the VMM or its manager refuses it'),
  code: text('stable, for programs'),
  message: text('one sentence for people'),
  ...where,
});

export const vmPlan = v.object({
  name: text('the name of the VM'),
  source: part({ format: text('such as libvirt'), file: text('as it was named'), line }, 'where its definition stands'),
  vmm: part(
    {
      profile: text('whose rules, such as qemu-11.1'),
      assumed: v.pipe(v.boolean(), v.description('whether nothing but the format chose the profile')),
      machine: orNull(text('machine type'), 'the full name of the machine type; null where there is none, or it is not known'),
    },
    'the VMM',
  ),
  hosts: list(hostPlan, 'in the order of the hosts'),
  findings: list(finding, 'what is to be said of the text itself'),
});
/** One VM in the JSON of `plan`. */
export type VmPlanJson = Json<typeof vmPlan>;
/** A message of a verdict in the JSON of `plan`. */
export type PlanMessageJson = Json<typeof planMessage>;
/** One assigned device on one host in the JSON of `plan`. */
export type DevicePlanJson = Json<typeof devicePlan>;
/** One vIOMMU on one host in the JSON of `plan`. */
export type IommuPlanJson = Json<typeof iommuPlan>;
/** One VM on one host in the JSON of `plan`. */
export type HostPlanJson = Json<typeof hostPlan>;
/** What a definition says that its VMM does not take or does not heed, in the JSON of `plan`. */
export type FindingJson = Json<typeof finding>;

export const planDocument = v.pipe(
  v.object({
    schemaVersion: schemaVersion(PLAN_SCHEMA_VERSION),
    vms: list(vmPlan, 'in the order of the input'),
    findings: list(finding, 'what belongs to no VM'),
    unread: count('inputs that could not be read'),
  }),
  v.title('airlock plan --json'),
  v.description('Whether each VM starts on each host, and what its guest sees of the devices of the host.'),
);
/** The JSON of `plan`. */
export type PlanJson = Json<typeof planDocument>;
