/** The slot that the guest finds a device in: its regions, its ROM, its interrupt pin, and what the port above contributes. */

import type { PortsAbove } from '../facts/index.ts';
import type { MovedArrays, Placement, Profile, VirtualFunction } from '../guest-view/index.ts';
import type { ConfigSpace } from '../pci/config-space.ts';
import type { KnownRegions } from '../pci/regions.ts';
import type { EffectiveProperties } from '../qemu/index.ts';
import { PCI_INTERRUPT_PIN } from '../spec/pci-regs.ts';
import { describeBars, describeRom, type SlotBar, type SlotRom } from './bars.ts';
import { withMovedArrays, withPossibleArrays } from './moved-arrays.ts';
import { describePort, type SlotPort } from './port.ts';

/** The input from which a slot is worked out. */
export interface SlotFacts {
  /** Host bytes. */
  readonly config: ConfigSpace;
  readonly virtualFunction: VirtualFunction | null;
  /** null where nothing but the registers is known. */
  readonly regions: KnownRegions | null;
  readonly above: PortsAbove;
  /** AtomicOps that vfio-pci reports as completed, as bits of Device Capabilities 2; null or left out where it was not asked. */
  readonly reportedAtomicOps?: number | null;
  readonly profile: Profile;
  readonly placement: Placement;
  readonly properties: EffectiveProperties;
  /** Where a property moved MSI-X's arrays to, if one did. */
  readonly moved?: MovedArrays | null;
  /** The BAR that they may be in, where that is not known. */
  readonly possibleArrays?: number | null;
}

/** Why it is `absent`: `property`: rombar=0 or an empty romfile; `host`: the device has none. */
export interface GuestRom extends SlotRom {
  readonly by: 'host' | 'property' | 'romfile';
}

/** The slot that the guest finds the device in. */
export interface Slot {
  readonly bars: readonly SlotBar[];
  readonly rom: GuestRom;
  /** `A` to `D`, `none`; null where it is not known. */
  readonly interruptPin: 'A' | 'B' | 'C' | 'D' | 'none' | null;
  readonly port: SlotPort;
}

const PINS = ['none', 'A', 'B', 'C', 'D'] as const;

/** A pin beyond D has no place: the VMM refuses it. */
function pinOf({ config, virtualFunction }: SlotFacts): Slot['interruptPin'] {
  if (virtualFunction !== null) return 'none';
  const pin = config.read(PCI_INTERRUPT_PIN, 1);
  return pin === undefined ? null : (PINS[pin] ?? null);
}

/** The properties that decide, decoded once for all devices that have them. */
interface SlotSettings {
  readonly multifunction: boolean;
  /** null where the ROM is the host's. */
  readonly rom: GuestRom | null;
}

const settings = new WeakMap<EffectiveProperties, SlotSettings>();

function romOf(properties: EffectiveProperties): GuestRom | null {
  if (properties.get('rombar')?.value === 0 || properties.get('romfile')?.value === '')
    return { state: 'absent', size: null, sizeFrom: null, by: 'property' };
  return properties.get('romfile')?.text ? { state: 'present', size: null, sizeFrom: null, by: 'romfile' } : null;
}

function settingsOf(properties: EffectiveProperties): SlotSettings {
  let known = settings.get(properties);
  if (known === undefined) {
    known = { multifunction: properties.get('multifunction')?.value === true, rom: romOf(properties) };
    settings.set(properties, known);
  }
  return known;
}

/** The device's regions, and what a property makes of them. */
function guestBars(facts: SlotFacts): SlotBar[] {
  const { moved = null, possibleArrays = null } = facts;
  const bars = describeBars(facts);
  if (moved !== null) return withMovedArrays(bars, moved);
  return possibleArrays === null ? bars : withPossibleArrays(bars, possibleArrays);
}

/** Unknown parts are null or `unknown`, never a size of 0 or a missing region. */
export function describeSlot(facts: SlotFacts): Slot {
  const { config, virtualFunction, profile, placement, properties, above, reportedAtomicOps = null } = facts;
  const { multifunction, rom } = settingsOf(properties);
  return {
    bars: guestBars(facts),
    rom: rom ?? { ...describeRom(facts), by: 'host' },
    interruptPin: pinOf(facts),
    port: describePort({ config, above, reportedAtomicOps, isVirtual: virtualFunction !== null, profile, placement, multifunction }),
  };
}
