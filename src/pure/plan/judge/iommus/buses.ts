/** The root buses of a machine, as IOMMUs take them: which one a device stands below, and which of them go around the IOMMU. */
import { bool } from '../../../qemu/property-types/words.ts';
import { type DefinedDevice, findValue } from '../../definition.ts';
import type { IommuQuestion } from './question.ts';

/** Devices that make a root bus of their own, by the name of their id. */
const EXPANDERS: ReadonlySet<string> = new Set(['pxb', 'pxb-pcie', 'pxb-cxl']);

/** Bridges and ports, which an accelerated SMMU takes on its bus beside devices of the host. */
const BRIDGE =
  /^(?:pcie-root-port|cxl-rp|ioh3420|pcie-pci-bridge|pci-bridge|pci-bridge-seat|x3130-upstream|xio3130-downstream|cxl-upstream|cxl-downstream|i82801b11-bridge|pxb|pxb-pcie|pxb-cxl|simba-pci-bridge)$/;

export const isBridge = ({ driver }: DefinedDevice): boolean => BRIDGE.test(driver);

/** Whether a word for yes stands there. */
export function isOn(value: string | undefined): boolean {
  if (value === undefined) return false;
  try {
    return bool.parse(value, '') === true;
  } catch {
    return false;
  }
}

export class Buses {
  readonly #question: IommuQuestion;
  readonly #byId: ReadonlyMap<string, DefinedDevice>;

  constructor(question: IommuQuestion) {
    this.#question = question;
    const bridges = question.definition.devices.filter(isBridge);
    this.#byId = new Map(bridges.flatMap(device => (device.id === null ? [] : [[device.id, device] as const])));
  }

  /** The root bus that the machine has of itself. */
  get machineRoot(): string {
    return this.#question.machine?.family === 'pc-i440fx' ? 'pci.0' : 'pcie.0';
  }

  /** The root bus that a bus hangs below: itself, for a root. */
  rootOf(bus: string): string {
    let name = bus;
    for (let steps = 0; steps <= this.#byId.size; steps++) {
      const bridge = this.#byId.get(name);
      if (bridge === undefined || EXPANDERS.has(bridge.driver)) return name;
      const place = this.#question.placeOf(bridge);
      if (place === null) return this.machineRoot;
      name = place.bus;
    }
    return name;
  }

  /** Whether a bus of that name is there before device number `before` is made. */
  isThere(name: string, before: number): boolean {
    if (name === this.machineRoot) return true;
    const bridge = this.#byId.get(name);
    return bridge !== undefined && this.#question.definition.devices.indexOf(bridge) < before;
  }

  /** Whether the name is that of a root bus. */
  isRoot(name: string): boolean {
    const bridge = this.#byId.get(name);
    return name === this.machineRoot || (bridge !== undefined && EXPANDERS.has(bridge.driver));
  }

  /** Whether devices below a root go around every IOMMU. */
  isBypassed(root: string): boolean {
    const bridge = this.#byId.get(root);
    if (bridge !== undefined) return isOn(findValue(bridge.values, 'bypass_iommu')?.value);
    const { values } = this.#question.definition.machine;
    const value = findValue(values, 'default-bus-bypass-iommu') ?? findValue(values, 'default_bus_bypass_iommu');
    return root === this.machineRoot && isOn(value?.value);
  }
}
