/** The checksums of .xz and bzip2 files. */

const BYTE_VALUES = 256;

/** CRC-32 of IEEE 802.3, low bit first (.xz format §6). */
const CRC32 = Uint32Array.from({ length: BYTE_VALUES }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc & 1) !== 0 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

export function crc32(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) crc = (crc >>> 8) ^ (CRC32[(crc ^ byte) & 0xff] ?? 0);
  return ~crc >>> 0;
}

/** CRC-64 of ECMA-182, low bit first (.xz format §6): its low and high half. */
const CRC64 = Array.from({ length: BYTE_VALUES }, (_, byte) => {
  let [low, high] = [byte, 0];
  for (let bit = 0; bit < 8; bit++) {
    const isSet = (low & 1) !== 0;
    low = (low >>> 1) | (high << 31);
    high >>>= 1;
    if (isSet) [low, high] = [low ^ 0xd7870f42, high ^ 0xc96c5795];
  }
  return [low, high] as const;
});
const CRC64_LOW = Int32Array.from(CRC64, ([low]) => low);
const CRC64_HIGH = Int32Array.from(CRC64, ([, high]) => high);

/** Low and high half. */
export function crc64(bytes: Uint8Array): readonly [number, number] {
  let [low, high] = [-1, -1];
  for (const byte of bytes) {
    const at = (low ^ byte) & 0xff;
    low = ((low >>> 8) | (high << 24)) ^ (CRC64_LOW[at] ?? 0);
    high = (high >>> 8) ^ (CRC64_HIGH[at] ?? 0);
  }
  return [~low >>> 0, ~high >>> 0];
}

/** CRC-32 high bit first, as bzip2 has it for its blocks. */
const CRC32_HIGH_FIRST = Int32Array.from({ length: BYTE_VALUES }, (_, byte) => {
  let crc = byte << 24;
  for (let bit = 0; bit < 8; bit++) crc = crc < 0 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
  return crc;
});

export function crc32HighFirst(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) crc = (crc << 8) ^ (CRC32_HIGH_FIRST[((crc >>> 24) ^ byte) & 0xff] ?? 0);
  return ~crc >>> 0;
}
