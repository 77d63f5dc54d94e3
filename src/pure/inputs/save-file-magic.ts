/** How a save file of QEMU begins. */

/** `QEVM`, and the only version that QEMU writes. */
export const SAVE_FILE_MAGIC: readonly number[] = [0x51, 0x45, 0x56, 0x4d, 0, 0, 0, 3];

/** Whether these are the first bytes of a save file. */
export function isSaveFile(first: Uint8Array): boolean {
  return SAVE_FILE_MAGIC.every((byte, at) => first[at] === byte);
}
