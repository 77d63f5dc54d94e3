/** The capture format, declared once: the type, the check and the published JSON Schema follow from it. */
import * as v from 'valibot';
import * as fields from './fields.ts';

const { address, hex, hexDword, list, text, whole } = fields;

/**
 * The version that is written. It rises when a field changes or goes, not when one is added: a reader ignores fields that it does not
 * know, and says so. A version above this one is refused.
 */
export const SCHEMA_VERSION = 2;

const partialBytes = (what: string, pattern: RegExp) =>
  v.pipe(v.string(), v.regex(pattern, `wanted two digits of 0-9 a-f for each byte of ${what}, at least one`), v.description(what));

const knownBits = (of: string) =>
  v.optional(
    list(
      v.object({
        at: hex('offset of the first byte'),
        mask: partialBytes('the bits that are known: a byte each, neither 00 nor ff', /^(?:(?!00|ff)[0-9a-f]{2}){1,4096}$/),
        value: partialBytes('those bits; the others are 0', /^(?:[0-9a-f]{2}){1,4096}$/),
      }),
      4096,
      `bytes of ${of} that are known in part, and "??" there: runs of neighbours in the order of their offsets`,
    ),
  );

const deviceFile = v.object({
  path: v.pipe(v.string(), v.regex(/^\/dev\/[\w/-]{1,100}$/, 'wanted a device file such as "/dev/iommu"')),
  mode: v.optional(v.pipe(v.string(), v.regex(/^[0-7]{4}$/, 'wanted four octal digits'), v.description('permissions'))),
  uid: v.optional(whole(0, 0xffff_ffff)),
  gid: v.optional(whole(0, 0xffff_ffff)),
});
const file = (what: string) => v.optional(v.pipe(v.nullable(deviceFile), v.description(`${what}; null where it is not there`)));

const checks = v.optional(
  list(
    v.object({
      code: text(100, 'stable, such as "iommu.on"'),
      status: v.picklist(['pass', 'warn', 'fail', 'unknown'], 'wanted "pass", "warn", "fail" or "unknown"'),
      text: text(2000, 'one sentence'),
    }),
    1024,
    'what airlock doctor found',
  ),
);

const addresses = (what: string) => list(address('domain:bus:device.function'), 65536, what);

const bar = v.object({
  index: fields.barIndex,
  size: hex('size in bytes'),
  kind: v.optional(v.picklist(['memory', 'io'], 'wanted "memory" or "io"')),
  width: v.optional(v.picklist([32, 64], 'wanted 32 or 64')),
  prefetchable: v.optional(v.boolean()),
});

const iommuGroup = v.object({
  number: whole(0, 0x7fff_ffff),
  type: v.optional(text(50, 'of its default domain: DMA, DMA-FQ, identity')),
  members: v.optional(list(text(100, 'sysfs name'), 65536, 'all of its devices, by their sysfs names')),
  file: file('/dev/vfio/N'),
});

const sriov = v.object({
  totalVfs: v.optional(v.nullable(whole(0, 0xffff))),
  physicalFunction: v.optional(v.nullable(address('of a virtual function'))),
  virtualFunctions: v.optional(addresses('those that it has now')),
});

const hostIommu = v.object({ backend: fields.backend, hwInfo: v.optional(v.object(fields.hwInfo)) });

const { device: ofDevice } = fields;
const { $schema, ...head } = fields.head;

/** Keys stand in a file in this order. */
const device = v.object({
  address: ofDevice.address,
  description: ofDevice.description,
  config: ofDevice.config,
  configBits: knownBits('config'),
  vfio: ofDevice.vfio,
  vfioBits: knownBits('vfio'),
  bars: v.optional(list(bar, 7, `${fields.BARS}; one that is not listed is not there`)),
  virtualFunction: v.optional(v.pipe(v.object(fields.virtualFunction), v.description(fields.VIRTUAL_FUNCTION))),
  driver: ofDevice.driver,
  iommuGroup: v.optional(v.pipe(v.nullable(iommuGroup), v.description('null where no IOMMU stands behind the device'))),
  numaNode: ofDevice.numaNode,
  sriov: v.optional(v.pipe(sriov, v.description('how virtual functions and their physical function belong together'))),
  resetMethods: v.optional(list(text(50, 'such as flr'), 32, 'in the order in which the kernel tries them')),
  cdev: file('/dev/vfio/devices/vfioN'),
  above: v.optional(addresses('the bridges above it, the nearest first, each among devices or bridges; empty on a root bus')),
  reportedAtomicOps: v.optional(hexDword('AtomicOps that vfio-pci reports as completed, as bits of Device Capabilities 2')),
  iommu: v.optional(v.pipe(hostIommu, v.description(fields.HOST_IOMMU))),
  notAsked: ofDevice.notAsked,
  checks,
  redacted: v.optional(list(v.object(fields.redactedPlace), 1024, fields.REDACTED)),
});

