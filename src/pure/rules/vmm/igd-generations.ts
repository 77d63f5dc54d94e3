/** Generations of Intel graphics by device ID, as QEMU tells them: from 6 (Sandy Bridge) to 12. */

/** High bytes of device IDs. */
const BY_FAMILY: ReadonlyMap<number, number> = new Map([
  ...[0x04, 0x0a, 0x0c, 0x0d, 0x0f].map(family => [family, 7] as const),
  ...[0x16, 0x22].map(family => [family, 8] as const),
  ...[0x19, 0x1a, 0x31, 0x3e, 0x59, 0x5a, 0x9b].map(family => [family, 9] as const),
  ...[0x45, 0x4e, 0x8a].map(family => [family, 11] as const),
  ...[0x46, 0x4c, 0x9a, 0xa7].map(family => [family, 12] as const),
]);

/** The one Broxton in a family of Haswells. */
const BROXTON = 0x0a84;

/** In family 01xxh a low byte below 50h is Sandy Bridge, any other Ivy Bridge. */
const SANDY_OR_IVY = 0x01;

/** The generation, or null for a device that is not known as Intel graphics. */
export function igdGeneration(deviceId: number): number | null {
  if (deviceId === BROXTON) return 9;
  const family = deviceId >> 8;
  if (family === SANDY_OR_IVY) return (deviceId & 0xff) < 0x50 ? 6 : 7;
  return BY_FAMILY.get(family) ?? null;
}
