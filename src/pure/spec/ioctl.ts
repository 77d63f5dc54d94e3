/** ioctl request numbers as data (asm-generic/ioctl.h; x86, Arm and RISC-V share it). */

/** The number of an ioctl that declares no direction and no size: type in bits 15 to 8, number in bits 7 to 0. */
export function _IO(type: number, nr: number): number {
  return (type << 8) | nr;
}
