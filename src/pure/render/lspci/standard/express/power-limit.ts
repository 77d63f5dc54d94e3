/** The power limit of a PCI Express slot as text (PCIe 6.0 §7.5.3.3). */

const FIRST_CODE = 0xf0;
const RESERVED_CODE = 0xff;

/** `25W`, `0.75W`. From F0h at scale 0 the value is a code: 250 W and up in steps of 25 W. */
export function formatPowerLimit(value: number, scale: number): string {
  if (scale !== 0 || value < FIRST_CODE) return `${value / 10 ** scale}W`;
  return value === RESERVED_CODE ? '>600W' : `${250 + 25 * (value - FIRST_CODE)}W`;
}
