/** Version 1 of the capture format, which is read and no longer written. */
import * as v from 'valibot';
import * as fields from './fields.ts';

const { list, text, hex } = fields;

const hostIommu = v.strictObject({ backend: fields.backend, hwInfo: v.optional(v.strictObject(fields.hwInfo)) });

const device = v.strictObject({
  ...fields.device,
  bars: v.optional(list(v.strictObject({ index: fields.barIndex, size: hex('size in bytes') }), 7, fields.BARS)),
  virtualFunction: v.optional(v.pipe(v.strictObject(fields.virtualFunction), v.description(fields.VIRTUAL_FUNCTION))),
  iommuGroup: v.optional(v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0)))),
  iommu: v.optional(v.pipe(hostIommu, v.description(fields.HOST_IOMMU))),
  redacted: v.optional(list(v.strictObject(fields.redactedPlace), 1024, fields.REDACTED)),
});

/** Version 1 of the capture format, which is still read. */
export const capture1Schema = v.pipe(
  v.strictObject({
    ...fields.head,
    schemaVersion: v.literal(1),
    host: v.strictObject({
      ...fields.host,
      iommu: v.optional(text(50, 'kind of IOMMU: intel-vtd, arm-smmuv3, amd, …')),
      iommus: v.optional(list(v.strictObject(fields.iommu), 1024, fields.IOMMUS)),
    }),
    devices: v.pipe(v.array(device), v.maxLength(fields.MOST_DEVICES)),
  }),
  v.title(fields.TITLE),
  v.description(fields.ALL),
);

/** A capture of version 1. */
export type Capture1 = v.InferOutput<typeof capture1Schema>;
