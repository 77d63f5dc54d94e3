/** The places that Proxmox gives assigned devices, by their number, and the bridges that lead there (qemu-server 9.2). */
import { formatHex } from '../../../bytes/hex.ts';
import type { DefinedDevice, DefinedValue } from '../../definition.ts';
import type { Origin } from '../../origin.ts';
import { proxmoxValue } from './machine.ts';

export interface ProxmoxPlace {
  readonly bus: string;
  /** Slot of the first function; null where it is chosen at start. */
  readonly slot: number | null;
}

/** Slots of pci.0 for hostpci0 to 3; those behind are on pci.2. */
const CONVENTIONAL_SLOTS = [0x10, 0x11, 0x1b, 0x1c];

/** Below a port of its own with pcie=1, Windows 7 excepted; a conventional slot without. */
export function placeOf(index: number, isExpress: boolean, isWindows7: boolean): ProxmoxPlace {
  if (isExpress) return isWindows7 ? { bus: 'pcie.0', slot: null } : { bus: `ich9-pcie-port-${index + 1}`, slot: 0 };
  const slot = CONVENTIONAL_SLOTS[index];
  return slot === undefined ? { bus: 'pci.2', slot: null } : { bus: 'pci.0', slot };
}

/** The values of function `fn` at a place. */
export function placeValues({ bus, slot }: ProxmoxPlace, fn: number | null, origin: Origin): DefinedValue[] {
  const addr = slot === null ? [] : [proxmoxValue('addr', fn === null ? formatHex(slot) : `${formatHex(slot)}.${fn}`, origin)];
  return [proxmoxValue('bus', bus, origin), ...addr];
}

/** Bridges for the buses of `places`: on q35 pci.0 hangs below a bridge of the root complex, on i440fx it is the machine's own. */
export function bridgesFor(places: readonly ProxmoxPlace[], isExpressMachine: boolean, origin: Origin): DefinedDevice[] {
  const buses = new Set(places.map(({ bus }) => bus));
  const bridge = (driver: string, id: string, values: readonly DefinedValue[], isAddressLate: boolean): DefinedDevice => {
    return {
      driver,
      id,
      values,
      host: { kind: 'emulated' },
      ...(isAddressLate ? { isAddressLate } : {}),
      origin: { ...origin, span: null },
    };
  };
  const on = (bus: string): DefinedValue => proxmoxValue('bus', bus, origin);
  const ports = [...buses]
    .filter(bus => bus.startsWith('ich9-pcie-port-'))
    .map(id => {
      const wide = [proxmoxValue('x-speed', '16', origin), proxmoxValue('x-width', '32', origin)];
      return bridge('pcie-root-port', id, [on('pcie.0'), ...wide], true);
    });
  const conventional = [...buses].filter(bus => bus === 'pci.2' || (bus === 'pci.0' && isExpressMachine));
  if (conventional.length === 0) return ports;
  if (!isExpressMachine) return [...ports, ...conventional.map(id => bridge('pci-bridge', id, [on('pci.0')], true))];
  const root = bridge('i82801b11-bridge', 'pcidmi', [on('pcie.0'), proxmoxValue('addr', '0x1e', origin)], false);
  return [...ports, root, ...conventional.map(id => bridge('pci-bridge', id, [on('pcidmi')], true))];
}
