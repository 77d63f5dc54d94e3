/** HW_INFO data of the Tegra241 CMDQV, command queues that an SMMUv3 gives to guests (linux/iommufd.h). */
import { type Fields, layout, reg32, reserved, u8 } from '../bytes/layout.ts';
import { iommu_hw_info_tegra241_cmdqv } from '../spec/iommufd/index.ts';
import { decodeData, type EncodableFields, type HwInfoNote } from './hw-info-data.ts';

const { flags, version, log2vcmdqs, log2vsids, __reserved } = iommu_hw_info_tegra241_cmdqv.fields;

const tegra241Cmdqv = layout({
  flags: reg32(flags.offset, {}),
  version: u8(version.offset),
  log2vcmdqs: u8(log2vcmdqs.offset),
  log2vsids: u8(log2vsids.offset),
  reserved: reserved(__reserved.offset, __reserved.size),
});

/** Fields of struct iommu_hw_info_tegra241_cmdqv. */
export type Tegra241CmdqvFields = Fields<typeof tegra241Cmdqv.pieces>;

/** How much one virtual interface has. */
export interface Tegra241CmdqvMeaning {
  readonly commandQueues: number;
  readonly streamIds: number;
}

function meaningOf({ log2vcmdqs, log2vsids }: Partial<Tegra241CmdqvFields>): Tegra241CmdqvMeaning | null {
  if (log2vcmdqs === undefined || log2vsids === undefined) return null;
  return { commandQueues: 2 ** log2vcmdqs, streamIds: 2 ** log2vsids };
}

/** Decodes any bytes. */
export function decodeHwInfoTegra241Cmdqv(data: Uint8Array) {
  const { fields, notes } = decodeData(tegra241Cmdqv, iommu_hw_info_tegra241_cmdqv, data);
  const text = 'The kernel gives this type only on request; the SMMUv3 behind the device has a report of its own.';
  const more: HwInfoNote[] = [...notes, { code: 'tegra241-cmdqv.only-on-request', text }];
  return { type: 'tegra241-cmdqv' as const, fields, meaning: meaningOf(fields), errata: [] as string[], notes: more };
}

/** The bytes of `struct iommu_hw_info_tegra241_cmdqv`; the reverse of `decodeHwInfoTegra241Cmdqv`. */
export function encodeHwInfoTegra241Cmdqv(fields: EncodableFields<typeof tegra241Cmdqv.pieces>): Uint8Array {
  return tegra241Cmdqv.encode({ reserved: undefined, ...fields });
}
