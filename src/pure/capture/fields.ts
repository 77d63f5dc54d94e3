/** Parts that all versions of the capture format are made of. */
import * as v from 'valibot';

export const hex = (what: string) =>
  v.pipe(v.string(), v.regex(/^0x[0-9a-f]{1,16}$/, `wanted ${what} such as "0x1f"`), v.description(what));

const hexId = (what: string) => v.pipe(v.string(), v.regex(/^0x[0-9a-f]{4}$/, `wanted ${what} such as "0x8086"`), v.description(what));

export const hexDword = (what: string) =>
  v.pipe(v.string(), v.regex(/^0x[0-9a-f]{1,8}$/, `wanted ${what} such as "0x1"`), v.description(what));

export const text = (most: number, what: string) => v.pipe(v.string(), v.maxLength(most), v.description(what));

export const whole = (least: number, most: number) => v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most));

export const list = <T extends v.BaseSchema<unknown, unknown, v.BaseIssue<unknown>>>(item: T, most: number, what: string) =>
  v.pipe(v.array(item), v.maxLength(most), v.description(what));

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

export const address = (what: string) =>
  v.pipe(
    v.string(),
    v.regex(/^[0-9a-f]{4,8}:[0-9a-f]{2}:[01][0-9a-f]\.[0-7]$/, 'wanted an address such as "0000:3b:00.1"'),
    v.description(what),
  );

/** The raw answer of IOMMU_GET_HW_INFO. */
export const hwInfo = {
  type: hexDword('out_data_type of IOMMU_GET_HW_INFO'),
  data: bytes,
  capabilities: v.nullable(hex('out_capabilities; null where the kernel did not return them')),
  maxPasidLog2: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(255), v.description('out_max_pasid_log2')),
};

export const backend = v.picklist(['iommufd', 'legacy'], 'wanted "iommufd" or "legacy"');
export const HOST_IOMMU = 'what the host said about the IOMMU behind the device: the raw answer of IOMMU_GET_HW_INFO';

export const redactedPlace = {
  at: hex('offset in config space'),
  length: whole(1, 4096),
  what: text(100, 'what stands there, such as "BAR 0"'),
};
export const REDACTED = 'what was taken out of the bytes: serial numbers are unknown bytes, addresses are 0 or closed windows';

export const barIndex = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(6));
export const BARS = 'sizes of the base address regions; index 6 is the expansion ROM';

export const virtualFunction = {
  vendorId: hexId('Vendor ID of the physical function'),
  deviceId: hexId('VF Device ID of the physical function'),
  bars: v.optional(
    v.pipe(v.array(whole(0, 15)), v.length(6), v.description('type bits [3:0] of BAR 0 to 5, which its own registers do not hold')),
  ),
};
export const VIRTUAL_FUNCTION = 'the identity of an SR-IOV virtual function, whose own config space says 0xffff';

/** Fields of a device in every version. */
export const device = {
  address: address('domain:bus:device.function'),
  description: v.optional(v.pipe(v.string(), v.maxLength(1000))),
  config: v.pipe(configBytes, v.description('host bytes: what the hardware holds')),
  vfio: v.optional(v.pipe(configBytes, v.description("vfio bytes: what the kernel's vfio-pci let user space read, where it was read"))),
  driver: v.optional(v.nullable(v.pipe(v.string(), v.maxLength(100)))),
  numaNode: v.optional(v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0)))),
  notAsked: v.optional(text(1000, 'why the kernel was not asked about the IOMMU behind the device')),
};

/** Fields of a capture in every version. */
export const head = {
  $schema: v.optional(v.string()),
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
};

export const host = {
  kernel: v.optional(v.pipe(v.string(), v.maxLength(200), v.description('uname -r'))),
  architecture: v.optional(v.pipe(v.string(), v.maxLength(50), v.description('uname -m'))),
  noAts: v.optional(v.pipe(v.boolean(), v.description("whether pci=noats stands on the kernel's command line"))),
};

export const iommu = { kind: text(50, 'as in iommu'), attributes: v.record(v.string(), text(200, 'as sysfs has it')) };
export const IOMMUS = 'registers of each IOMMU that sysfs shows: cap, ecap and version of VT-d, cap and features of AMD';

export const TITLE = 'Airlock capture';
export const ALL = 'All that a host says about itself and its PCIe devices; made once, usable anywhere.';
export const MOST_DEVICES = 65536;
