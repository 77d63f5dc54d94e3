/** The shape of the rows in `generated/drivers.ts`, which tools/qemu-drivers.ts writes; it changes here and in the tool together. */

/** `hybrid`: PCI Express on a bus that is, conventional on one that is not. */
export type PciKind = 'conventional' | 'express' | 'hybrid';

/** A row of `generated/drivers.ts`. */
export type PciDriverRow = readonly [name: string, kind: PciKind, isOffered: boolean, isBridge: boolean, ancestors: readonly string[]];
