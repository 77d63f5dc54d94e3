/** What `airlock probe` prints. */
import * as v from 'valibot';
import { PROBE_SCHEMA_VERSION } from '../versions.ts';
import { differenceLength, differencePlace, sideValue } from './compare.ts';
import { hwInfo } from './hw-info.ts';
import { interrupt, regionFields } from './regions.ts';
import { address, coded, configBytes, count, flag, hex, type Json, list, oneOf, orNull, part, schemaVersion, text } from './values.ts';

const pasid = v.object({
  maxLog2: count('bits of a PASID'),
  exec: flag('whether Execute Permission is enabled on the device'),
  priv: flag('whether Privileged Mode is enabled on the device'),
});

const region = v.object({
  ...regionFields,
  flags: hex('VFIO_REGION_INFO_FLAG_… as they came'),
  offset: hex('where in the device file it lies, in bytes'),
  isMsixMappable: flag('whether the pages that hold the MSI-X table may be mapped too'),
  type: orNull(v.object({ type: hex('type'), subtype: hex('subtype') }), 'what a region is that has no fixed index; null for any other'),
});

const config = v.object({
  hardware: configBytes("the hardware's bytes"),
  vfio: configBytes("vfio's bytes"),
  compared: count('bytes that were read of both'),
  differences: list(
    v.object({ ...differencePlace, length: differenceLength, hardware: sideValue('the hardware'), vfio: sideValue('vfio') }),
    'by offset',
  ),
});

export const probeDocument = v.pipe(
  v.object({
    schemaVersion: schemaVersion(PROBE_SCHEMA_VERSION),
    bdf: address('address of the device'),
    driver: text('the driver that it is bound to'),
    backend: oneOf(['iommufd', 'legacy'], 'how it was opened'),
    path: text('what was opened, such as /dev/vfio/devices/vfio3'),
    iommuGroup: orNull(v.number(), 'number of its IOMMU group; null where it has none'),
    kernel: orNull(v.string(), 'uname -r; null where it is not known'),
    ats: part(
      { answer: oneOf(['supported', 'unsupported', 'unreported'], 'unreported: the kernel cannot say'), ...coded },
      'whether ATS can be used for the device, and from what that follows',
    ),
    pasid: orNull(pasid, 'null where PASID cannot be used or the kernel cannot say'),
    hwInfo: orNull(hwInfo, 'the answer of IOMMU_GET_HW_INFO; null where the kernel cannot be asked'),
    moreHwInfo: list(hwInfo, 'reports of further types, which the kernel gives on request alone'),
    device: part(
      {
        flags: hex('VFIO_DEVICE_FLAGS_… as they came'),
        canReset: flag('whether the device can be reset'),
      },
      'what VFIO_DEVICE_GET_INFO says',
    ),
    config: v.pipe(config, v.description('config space of the hardware beside what vfio-pci shows of it')),
    regions: list(region, 'without those that the kernel does not know for this device'),
    interrupts: list(interrupt, 'without those that the kernel does not know for this device'),
  }),
  v.title('airlock probe --json'),
  v.description('What the kernel says about one device when it is asked.'),
);
/** The JSON of `airlock probe`. */
export type ProbeJson = Json<typeof probeDocument>;
