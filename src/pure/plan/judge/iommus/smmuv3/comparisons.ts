/** What QEMU compares between the guest's SMMUv3 and the host's, in its order and words (QEMU 11.1.3). */
import type { Smmuv3Numbers } from '../../../../iommu/index.ts';
import { type GuestRegisters, oasBits } from './registers.ts';

/** What its model has whatever is asked of it: two levels, little endian, AArch64 tables, 16 StreamID bits, all granules. */
const MODEL = { stLevel: 1, ttEndian: 2, ttf: 2, sidSize: 16, granule: 1 } as const;

/** The greatest that a guest's register can hold, so that a host with that much fits whatever it holds. */
const GREATEST: Readonly<Record<keyof GuestRegisters, number>> = { ats: 1, ril: 1, ssidsize: 20, oas: 7 };

interface Comparison {
  readonly code: string;
  /** null where a register that is not known decides. */
  fits(host: Smmuv3Numbers, guest: GuestRegisters): boolean | null;
  words(host: Smmuv3Numbers, guest: GuestRegisters): string;
}

/** The host must have at least what the guest's register says. */
function atLeast(name: keyof GuestRegisters, of: (host: Smmuv3Numbers) => number) {
  return (host: Smmuv3Numbers, guest: GuestRegisters): boolean | null => {
    const wanted = guest[name];
    if (wanted !== null) return of(host) >= wanted;
    return of(host) >= GREATEST[name] ? true : null;
  };
}

function granule(size: string, of: (host: Smmuv3Numbers) => number): Comparison {
  return {
    code: `smmuv3.granule-${size.toLowerCase()}`,
    fits: host => of(host) === MODEL.granule,
    words: () => `Host SMMUv3 doesn't support ${size} translation granule`,
  };
}

const COMPARISONS: readonly Comparison[] = [
  {
    code: 'smmuv3.stream-table',
    fits: ({ stLevel }) => stLevel === MODEL.stLevel,
    words: ({ stLevel }) => `Host SMMUv3 Stream Table format mismatch (host STLEVEL=${stLevel}, QEMU STLEVEL=${MODEL.stLevel})`,
  },
  {
    code: 'smmuv3.endian',
    fits: ({ ttEndian }) => ttEndian <= MODEL.ttEndian,
    words: () => "Host SMMUv3 doesn't support Little-endian translation table",
  },
  {
    code: 'smmuv3.table-format',
    fits: ({ ttf }) => ttf >= MODEL.ttf,
    words: () => "Host SMMUv3 doesn't support AArch64 translation table format",
  },
  {
    code: 'smmuv3.sidsize',
    fits: ({ sidSize }) => sidSize >= MODEL.sidSize,
    words: ({ sidSize }) => `Host SMMUv3 SIDSIZE not compatible (host=${sidSize}, QEMU=${MODEL.sidSize})`,
  },
  {
    code: 'smmuv3.ssidsize',
    fits: atLeast('ssidsize', host => host.ssidSize),
    words: ({ ssidSize }, { ssidsize }) => `Host SMMUv3 SSIDSIZE not compatible (host=${ssidSize}, QEMU=${ssidsize})`,
  },
  {
    code: 'smmuv3.ril',
    fits: atLeast('ril', host => host.ril),
    words: () => "Host SMMUv3 doesn't support Range Invalidation",
  },
  {
    code: 'smmuv3.oas',
    fits: atLeast('oas', host => host.oas),
    words: (host, { oas }) =>
      `Host SMMUv3 supports only ${oasBits(host.oas)}-bit IPA, but the vSMMU OAS implies ${oasBits(oas ?? 0)}-bit IPA`,
  },
  {
    code: 'smmuv3.ats',
    fits: atLeast('ats', host => host.ats),
    words: () => "Host SMMUv3 doesn't support Address Translation Services",
  },
  granule('4K', host => host.gran4k),
  granule('16K', host => host.gran16k),
  granule('64K', host => host.gran64k),
];

/** A refusal, or where not known `words` is null. */
export interface Mismatch {
  readonly code: string;
  /** null where it is not known whether it fits, since an earlier device of which nothing is known decided. */
  readonly words: string | null;
  /** The property that sets what the host does not have; null where none does. */
  readonly property: keyof GuestRegisters | null;
}

const PROPERTY: ReadonlyMap<string, keyof GuestRegisters> = new Map([
  ['smmuv3.ssidsize', 'ssidsize'],
  ['smmuv3.ril', 'ril'],
  ['smmuv3.oas', 'oas'],
  ['smmuv3.ats', 'ats'],
]);

/** The first comparison that fails, or of which it is not known; null where all hold. */
export function compareWithHost(host: Smmuv3Numbers, guest: GuestRegisters): Mismatch | null {
  for (const { code, fits, words } of COMPARISONS) {
    const answer = fits(host, guest);
    if (answer !== true) return { code, words: answer === null ? null : words(host, guest), property: PROPERTY.get(code) ?? null };
  }
  return null;
}
