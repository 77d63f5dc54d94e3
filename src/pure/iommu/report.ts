/** What the kernel reports about the IOMMU behind a device: the answer of IOMMU_GET_HW_INFO, kept as it came (linux/iommufd.h). */
import { iommu_hw_info } from '../spec/iommufd/index.ts';

/** One answer of IOMMU_GET_HW_INFO. */
export interface HwInfoReport {
  /** `out_data_type`; 0 where the IOMMU driver has no data. */
  readonly type: number;
  /** The data of that type, as many bytes as the kernel filled in. */
  readonly data: Uint8Array;
  /** `out_capabilities`; null from a reply that is too short to hold it. */
  readonly capabilities: bigint | number | null;
  /** `out_max_pasid_log2`; 0 where PASID cannot be used. */
  readonly maxPasidLog2: number;
  /** `uname -r` of the host, where known. */
  readonly kernel?: string | undefined;
}

/** The kernel takes and answers this many bytes at least; `out_capabilities` lies behind them. */
const MIN_SIZE = iommu_hw_info.fields.out_capabilities.offset;

/**
 * The report in a `struct iommu_hw_info` reply of 32 bytes or more and the buffer that its `data_uptr` pointed to. Data beyond the
 * reply's `data_len` is not the kernel's and is left out.
 * @throws RangeError when the reply is shorter than 32 bytes
 */
export function decodeHwInfoReply(reply: Uint8Array, data: Uint8Array, kernel?: string): HwInfoReport {
  if (reply.length < MIN_SIZE) throw new RangeError(`Cannot decode iommu_hw_info: ${reply.length} bytes, needs ${MIN_SIZE}`);
  const whole = new Uint8Array(iommu_hw_info.size);
  whole.set(reply.subarray(0, whole.length));
  const info = iommu_hw_info.decode(whole);
  // The size the caller passed in bounds what the kernel wrote, whatever the buffer's length.
  const filled = Math.min(reply.length, info.size);
  return {
    type: info.out_data_type,
    data: data.slice(0, info.data_len),
    capabilities: filled < iommu_hw_info.size ? null : info.out_capabilities,
    maxPasidLog2: info.out_max_pasid_log2,
    kernel,
  };
}

/** Whether two reports say the same of the IOMMU: type, data, capabilities and PASID width. */
export function isSameReport(a: HwInfoReport, b: HwInfoReport): boolean {
  const isSame = a.type === b.type && a.maxPasidLog2 === b.maxPasidLog2 && BigInt(a.capabilities ?? -1) === BigInt(b.capabilities ?? -1);
  return isSame && a.data.length === b.data.length && a.data.every((byte, at) => byte === b.data[at]);
}
