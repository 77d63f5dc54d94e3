/** What a VFIO device says about itself (struct vfio_device_info in linux/vfio.h). */
import * as uapi from '../../pure/spec/vfio/index.ts';
import { decodeCapabilityChain } from './capability-chain.ts';

/** Which AtomicOps the device can send all the way to memory (PCIe 6.0 §6.15). */
export interface AtomicCompletion {
  readonly bits32: boolean;
  readonly bits64: boolean;
  readonly bits128: boolean;
}

export interface VfioDeviceInfo {
  /** As the kernel gave them: `VFIO_DEVICE_FLAGS_…`. */
  readonly flags: number;
  readonly isPci: boolean;
  readonly canReset: boolean;
  readonly regionCount: number;
  readonly irqCount: number;
  /** null where the kernel does not say. */
  readonly atomicCompletion: AtomicCompletion | null;
}

/** The info in a reply of VFIO_DEVICE_GET_INFO. RangeError for one shorter than its struct. */
export function decodeDeviceInfo(reply: Uint8Array): VfioDeviceInfo {
  const info = uapi.vfio_device_info.decode(reply);
  const has = (flag: number): boolean => (info.flags & flag) !== 0;
  const chain = has(uapi.VFIO_DEVICE_FLAGS_CAPS) ? decodeCapabilityChain(reply, info.cap_offset) : [];
  const struct = uapi.vfio_device_info_cap_pci_atomic_comp;
  const atomic = chain.find(({ id, at }) => id === uapi.VFIO_DEVICE_INFO_CAP_PCI_ATOMIC_COMP && at + struct.size <= reply.length);
  const completions = atomic === undefined ? null : struct.decode(reply, atomic.at).flags;
  return {
    flags: info.flags,
    isPci: has(uapi.VFIO_DEVICE_FLAGS_PCI),
    canReset: has(uapi.VFIO_DEVICE_FLAGS_RESET),
    regionCount: info.num_regions,
    irqCount: info.num_irqs,
    atomicCompletion:
      completions === null
        ? null
        : {
            bits32: (completions & uapi.VFIO_PCI_ATOMIC_COMP32) !== 0,
            bits64: (completions & uapi.VFIO_PCI_ATOMIC_COMP64) !== 0,
            bits128: (completions & uapi.VFIO_PCI_ATOMIC_COMP128) !== 0,
          },
  };
}
