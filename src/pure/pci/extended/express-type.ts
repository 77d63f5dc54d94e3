/** Which kind of PCI Express function a config space belongs to, for capabilities that have registers only in some (PCIe 6.0 §7.5.3.2). */
import type { Source } from '../../bytes/layout.ts';

/** Device/Port Types (PCIe 6.0 Table 7-17). */
export const EXPRESS_TYPE = {
  endpoint: 0,
  legacyEndpoint: 1,
  rootPort: 4,
  upstreamPort: 5,
  downstreamPort: 6,
  pcieToPciBridge: 7,
  pciToPcieBridge: 8,
  rootComplexEndpoint: 9,
  eventCollector: 10,
} as const;

const POINTER = 0x34;
const POINTER_CARDBUS = 0x14;
const EXPRESS_ID = 0x10;
/** More capabilities than 48 do not fit between 40h and FFh. */
const MOST_CAPABILITIES = 48;

/** The Device/Port Type in the PCI Express capability, or null for a function without one. Ends on any bytes. */
export function expressType(source: Source): number | null {
  const status = source.read(0x06, 2) ?? 0;
  if ((status & 0x10) === 0) return null;
  const cardbus = ((source.read(0x0e, 1) ?? 0) & 0x7f) === 2;
  let at = (source.read(cardbus ? POINTER_CARDBUS : POINTER, 1) ?? 0) & ~3;
  for (let i = 0; i < MOST_CAPABILITIES && at >= 0x40; i++) {
    const header = source.read(at, 4);
    if (header === undefined || (header & 0xff) === 0xff) return null;
    if ((header & 0xff) === EXPRESS_ID) return (header >>> 20) & 15;
    at = (header >>> 8) & 0xfc;
  }
  return null;
}

/** Root Ports and Root Complex Event Collectors: what receives error messages (PCIe 6.0 §6.2.4.1.2). */
export function receivesErrors(source: Source): boolean {
  const type = expressType(source);
  return type === EXPRESS_TYPE.rootPort || type === EXPRESS_TYPE.eventCollector;
}

/** Functions that request and complete on their own behalf, as opposed to ports. */
export function isEndpoint(type: number | null): boolean {
  return type === EXPRESS_TYPE.endpoint || type === EXPRESS_TYPE.legacyEndpoint || type === EXPRESS_TYPE.rootComplexEndpoint;
}
