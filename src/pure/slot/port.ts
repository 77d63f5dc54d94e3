/** What the port above the guest's device contributes: completion of AtomicOps, and End-End TLP Prefixes, which PASID needs. */

import type { PortsAbove } from '../facts/index.ts';
import type { Placement, Profile } from '../guest-view/index.ts';
import type { ConfigSpace } from '../pci/config-space.ts';
import { expressFacts } from '../pci/express-facts.ts';
import { PCI_EXP_DEVCAP2_ATOMIC_COMP32, PCI_EXP_DEVCAP2_ATOMIC_COMP64, PCI_EXP_DEVCAP2_ATOMIC_COMP128 } from '../spec/pci-regs.ts';
import { allHold, type BitRange, expectedAtomicOps, hasEndEndPrefix, pathHasEndEndPrefix } from './host-path.ts';

type DeviceRegisters = ReturnType<typeof expressFacts>;

export interface PortFacts {
  /** Host bytes. */
  readonly config: ConfigSpace;
  readonly above: PortsAbove;
  /** The kernel's own report, as bits of Device Capabilities 2; null where it was not asked. */
  readonly reportedAtomicOps: number | null;
  readonly isVirtual: boolean;
  readonly profile: Profile;
  readonly placement: Placement;
  readonly multifunction: boolean;
}

/** null: not known. */
export interface AtomicCompletion {
  readonly bits32: boolean | null;
  readonly bits64: boolean | null;
  readonly bits128: boolean | null;
  readonly code: string;
  /** Why, in a few words. */
  readonly text: string;
}

/** Whether the prefix that carries a PASID passes between the guest's device and its root. */
export interface EndEndPrefixes {
  /** Whether prefixes pass between the guest's device and its root; null where that is not known. */
  readonly guest: boolean | null;
  /** Whether prefixes pass between the host's device and its root. */
  readonly host: boolean | null;
  readonly code: string;
  readonly text: string;
}

/** What the port above the guest's device contributes. */
export interface SlotPort {
  readonly placement: Placement;
  readonly atomicCompletion: AtomicCompletion;
  readonly endEndPrefixes: EndEndPrefixes;
}

function completion({ least, most }: BitRange, code: string, text: string): AtomicCompletion {
  const bit = (mask: number) => ((least & mask) !== 0 ? true : (most & mask) !== 0 ? null : false);
  return {
    bits32: bit(PCI_EXP_DEVCAP2_ATOMIC_COMP32),
    bits64: bit(PCI_EXP_DEVCAP2_ATOMIC_COMP64),
    bits128: bit(PCI_EXP_DEVCAP2_ATOMIC_COMP128),
    code,
    text,
  };
}

/** Whether bytes of the function itself that decide are not known. */
function isOwnPartUnknown(device: DeviceRegisters, above: PortsAbove): boolean {
  if (device === 'absent' || device === 'unknown') return device === 'unknown';
  return device.deviceCapabilities2 === null || (above?.length === 0 && device.deviceControl2 === null);
}

/** QEMU gives a plain root port what vfio-pci reports, and only for a device that is alone in the slot. */
function describeAtomics(device: DeviceRegisters, facts: PortFacts): AtomicCompletion {
  const { above, isVirtual, profile, placement, multifunction, reportedAtomicOps: reported } = facts;
  const { noAtomics } = profile.traits;
  const none = { least: 0, most: 0 };
  const range = reported === null ? expectedAtomicOps(isVirtual ? 'unknown' : device, above) : { least: reported, most: reported };
  if (range.most === 0) return completion(none, 'atomics.host-has-none', "the host's device or its path completes none");
  const unknown = () => {
    const text = above === null ? "host's ports above not known" : "registers of the host's path not known";
    return completion(range, 'atomics.host-path-unknown', text);
  };
  // Where it is unknown whether the device completes any, no reason is given for taking completion away.
  if (reported === null && !isVirtual && range.least !== range.most && isOwnPartUnknown(device, above)) return unknown();
  if (placement !== 'root-port') return completion(none, 'atomics.no-root-port', 'there is no root port above');
  if (noAtomics !== null) return completion(none, noAtomics.code, noAtomics.text);
  if (multifunction) return completion(none, 'atomics.multifunction', 'multifunction=on takes it away');
  if (reported !== null) return completion(range, 'atomics.reported', 'as the kernel reports');
  if (range.least === range.most) return completion(range, 'atomics.host-path', "as the host's device and its path");
  return unknown();
}

const NO_EXPRESS: readonly Placement[] = ['conventional', 'conventional-bridge'];

/** QEMU's root port passes prefixes on; a device on the root complex has no port above. */
function describePrefixes(registers: DeviceRegisters, { above, placement }: PortFacts): EndEndPrefixes {
  const device = hasEndEndPrefix(registers);
  const path = pathHasEndEndPrefix(above);
  const host = allHold([device, path]);
  if (NO_EXPRESS.includes(placement)) return { guest: false, host, code: 'prefixes.conventional-bus', text: 'a conventional bus has none' };
  if (device === false) return { guest: false, host, code: 'prefixes.device-has-none', text: 'not by the device: no PASID' };
  if (device === null) return { guest: null, host, code: 'prefixes.device-unknown', text: 'the register of the device is not known' };
  const text = placement === 'root-port' ? 'by device and root port' : 'by the device';
  return { guest: true, host, code: 'prefixes.passed', text: path === false ? `${text}; not by the host's ports` : text };
}

/** What the guest finds at the port above, as far as the host's own path is known. */
export function describePort(facts: PortFacts): SlotPort {
  const registers = expressFacts(facts.config);
  return {
    placement: facts.placement,
    atomicCompletion: describeAtomics(registers, facts),
    endEndPrefixes: describePrefixes(registers, facts),
  };
}
