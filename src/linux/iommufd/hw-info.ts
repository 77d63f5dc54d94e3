/** IOMMU_GET_HW_INFO: asking the kernel about the IOMMU behind a device (linux/iommufd.h). */
import { release } from 'node:os';
import { decodeHwInfoReply, type HwInfoReport } from '../../pure/iommu/report.ts';
import { IOMMU_GET_HW_INFO, IOMMU_HW_INFO_FLAG_INPUT_TYPE, iommu_hw_info } from '../../pure/spec/iommufd/index.ts';
import { type Descriptor, ioctl, NativeBlock } from '../ffi/index.ts';
import { HW_INFO_HINTS } from './hints.ts';

/** The largest data that this kernel header knows has 40 bytes. */
const FIRST_ROOM = 256;
/** More than any data will have, so that a wrong length allocates no more. */
const MOST_ROOM = 0x1_0000;

/** Asks with room for `room` bytes of data; the reply's `data_len` says how many the kernel has. */
function ask(iommufd: Descriptor, deviceId: number, type: number | undefined, room: number): { reply: Uint8Array; data: Uint8Array } {
  using block = NativeBlock.allocate(room);
  const argument = iommu_hw_info.encode({
    size: iommu_hw_info.size,
    flags: type === undefined ? 0 : IOMMU_HW_INFO_FLAG_INPUT_TYPE,
    dev_id: deviceId,
    data_len: room,
    data_uptr: block.addressOf(),
    in_data_type: type ?? 0,
  });
  const action = `read the IOMMU behind device ${deviceId}${type === undefined ? '' : ` as type ${type}`}`;
  ioctl(iommufd, IOMMU_GET_HW_INFO, argument, { call: 'IOMMU_GET_HW_INFO', action, hints: HW_INFO_HINTS });
  return { reply: argument, data: block.bytes.slice() };
}

/** The report about a bound device, of the IOMMU driver's own type or of `type`. Throws SyscallError. */
export function readHwInfo(iommufd: Descriptor, deviceId: number, type?: number): HwInfoReport {
  let answer = ask(iommufd, deviceId, type, FIRST_ROOM);
  const length = iommu_hw_info.decode(answer.reply).data_len;
  if (length > FIRST_ROOM) answer = ask(iommufd, deviceId, type, Math.min(length, MOST_ROOM));
  return decodeHwInfoReply(answer.reply, answer.data, release());
}
