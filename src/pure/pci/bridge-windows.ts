/** The address ranges that a bridge forwards (PCI-to-PCI Bridge 1.2 §3.2.5.6 to §3.2.5.9; PCIe 6.0 §7.5.1.3.6 to §7.5.1.3.9). */
import type { Type1Header } from './header.ts';

/** One range of addresses that a bridge passes on to the bus below it. */
export interface BridgeWindow {
  readonly kind: 'io' | 'memory' | 'prefetchable';
  /** Address bits that the bridge decodes; null where base and limit disagree or say something reserved. */
  readonly width: 16 | 32 | 64 | null;
  /** First and last address; the window is closed where `limit` is below `base`. */
  readonly base: bigint;
  readonly limit: bigint;
  /** The base and limit registers as they stand, without their upper halves. */
  readonly raw: readonly [base: number, limit: number];
}

/** One of a window's two registers and its upper half. */
interface Bound {
  readonly low: number;
  readonly high: number;
}

/** The I/O, memory and prefetchable window of a bridge, in this order; one whose registers are unknown is left out. */
export function decodeBridgeWindows(header: Partial<Type1Header>): BridgeWindow[] {
  const { ioBase, ioLimit, memoryBase, memoryLimit, prefetchableBase, prefetchableLimit } = header;
  const windows: BridgeWindow[] = [];
  if (ioBase !== undefined && ioLimit !== undefined) {
    const upper = { base: header.ioBaseUpper ?? 0, limit: header.ioLimitUpper ?? 0 };
    windows.push(ioWindow({ low: ioBase, high: upper.base }, { low: ioLimit, high: upper.limit }));
  }
  if (memoryBase !== undefined && memoryLimit !== undefined) {
    windows.push(memoryWindow('memory', { low: memoryBase, high: 0 }, { low: memoryLimit, high: 0 }));
  }
  if (prefetchableBase !== undefined && prefetchableLimit !== undefined) {
    const upper = { base: header.prefetchableBaseUpper ?? 0, limit: header.prefetchableLimitUpper ?? 0 };
    windows.push(memoryWindow('prefetchable', { low: prefetchableBase, high: upper.base }, { low: prefetchableLimit, high: upper.limit }));
  }
  return windows;
}

/** I/O windows come in steps of 4 KB; the upper halves count only where the type is 1. */
function ioWindow(base: Bound, limit: Bound): BridgeWindow {
  const type = base.low & 15;
  const address = ({ low, high }: Bound) => BigInt(type === 1 ? high : 0) * 0x10000n + BigInt((low & 0xf0) << 8);
  const width = type !== (limit.low & 15) || type > 1 ? null : type === 1 ? 32 : 16;
  return { kind: 'io', width, base: address(base), limit: address(limit) + 0xfffn, raw: [base.low, limit.low] };
}

/** Memory windows come in steps of 1 MB; only a prefetchable one may be of type 1, 64 bits wide. */
function memoryWindow(kind: 'memory' | 'prefetchable', base: Bound, limit: Bound): BridgeWindow {
  const type = base.low & 15;
  const address = ({ low, high }: Bound) => BigInt(type === 1 ? high : 0) * 0x1_0000_0000n + BigInt(low & 0xfff0) * 0x10000n;
  const isKnownType = type === (limit.low & 15) && (type === 0 || (type === 1 && kind === 'prefetchable'));
  const width = !isKnownType ? null : type === 1 ? 64 : 32;
  return { kind, width, base: address(base), limit: address(limit) + 0xfffffn, raw: [base.low, limit.low] };
}
