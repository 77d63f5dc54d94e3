/** Who the synthetic devices say they are. */

/**
 * No vendor of that ID is in the lists of PCI IDs, and virtual machines have long used it for devices that nobody builds: a
 * class code says what each of ours is like, and no driver takes it for a product.
 */
export const VENDOR = 0x1234;

/** Device IDs of our own choice under that vendor. */
export const DEVICE_IDS = { gpu: 0xa001, gpuVf: 0xa101, nvme: 0xa002, nicVf: 0xa103 } as const;

/** An EUI-64 whose "locally administered" bit is set, so that it is nobody's. */
export function serialNumber(n: number): bigint {
  return 0x02_00_00_ff_fe_00_00_00n + BigInt(n);
}

export const KIB = 1024;
export const MIB = 1024 * KIB;
export const GIB = 1024 * MIB;
