/** What IOMMU_GET_HW_INFO says of the IOMMU behind a device, as `airlock probe` prints it. */
import * as v from 'valibot';
import { bytes, coded, count, flag, hex, type Json, list, orNull, registers, text } from './values.ts';

const vtdMeaning = v.object({
  guestAddressBits: count('bits of an address that a guest may use'),
  addressWidths: list(count('bits'), 'widths of second-stage tables, in bits'),
  domains: count('how many domains the IOMMU can tell apart'),
  deviceTlb: flag('whether devices may keep translations: ATS'),
  scalableMode: flag('whether it has scalable mode'),
  pasidBits: count('bits of a PASID; 0 without PASID'),
  pageRequests: flag('whether devices may ask for pages: PRI'),
  nested: flag('whether it nests translations'),
  dirtyTracking: flag('whether it marks pages that were written'),
});

const smmuv3Meaning = v.object({
  aarch64Tables: flag('whether it walks AArch64 tables'),
  streamIdBits: count('bits of a StreamID'),
  substreamIdBits: count('bits of a SubstreamID, which is a PASID; 0 without'),
  outputAddressBits: count('bits of an output address'),
  virtualAddressBits: count('bits of an input address'),
  granules: list(count('KiB'), 'page sizes, in KiB'),
  rangeInvalidation: flag('whether it invalidates ranges'),
});

const cmdqvMeaning = v.object({
  commandQueues: count('virtual command queues'),
  streamIds: count('StreamIDs of a virtual interface'),
});

const amdMeaning = v.object({
  pasidBits: count('bits of a PASID; 0 without PASID'),
  pageRequests: flag('whether devices may ask for pages: PRI'),
  guestTranslation: flag('whether it has guest translation'),
  guestPageTables: flag("whether it has all that Linux wants before it looks at a device's ATS, PRI and PASID"),
});

const register = v.object({
  name: text('as the specification has it, such as ecap or idr0'),
  raw: hex('the register as it came'),
  fields: orNull(registers('fields by name'), 'fields by name; null for a number that has none'),
});

export const hwInfo = v.object({
  type: hex('out_data_type'),
  typeName: text('such as intel-vtd; unknown (0x2a) for a type that is not known, none for no data'),
  data: bytes('the data as it came'),
  capabilities: orNull(hex('out_capabilities'), 'out_capabilities, in hexadecimal; null where the kernel did not return them'),
  capabilityFlags: orNull(
    registers('flags of out_capabilities by name'),
    'flags of out_capabilities by name, and in reserved those without one; null where they were not returned',
  ),
  maxPasidLog2: count('out_max_pasid_log2: bits of a PASID'),
  registers: list(register, 'registers that the data holds whole; none for a type that is not known'),
  meaning: orNull(
    v.union([vtdMeaning, smmuv3Meaning, cmdqvMeaning, amdMeaning]),
    'what the registers mean, by the rules of Linux; null where the type is not known or the data too short',
  ),
  errata: list(v.string(), 'names of errata flags that are set'),
  notes: list(v.object(coded), 'something to know about the report'),
});
/** A report of IOMMU_GET_HW_INFO in JSON. */
export type HwInfoJson = Json<typeof hwInfo>;
