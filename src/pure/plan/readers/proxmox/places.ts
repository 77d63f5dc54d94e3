/** The places that Proxmox gives assigned devices, by their number, and the bridges that lead there (qemu-server 9.2). */
import { formatHex } from '../../../bytes/hex.ts';
import type { DefinedDevice, DefinedValue } from '../../definition.ts';
import type { Origin } from '../../origin.ts';
import { type Chipset, proxmoxValue } from './machine.ts';

export interface ProxmoxPlace {
  readonly bus: string;
  /** Slot of the first function. */
  readonly slot: number;
}

/** How one line wants its devices placed. */
export interface PlaceWish {
  readonly chipset: Chipset;
  /** pcie=1 */
  readonly isExpress: boolean;
  readonly isWindows7: boolean;
  readonly isLegacyIgd: boolean;
}

/** Slots of the first bus for hostpci0 to 3; those behind are on pci.2, from slot 13. */
const CONVENTIONAL_SLOTS = [0x10, 0x11, 0x1b, 0x1c];
const FIRST_OF_SECOND_BUS = 13;

/** Slots of pcie.0 for a guest that takes no device below a port. */
const WINDOWS_7_SLOTS = [16, 17, 18, 19, 9, 10, 11, 12, 13, 14, 15, 21, 22, 23, 24, 25];

/** Below a port of its own with pcie=1, Windows 7 excepted; a slot of the first bus, or of pci.2, without. */
export function placeOf(index: number, { chipset, isExpress, isWindows7, isLegacyIgd }: PlaceWish): ProxmoxPlace {
  if (isLegacyIgd) return { bus: 'pci.0', slot: 2 };
  if (isExpress && isWindows7) return { bus: 'pcie.0', slot: WINDOWS_7_SLOTS[index] ?? 0 };
  if (isExpress) return { bus: `ich9-pcie-port-${index + 1}`, slot: 0 };
  const slot = CONVENTIONAL_SLOTS[index];
  if (slot === undefined) return { bus: 'pci.2', slot: FIRST_OF_SECOND_BUS + index - CONVENTIONAL_SLOTS.length };
  return { bus: chipset === 'virt' ? 'pcie.0' : 'pci.0', slot };
}

/** The values of function `fn` at a place. */
export function placeValues({ bus, slot }: ProxmoxPlace, fn: number | null, origin: Origin): DefinedValue[] {
  return [proxmoxValue('bus', bus, origin), proxmoxValue('addr', fn === null ? formatHex(slot) : `${formatHex(slot)}.${fn}`, origin)];
}

/** Bridges in the order in which QEMU makes them. */
class Bridges {
  readonly #origin: Origin;
  readonly all: DefinedDevice[] = [];

  constructor(origin: Origin) {
    this.#origin = origin;
  }

  add(driver: string, id: string, values: Readonly<Record<string, string>>): void {
    const made = Object.entries(values).map(([name, value]) => proxmoxValue(name, value, this.#origin));
    this.all.push({ driver, id, values: made, host: { kind: 'emulated' }, origin: { ...this.#origin, span: null } });
  }

  /** Four ports are there whether they are used or not; others are made for the devices that want them. */
  addPort(index: number): void {
    const addr = index < 4 ? `1c.${index}` : `1${index < 12 ? 0 : 1}.${(index - 4) % 8}`;
    const number = String(index + 1);
    this.add('pcie-root-port', `ich9-pcie-port-${number}`, {
      'x-speed': '16',
      'x-width': '32',
      multifunction: 'on',
      bus: 'pcie.0',
      addr,
      port: number,
      chassis: number,
    });
  }

  /** The conventional buses of q35 hang below a bridge of the root complex. */
  addBelowDmi(bus: string, slot: number): void {
    this.add('pci-bridge', bus, { bus: 'pcidmi', addr: `${slot}.0`, chassis_nr: String(slot) });
  }
}

/** The bridges that the buses of `places` need. */
export function bridgesFor(
  places: readonly ProxmoxPlace[],
  { chipset, isLegacyIgd }: Pick<PlaceWish, 'chipset' | 'isLegacyIgd'>,
  origin: Origin,
): DefinedDevice[] {
  const buses = new Set(places.map(({ bus }) => bus));
  const bridges = new Bridges(origin);
  if (chipset === 'q35') {
    const ports = [...Array(16).keys()].filter(index => buses.has(`ich9-pcie-port-${index + 1}`));
    if (ports.length > 0) for (const index of new Set([0, 1, 2, 3, ...ports])) bridges.addPort(index);
    const conventional = (['pci.0', 'pci.2'] as const).filter(bus => buses.has(bus));
    if (conventional.length > 0) bridges.add('i82801b11-bridge', 'pcidmi', { bus: 'pcie.0', addr: '1e.0' });
    for (const bus of conventional) bridges.addBelowDmi(bus, bus === 'pci.0' ? 1 : 3);
    return bridges.all;
  }
  if (!buses.has('pci.2')) return [];
  const first = chipset === 'virt' ? 'pcie.0' : 'pci.0';
  // The graphics device of the host needs the slot that its bridge had.
  if (isLegacyIgd) bridges.add('pci-bridge', 'pci.1', { bus: first, addr: '0x1e', chassis_nr: '1' });
  bridges.add('pci-bridge', 'pci.2', { bus: isLegacyIgd ? 'pci.1' : first, addr: isLegacyIgd ? '0x1e' : '0x1f', chassis_nr: '2' });
  return bridges.all;
}