const bridge = v.object({
  address: ofDevice.address,
  config: ofDevice.config,
  configBits: knownBits('config'),
  redacted: v.optional(list(v.object(fields.redactedPlace), 1024, fields.REDACTED)),
});

const hostId = v.object({
  from: v.picklist(['machine-id', 'product-uuid'], 'wanted "machine-id" or "product-uuid"'),
  hash: v.pipe(
    v.string(),
    v.regex(/^[0-9a-f]{32}$/, 'wanted 32 digits of 0-9 a-f'),
    v.description('keyed hash of what `from` names; the same in every capture of the host'),
  ),
});

const moduleFacts = v.object({
  name: v.pipe(v.string(), v.regex(/^\w{1,64}$/, 'wanted the name of a module such as "vfio_pci"')),
  state: v.picklist(['loaded', 'builtin', 'present', 'absent'], 'wanted "loaded", "builtin", "present" or "absent"'),
  parameters: v.record(v.string(), text(200, 'as sysfs has it')),
});

const numaNode = v.object({
  node: whole(0, 0xffff),
  distances: v.optional(list(whole(0, 255), 65536, 'to each node, 10 to itself')),
  cpus: v.optional(text(1000, 'its processors, such as 0-15')),
});

const host = v.object({
  ...fields.host,
  pageSize: v.optional(v.pipe(whole(4096, 1 << 20), v.description('bytes of a page'))),
  id: v.optional(v.pipe(hostId, v.description('which host it is, without naming it'))),
  kernelOptions: v.optional(list(text(500, 'as it was given'), 1024, "words of the kernel's command line that matter, and no others")),
  iommus: v.optional(
    list(
      v.object({ ...fields.iommu, devices: v.optional(list(text(100, 'sysfs name'), 65536, 'those behind it, by their sysfs names')) }),
      1024,
      fields.IOMMUS,
    ),
  ),
  iommufd: file('/dev/iommu'),
  vfioContainer: file('/dev/vfio/vfio'),
  modules: v.optional(list(moduleFacts, 1024, "VFIO's modules and iommufd, with the parameters that matter")),
  numaNodes: v.optional(list(numaNode, 65536, 'NUMA nodes')),
  checks,
});

const WHOLE = 'true where devices are all PCI functions that the host had; false where it had others, as in a capture of chosen devices';

/** The capture format as a valibot schema: what `parseCapture` checks, and what the published JSON Schema is made of. */
export const captureSchema = v.pipe(
  v.object({
    $schema,
    schemaVersion: v.literal(SCHEMA_VERSION),
    ...head,
    time: v.optional(
      v.pipe(
        v.string(),
        v.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, 'wanted a time such as "2026-11-28T18:00:00Z"'),
        v.description('when it was captured (ISO 8601, UTC)'),
      ),
    ),
    whole: v.optional(v.pipe(v.boolean(), v.description(WHOLE))),
    host,
    devices: v.pipe(v.array(device), v.maxLength(fields.MOST_DEVICES)),
    bridges: v.optional(list(bridge, fields.MOST_DEVICES, 'bridges above the devices that are not among them')),
  }),
  v.title(fields.TITLE),
  v.description(fields.ALL),
);

/** A capture: what one host says about itself and its devices. */
export type Capture = v.InferOutput<typeof captureSchema>;
/** One device of a capture. */
export type CaptureDevice = Capture['devices'][number];
