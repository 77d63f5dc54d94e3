/** The capture format, declared once: the type, the check and the published JSON Schema follow from it. */
import * as v from 'valibot';

/** The format's version. A newer one is refused, with words that say so. */
export const SCHEMA_VERSION = 1;

const hex = (what: string) => v.pipe(v.string(), v.regex(/^0x[0-9a-f]{1,16}$/, `wanted ${what} such as "0x1f"`), v.description(what));
const hexId = (what: string) => v.pipe(v.string(), v.regex(/^0x[0-9a-f]{4}$/, `wanted ${what} such as "0x8086"`), v.description(what));
const hexDword = (what: string) => v.pipe(v.string(), v.regex(/^0x[0-9a-f]{1,8}$/, `wanted ${what} such as "0x1"`), v.description(what));

const text = (most: number, what: string) => v.pipe(v.string(), v.maxLength(most), v.description(what));
const whole = (least: number, most: number) => v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most));

/** Bytes from offset 0 up: two digits each, `??` for a byte that is not known. */
const configBytes = v.pipe(
  v.string(),
  v.regex(/^(?:[0-9a-f]{2}|\?\?){0,4096}$/, 'wanted at most 4096 bytes, each two digits of 0-9 a-f or "??" where it is not known'),
  v.description('config space from offset 0 up as far as it was read: two hexadecimal digits a byte, "??" for one that is not known'),
);

const bytes = v.pipe(
  v.string(),
  v.regex(/^(?:[0-9a-f]{2}){0,4096}$/, 'wanted two digits of 0-9 a-f for each byte'),
  v.description('bytes, two hexadecimal digits each'),
);

const hostIommu = v.pipe(
  v.strictObject({
    backend: v.picklist(['iommufd', 'legacy'], 'wanted "iommufd" or "legacy"'),
    hwInfo: v.optional(
      v.strictObject({
        type: hexDword('out_data_type of IOMMU_GET_HW_INFO'),
        data: bytes,
        capabilities: v.nullable(hex('out_capabilities; null where the kernel did not return them')),
        maxPasidLog2: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(255), v.description('out_max_pasid_log2')),
      }),
    ),
  }),
  v.description('what the host said about the IOMMU behind the device: the raw answer of IOMMU_GET_HW_INFO'),
);

const redactedPlace = v.strictObject({
  at: hex('offset in config space'),
  length: whole(1, 4096),
  what: text(100, 'what stands there, such as "BAR 0"'),
});

const device = v.strictObject({
  address: v.pipe(
    v.string(),
    v.regex(/^[0-9a-f]{4,8}:[0-9a-f]{2}:[01][0-9a-f]\.[0-7]$/, 'wanted an address such as "0000:3b:00.1"'),
    v.description('domain:bus:device.function'),
  ),
  description: v.optional(v.pipe(v.string(), v.maxLength(1000))),
  config: v.pipe(configBytes, v.description('host bytes: what the hardware holds')),
  vfio: v.optional(v.pipe(configBytes, v.description("vfio bytes: what the kernel's vfio-pci let user space read, where it was read"))),
  bars: v.optional(
    v.pipe(
      v.array(v.strictObject({ index: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(6)), size: hex('size in bytes') })),
      v.maxLength(7),
      v.description('sizes of the base address regions; index 6 is the expansion ROM'),
    ),
  ),
  virtualFunction: v.optional(
    v.pipe(
      v.strictObject({
        vendorId: hexId('Vendor ID of the physical function'),
        deviceId: hexId('VF Device ID of the physical function'),
        bars: v.optional(
          v.pipe(v.array(whole(0, 15)), v.length(6), v.description('type bits [3:0] of BAR 0 to 5, which its own registers do not hold')),
        ),
      }),
      v.description('the identity of an SR-IOV virtual function, whose own config space says 0xffff'),
    ),
  ),
  driver: v.optional(v.nullable(v.pipe(v.string(), v.maxLength(100)))),
  iommuGroup: v.optional(v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0)))),
  numaNode: v.optional(v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0)))),
  iommu: v.optional(hostIommu),
  notAsked: v.optional(text(1000, 'why the kernel was not asked about the IOMMU behind the device')),
  redacted: v.optional(
    v.pipe(
      v.array(redactedPlace),
      v.maxLength(1024),
      v.description('what was taken out of the bytes: serial numbers are unknown bytes, addresses are 0 or closed windows'),
    ),
  ),
});

/** The capture format as a valibot schema: what `parseCapture` checks, and what the published JSON Schema is made of. */
export const captureSchema = v.pipe(
  v.strictObject({
    $schema: v.optional(v.string()),
    schemaVersion: v.literal(SCHEMA_VERSION),
    format: v.literal('airlock-capture'),
    description: v.optional(v.pipe(v.string(), v.maxLength(1000))),
    synthetic: v.optional(v.pipe(v.boolean(), v.description('true where no hardware stands behind the capture'))),
    redacts: v.optional(
      v.pipe(
        v.array(v.picklist(['serials', 'addresses'], 'wanted "serials" or "addresses"')),
        v.maxLength(2),
        v.description('what was taken out of all devices, if they had it: serial numbers, addresses of the host'),
      ),
    ),
    host: v.strictObject({
      kernel: v.optional(v.pipe(v.string(), v.maxLength(200), v.description('uname -r'))),
      architecture: v.optional(v.pipe(v.string(), v.maxLength(50), v.description('uname -m'))),
      iommu: v.optional(v.pipe(v.string(), v.maxLength(50), v.description('kind of IOMMU: intel-vtd, arm-smmuv3, amd, …'))),
      noAts: v.optional(v.pipe(v.boolean(), v.description("whether pci=noats stands on the kernel's command line"))),
      iommus: v.optional(
        v.pipe(
          v.array(v.strictObject({ kind: text(50, 'as in iommu'), attributes: v.record(v.string(), text(200, 'as sysfs has it')) })),
          v.maxLength(1024),
          v.description('registers of each IOMMU that sysfs shows: cap, ecap and version of VT-d, cap and features of AMD'),
        ),
      ),
    }),
    devices: v.pipe(v.array(device), v.maxLength(65536)),
  }),
  v.title('Airlock capture'),
  v.description('All that a host says about itself and its PCIe devices; made once, usable anywhere.'),
);

/** A capture: what one host says about itself and its devices. */
export type Capture = v.InferOutput<typeof captureSchema>;
/** One device of a capture. */
export type CaptureDevice = Capture['devices'][number];
