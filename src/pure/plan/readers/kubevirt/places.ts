/** Where KubeVirt puts devices in the guest: below ports of their own, on the root complex, or behind expander buses. */
import { formatHex, hexDigits } from '../../../bytes/hex.ts';
import { Bdf, BdfError } from '../../../pci/bdf.ts';
import type { DefinedDevice, DefinedValue } from '../../definition.ts';
import type { FindingList } from '../finding-list.ts';
import { booleanOf, entriesOf, itemsOf, textOf, type YamlNode, yamlAt, yamlEntry } from '../yaml/index.ts';
import { type Assigned, written } from './assigned.ts';

/** What is known of the places of a whole VM. */
export interface Placing {
  readonly isOnRootComplex: boolean;
  /** Behind an accelerated SMMU of its own each, for GPUs of Grace. */
  readonly isGrace: boolean;
  /** How many slots of the root complex the interfaces before the assigned devices take; null where that cannot be known. */
  readonly interfaceSlots: number | null;
  /** What each assigned device has besides: its iommufd object. */
  readonly backend: readonly DefinedValue[];
}

/** Bridges first, IOMMUs behind them, assigned devices last, as libvirt orders them. */
export function placedDevices(assigned: readonly Assigned[], placing: Placing, list: FindingList): DefinedDevice[] {
  const bridges: DefinedDevice[] = [];
  const iommus: DefinedDevice[] = [];
  const devices: DefinedDevice[] = [];
  const slots = new RootSlots(placing.interfaceSlots);
  // KubeVirt takes GPUs of Grace in the order of their names.
  const graces = placing.isGrace ? assigned.filter(({ isGrace }) => isGrace).toSorted((a, b) => (a.id < b.id ? -1 : 1)) : [];
  for (const [at, device] of graces.entries()) {
    const bus = `expander-of-${device.id}`;
    bridges.push(bridge('pxb-pcie', bus, 'pcie.0', device));
    iommus.push(graceIommu(`iommu${at}`, bus, device));
  }
  for (const device of assigned) {
    const add = (values: readonly DefinedValue[], isAddressLate: boolean): void => {
      const { id, driver, host, origin } = device;
      const late = isAddressLate ? { isAddressLate } : {};
      devices.push({ driver, id, values: [...device.values, ...placing.backend, ...values], host, ...late, origin });
    };
    const at = (bus: string, addr: string | null): DefinedValue[] => [
      written('bus', bus, device.origin),
      ...(addr === null ? [] : [written('addr', addr, device.origin)]),
    ];
    const asked = askedPlace(device, list);
    if (asked !== null) {
      if (asked.port !== null && !bridges.some(({ id }) => id === asked.port))
        bridges.push(bridge('pcie-root-port', asked.port, 'pcie.0', device));
      add(asked.values, false);
    } else if (placing.isOnRootComplex && device.kind !== 'mdev') {
      const slot = slots.next(device);
      if (slot !== null && slot > 0x1f)
        list.add('error', 'kubevirt.root-complex.full', 'No space left on the root PCI bus.', device.origin);
      add(at('pcie.0', slot === null ? null : formatHex(slot)), slot === null);
    } else {
      const port = `port-of-${device.id}`;
      bridges.push(bridge('pcie-root-port', port, graces.includes(device) ? `expander-of-${device.id}` : 'pcie.0', device));
      add(at(port, '0x0'), false);
    }
  }
  return [...bridges, ...iommus, ...devices];
}

/** One whose own place is chosen at start. */
function bridge(driver: string, id: string, bus: string, { origin }: Assigned): DefinedDevice {
  return { driver, id, values: [written('bus', bus, origin)], host: { kind: 'emulated' }, isAddressLate: true, origin };
}

/** What KubeVirt 1.9 writes; its ssidSize is no word of libvirt's, which drops it. */
function graceIommu(id: string, bus: string, { origin }: Assigned): DefinedDevice {
  const values = { 'primary-bus': bus, accel: 'on', ats: 'on', ril: 'off', oas: '48' };
  return {
    driver: 'arm-smmuv3',
    id,
    values: Object.entries(values).map(([name, value]) => written(name, value, origin)),
    host: { kind: 'emulated' },
    origin,
  };
}

/** `pciAddress` is an address in the guest; libvirt numbers its PCI controllers by the bus, and adds those that are missing. */
function askedPlace(device: Assigned, list: FindingList): { port: string | null; values: DefinedValue[] } | null {
  const asked = device.guestAddress;
  if (asked === null) return null;
  const address = parseAddress(asked.value);
  if (address === null) {
    list.add(
      'error',
      'kubevirt.pci-address.malformed',
      `pciAddress ${JSON.stringify(asked.value.slice(0, 64))} is no PCI address: KubeVirt refuses it, DDDD:BB:DD.F is wanted`,
      asked.origin,
    );
    return null;
  }
  const { bus, device: slot, function: fn } = address;
  if (bus !== 0 && slot !== 0) {
    const words = `pciAddress ${address.text} asks for slot ${slot} of bus ${hexDigits(bus, 2)}: a root port has slot 0 alone, so libvirt refuses it; write 0000:${hexDigits(bus, 2)}:00.0`;
    list.add('warning', 'kubevirt.pci-address.slot', words, asked.origin);
  }
  const port = bus === 0 ? null : `pci.${bus}`;
  const addr = fn === 0 ? formatHex(slot) : `${formatHex(slot)}.0x${fn}`;
  const at = (name: string, value: string): DefinedValue => ({ name, value, json: null, origin: asked.origin });
  return { port, values: [at('bus', port ?? 'pcie.0'), at('addr', addr)] };
}

function parseAddress(text: string): Bdf | null {
  try {
    return Bdf.parse(text);
  } catch (error) {
    if (error instanceof BdfError) return null;
    throw error;
  }
}

/** Hands out slots of the root complex as KubeVirt does: from 2, without 0x1b and 0x1f, which are the chipset's. */
class RootSlots {
  #next: number | null;

  constructor(taken: number | null) {
    this.#next = taken === null ? null : 2;
    for (let at = 0; at < (taken ?? 0); at++) this.#step();
  }

  #step(): number | null {
    const slot = this.#next;
    if (slot === null) return null;
    this.#next = slot + 1 === 0x1b || slot + 1 === 0x1f ? slot + 2 : slot + 1;
    return slot;
  }

  /** null from the first device on of which it is not known whether it takes a slot: mediated ones take none. */
  next({ kind }: Assigned): number | null {
    if (kind === 'unknown') this.#next = null;
    return this.#step();
  }
}

/**
 * The slots of the root complex that an instance's own network interfaces take before the assigned devices do; null where some method
 * decides for itself whether there is a PCI device.
 */
export function interfaceSlots(spec: YamlNode | undefined): number | null {
  const devices = yamlAt(spec, 'domain', 'devices');
  const interfaces = itemsOf(yamlAt(devices, 'interfaces'));
  // One for the network of the pod is added where none is asked for.
  if (interfaces.length === 0) return booleanOf(yamlAt(devices, 'autoattachPodInterface')) === false ? 0 : 1;
  let slots = 0;
  for (const node of interfaces) {
    if (yamlEntry(node, 'sriov') !== undefined) continue;
    const isPlain = entriesOf(node).some(({ key }) => key === 'bridge' || key === 'masquerade');
    if (!isPlain || textOf(yamlAt(node, 'state')) === 'absent') return null;
    if (textOf(yamlAt(node, 'pciAddress')) === undefined) slots++;
  }
  return slots;
}
