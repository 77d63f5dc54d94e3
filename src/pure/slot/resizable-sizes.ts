/** Sizes that config space does hold: those of regions that can be resized (PCIe 6.0 §7.8.6.3). */
import type { ConfigSpace } from '../pci/config-space.ts';
import { walkExtended } from '../pci/walk.ts';

const RESIZABLE_BAR = 0x15;
const MOST_BARS = 6;
/** 2^43 MB are 8 EB: the largest that the register can say. */
const MOST_EXPONENT = 43;
const NONE: ReadonlyMap<number, bigint> = new Map();

/** Bytes by BAR; none where a control register is not known, or two speak of the same BAR. */
export function resizableSizes(config: ConfigSpace): ReadonlyMap<number, bigint> {
  const found = walkExtended(config).capabilities.find(({ id }) => id === RESIZABLE_BAR);
  const first = found === undefined ? undefined : config.read(found.offset + 8, 4);
  if (found === undefined || first === undefined) return NONE;
  const sizes = new Map<number, bigint>();
  for (let i = 0; i < Math.min((first >> 5) & 7, MOST_BARS); i++) {
    const control = config.read(found.offset + 8 + 8 * i, 4);
    if (control === undefined) return NONE;
    const [bar, exponent] = [control & 7, (control >> 8) & 0x3f];
    if (exponent > MOST_EXPONENT || bar >= MOST_BARS || sizes.has(bar)) return NONE;
    sizes.set(bar, 1n << BigInt(20 + exponent));
  }
  return sizes;
}
