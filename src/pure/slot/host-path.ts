/** What passes the host's ports above a function: AtomicOps to the root and back (PCIe 6.0 §6.15), End-End TLP Prefixes (§2.2.10.4). */
import type { PortsAbove } from '../facts/index.ts';
import type { ConfigSpace } from '../pci/config-space.ts';
import { ATOMIC_COMPLETION, type ExpressFacts, expressFacts } from '../pci/express-facts.ts';
import {
  PCI_EXP_DEVCAP2_ATOMIC_ROUTE,
  PCI_EXP_DEVCAP2_EE_PREFIX,
  PCI_EXP_DEVCTL2_ATOMIC_EGRESS_BLOCK,
  PCI_EXP_DEVCTL2_ATOMIC_REQ,
  PCI_EXP_TYPE_DOWNSTREAM,
  PCI_EXP_TYPE_ENDPOINT,
  PCI_EXP_TYPE_LEG_END,
  PCI_EXP_TYPE_ROOT_PORT,
  PCI_EXP_TYPE_UPSTREAM,
} from '../spec/pci-regs.ts';

type ExpressRegisters = ReturnType<typeof expressFacts>;

/** Bits that are certainly set, and those that are or may be. */
export interface BitRange {
  readonly least: number;
  readonly most: number;
}

const NOTHING: BitRange = { least: 0, most: 0 };
const exactly = (bits: number): BitRange => ({ least: bits, most: bits });
const atMost = (bits: number): BitRange => ({ least: 0, most: bits });
const both = (a: BitRange, b: BitRange): BitRange => ({ least: a.least & b.least, most: a.most & b.most });

/** What a port between function and root port lets through. */
function throughPort(port: ExpressRegisters): BitRange {
  if (port === 'absent' || port === 'unknown') return atMost(ATOMIC_COMPLETION);
  const { type, deviceCapabilities2: capabilities, deviceControl2: control } = port;
  if (type !== PCI_EXP_TYPE_UPSTREAM && type !== PCI_EXP_TYPE_DOWNSTREAM) return atMost(ATOMIC_COMPLETION);
  if (capabilities !== null && (capabilities & PCI_EXP_DEVCAP2_ATOMIC_ROUTE) === 0) return NOTHING;
  if (type === PCI_EXP_TYPE_UPSTREAM && control !== null && (control & PCI_EXP_DEVCTL2_ATOMIC_EGRESS_BLOCK) !== 0) return NOTHING;
  const isKnown = capabilities !== null && (type !== PCI_EXP_TYPE_UPSTREAM || control !== null);
  return isKnown ? exactly(ATOMIC_COMPLETION) : atMost(ATOMIC_COMPLETION);
}

/** Sizes that the path to the root port and the root port itself complete. */
function throughPath(above: readonly ConfigSpace[]): BitRange {
  const ports = above.map(expressFacts);
  const root = ports[ports.length - 1];
  if (root === undefined || root === 'absent' || root === 'unknown' || root.type !== PCI_EXP_TYPE_ROOT_PORT)
    return atMost(ATOMIC_COMPLETION);
  const atRoot = root.deviceCapabilities2;
  const completed = atRoot === null ? atMost(ATOMIC_COMPLETION) : exactly(atRoot & ATOMIC_COMPLETION);
  return ports.slice(0, -1).map(throughPort).reduce(both, completed);
}

/** On the root bus the kernel goes by whether the function is enabled as a requester. */
function onRootBus({ deviceControl2: control }: ExpressFacts): BitRange {
  if (control === null) return atMost(ATOMIC_COMPLETION);
  return (control & PCI_EXP_DEVCTL2_ATOMIC_REQ) === 0 ? NOTHING : exactly(ATOMIC_COMPLETION);
}

/**
 * Sizes of AtomicOps, as bits of Device Capabilities 2, that vfio-pci is expected to report to the VMM (linux/vfio.h,
 * VFIO_DEVICE_INFO_CAP_PCI_ATOMIC_COMP): those that an endpoint itself and its path to the root complete. For a virtual function the
 * physical function counts, whose registers are unknown.
 */
export function expectedAtomicOps(device: ExpressRegisters, above: PortsAbove): BitRange {
  if (device === 'absent') return NOTHING;
  const path = above === null || above.length === 0 ? atMost(ATOMIC_COMPLETION) : throughPath(above);
  if (device === 'unknown') return atMost(path.most);
  if (device.type !== PCI_EXP_TYPE_ENDPOINT && device.type !== PCI_EXP_TYPE_LEG_END) return NOTHING;
  const own = device.deviceCapabilities2;
  const completed = own === null ? atMost(ATOMIC_COMPLETION) : exactly(own & ATOMIC_COMPLETION);
  return both(completed, above?.length === 0 ? onRootBus(device) : path);
}

/** Whether a function takes and sends End-End TLP Prefixes, or passes them on. */
export function hasEndEndPrefix(port: ExpressRegisters): boolean | null {
  if (port === 'absent') return false;
  if (port === 'unknown' || port.deviceCapabilities2 === null) return null;
  return (port.deviceCapabilities2 & PCI_EXP_DEVCAP2_EE_PREFIX) !== 0;
}

/** No where one of them is no; else unknown where one is unknown. */
export function allHold(holds: readonly (boolean | null)[]): boolean | null {
  return holds.includes(false) ? false : holds.includes(null) ? null : true;
}

/** Whether all of the host's ports above pass them on. */
export function pathHasEndEndPrefix(above: PortsAbove): boolean | null {
  return above === null ? null : allHold(above.map(expressFacts).map(hasEndEndPrefix));
}
