/** Where config space holds what is private to a machine: in the header and in capabilities that say so (PCIe 6.0 §7.5.1.2, §7.5.1.3). */
import { capabilityFacts } from '../pci/capability-facts.ts';
import type { ConfigSpace } from '../pci/config-space.ts';
import { hasExtendedSpace } from '../pci/extended-space.ts';
import { type AddressPlace, barPlaces, type PrivatePlace, type PrivatePlaces, zeroed } from '../pci/private-place.ts';
import { walkExtended, walkStandard } from '../pci/walk.ts';
import {
  PCI_BASE_ADDRESS_0,
  PCI_HEADER_TYPE,
  PCI_HEADER_TYPE_BRIDGE,
  PCI_HEADER_TYPE_CARDBUS,
  PCI_HEADER_TYPE_MASK,
  PCI_HEADER_TYPE_NORMAL,
  PCI_INTERRUPT_LINE,
  PCI_ROM_ADDRESS,
  PCI_ROM_ADDRESS1,
} from '../spec/pci-regs.ts';
import { BAR_COUNTS, ROM_ADDRESS } from '../spec/pcie.ts';
import { bridgeWindowPlaces, cardbusWindowPlaces } from './private-windows.ts';

function headerPlaces(config: ConfigSpace): AddressPlace[] {
  const type = (config.read(PCI_HEADER_TYPE, 1) ?? 0xff) & PCI_HEADER_TYPE_MASK;
  const bars = barPlaces(config, PCI_BASE_ADDRESS_0, BAR_COUNTS[type] ?? 0, 'BAR');
  switch (type) {
    case PCI_HEADER_TYPE_NORMAL:
      return [...bars, zeroed(PCI_ROM_ADDRESS, 'expansion ROM', ~ROM_ADDRESS)];
    case PCI_HEADER_TYPE_BRIDGE:
      return [...bars, ...bridgeWindowPlaces(), zeroed(PCI_ROM_ADDRESS1, 'expansion ROM', ~ROM_ADDRESS)];
    case PCI_HEADER_TYPE_CARDBUS:
      return [...bars, ...cardbusWindowPlaces()];
    default:
      return [];
  }
}

/** The places of one kind in all capabilities of the function. */
function capabilityPlaces<P>(
  config: ConfigSpace,
  find: (places: Exclude<PrivatePlaces, 'nothing'>) => ((config: ConfigSpace, at: number) => P[]) | undefined,
): P[] {
  // Without an extended space the bytes from 100h up are no registers.
  const extended = hasExtendedSpace(config) ? walkExtended(config).capabilities : [];
  return [...walkStandard(config).capabilities, ...extended].flatMap(({ kind, id, offset }) => {
    const { privatePlaces = 'nothing' } = capabilityFacts(kind, id) ?? {};
    return privatePlaces === 'nothing' ? [] : (find(privatePlaces)?.(config, offset) ?? []);
  });
}

/** Registers that identify a single device: the serial number, and VPD's data. */
export function serialPlaces(config: ConfigSpace): PrivatePlace[] {
  return capabilityPlaces(config, ({ serials }) => serials);
}

/** Where each kind of header holds addresses; in a header of unknown kind, any byte may be one. */
export function obscurePlaces(config: ConfigSpace): PrivatePlace[] {
  if (config.bytes.length <= PCI_BASE_ADDRESS_0 || config.isKnown(PCI_HEADER_TYPE)) return [];
  const length = PCI_INTERRUPT_LINE - PCI_BASE_ADDRESS_0;
  return [{ at: PCI_BASE_ADDRESS_0, length, what: 'addresses of a header of unknown kind' }];
}

/** All registers that hold an address of the host. */
export function addressPlaces(config: ConfigSpace): AddressPlace[] {
  return [...headerPlaces(config), ...capabilityPlaces(config, ({ addresses }) => addresses)];
}
