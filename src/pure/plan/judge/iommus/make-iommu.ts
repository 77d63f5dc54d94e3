/** Makes one IOMMU of the guest as QEMU does: its machine must take it, its properties must be right, its bus must be free. */
import { type DefinedDevice, findValue } from '../../definition.ts';
import { mendWords } from '../mends/place-words.ts';
import { AmdIommu, checkPciId } from './amd.ts';
import type { Buses } from './buses.ts';
import { failedIommu, type GuestIommu } from './guest-iommu.ts';
import { IntelIommu } from './intel.ts';
import { checkIntelValues, checkIrqchip } from './intel-checks.ts';
import { IommuProperties, readProperties } from './properties.ts';
import type { IommuQuestion } from './question.ts';
import { checkFirmware, checkKvm, checkValues } from './smmuv3/own-checks.ts';
import { smmuv3 } from './smmuv3/smmuv3.ts';
import { FINE, failed, firstOf, unknown, type Verdict } from './verdict.ts';
import { checkVirtioValues, VirtioIommu } from './virtio.ts';

/** Names that QEMU has for one device type. */
const DRIVERS: ReadonlyMap<string, string> = new Map([
  ['intel-iommu', 'intel-iommu'],
  ['amd-iommu', 'amd-iommu'],
  ['virtio-iommu-pci', 'virtio-iommu-pci'],
  ['virtio-iommu', 'virtio-iommu-pci'],
  ['arm-smmuv3', 'arm-smmuv3'],
]);

export const iommuDriver = ({ driver }: DefinedDevice): string | undefined => DRIVERS.get(driver);

/** What was made before. */
export interface MadeBefore {
  readonly question: IommuQuestion;
  readonly buses: Buses;
  /** Drivers of the IOMMUs, the machine's own first. */
  readonly drivers: readonly string[];
  /** Roots that an SMMUv3 has already. */
  readonly smmuRoots: ReadonlySet<string>;
  readonly hasMachineSmmu: boolean;
}

const fault = (device: DefinedDevice, code: string, message: string, mend: string | null = null): Verdict =>
  failed({ code, message, mend, origin: device.origin });

/** Whether the guest is one of Arm's; null where nothing says. */
function isArmGuest({ machine, definition }: IommuQuestion): boolean | null {
  if (machine !== null) return machine.family === 'virt';
  const { architecture } = definition.vmm;
  return architecture === null ? null : /^(?:aarch64|arm)/.test(architecture);
}

/** Before the properties are looked at: whether the program and the machine have such a device. */
function checkMachine(driver: string, device: DefinedDevice, { question }: MadeBefore): Verdict | null {
  const { machine, profile } = question;
  const isArm = isArmGuest(question);
  if (driver !== 'virtio-iommu-pci' && isArm !== null && isArm !== (driver === 'arm-smmuv3')) {
    const others = isArm ? 'arm-smmuv3' : 'intel-iommu or amd-iommu';
    return fault(device, 'iommu.program', `'${driver}' is not a valid device model name`, `${others}, or virtio-iommu-pci`);
  }
  if (driver !== 'virtio-iommu-pci' && machine?.family === 'pc-i440fx') {
    return fault(device, 'iommu.machine', "Parameter 'driver' expects a dynamic sysbus device type for the machine", 'q35');
  }
  const { properties } = profile;
  if (properties?.drivers.includes(driver) === true) return null;
  const message = `what ${driver} is in ${properties?.vmm ?? profile.name} ${properties?.version ?? ''} is not known`;
  return unknown({ code: 'iommu.driver-unknown', message, origin: device.origin });
}

/** Another IOMMU in the same machine. */
function checkOthers(driver: string, device: DefinedDevice, { question, drivers, hasMachineSmmu }: MadeBefore): Verdict | null {
  if (driver === 'arm-smmuv3') {
    const words = (other: string): string => `virt machine already has ${other} set. Doesn't support incompatible iommus`;
    if (hasMachineSmmu) return fault(device, 'iommu.several', words('iommu=smmuv3'), 'no iommu= of -machine');
    return drivers.includes('virtio-iommu-pci') ? fault(device, 'iommu.several', words('virtio-iommu')) : null;
  }
  if (isArmGuest(question) !== true)
    return drivers.length > 0 ? fault(device, 'iommu.several', 'QEMU does not support multiple vIOMMUs for x86 yet.') : null;
  const isTaken = hasMachineSmmu || drivers.includes(driver);
  return isTaken ? fault(device, 'iommu.several', 'virt machine does not support multiple IOMMUs') : null;
}

/** A bus that is made behind it is to be in front; memory regions can be left out alone. */
function linkMend(name: string, named: string, { question, buses }: Pick<MadeBefore, 'question' | 'buses'>): string {
  const later = question.definition.devices.find(({ id }) => id === named);
  if (name !== 'primary-bus') return `no ${name}=`;
  return later === undefined ? `primary-bus=${buses.machineRoot}` : `-device ${later.driver},id=${named} in front`;
}

const bypassMend = (bus: string, { machineRoot }: Buses): string =>
  bus === machineRoot ? '-machine default-bus-bypass-iommu=off' : `bypass_iommu=off of ${bus}`;

/** A link to what is not there: a bus, or memory regions, which no option makes under a name. */
function checkLinks(properties: IommuProperties, device: DefinedDevice, { question, buses }: MadeBefore): Verdict | null {
  const before = question.definition.devices.indexOf(device);
  for (const name of ['primary-bus', 'memory', 'secure-memory']) {
    const named = properties.text(name);
    if (named === '' || (name === 'primary-bus' && buses.isThere(named, before))) continue;
    const origin = properties.originOf(name) ?? device.origin;
    return failed({ code: 'iommu.link', message: `Device '${named}' not found`, mend: linkMend(name, named, { question, buses }), origin });
  }
  return null;
}

function checkSmmuBus(properties: IommuProperties, device: DefinedDevice, { buses, smmuRoots }: MadeBefore): Verdict | null {
  const bus = properties.text('primary-bus');
  const origin = properties.originOf('primary-bus') ?? device.origin;
  const refuse = (code: string, message: string, mend: string | null = null): Verdict => failed({ code, message, mend, origin });
  if (bus === '') return refuse('smmuv3.no-bus', 'SMMU is not attached to any PCI bus!', 'primary-bus=pcie.0');
  if (!buses.isRoot(bus)) {
    const message = 'SMMU should be attached to a default PCIe root complex(pcie.0) or a pxb-pcie based root complex';
    return refuse('smmuv3.no-root', message, `primary-bus=${buses.rootOf(bus)}`);
  }
  if (buses.isBypassed(bus)) {
    return refuse('smmuv3.bypass', 'Bypass option cannot be set for SMMUv3 associated PCIe RC', bypassMend(bus, buses));
  }
  return smmuRoots.has(bus) ? refuse('smmuv3.bus-taken', 'An iommu is already attached to this bus') : null;
}

/** Said where it stands: sysbus devices on no PCI bus, virtio's on a root. */
function checkBus(driver: string, device: DefinedDevice, { question }: MadeBefore): Verdict | null {
  if (driver === 'virtio-iommu-pci') {
    const kind = question.placeOf(device)?.kind;
    const isBelow = kind === 'root-port' || kind === 'conventional-bridge';
    const mend = mendWords({ kind: 'bus', name: 'pcie.0' }, question.definition.source.format);
    return isBelow ? fault(device, 'iommu.not-root', 'virtio-iommu-pci must be plugged on the root bus', mend) : null;
  }
  const bus = findValue(device.values, 'bus');
  return bus === undefined
    ? null
    : failed({ code: 'iommu.bus', message: `Device '${driver}' can't go on PCIE bus`, mend: 'no bus=', origin: bus.origin });
}

function* ownChecks(driver: string, device: DefinedDevice, properties: IommuProperties, before: MadeBefore): Generator<Verdict | null> {
  const { question } = before;
  const { devices } = question.definition;
  yield checkLinks(properties, device, before);
  if (driver === 'arm-smmuv3') yield checkKvm(properties, question);
  yield checkOthers(driver, device, before);
  switch (driver) {
    case 'arm-smmuv3':
      yield checkValues(properties);
      yield checkSmmuBus(properties, device, before);
      yield checkFirmware(properties, question);
      break;
    case 'intel-iommu':
      yield checkIrqchip(properties, question);
      yield checkIntelValues(properties, question);
      break;
    case 'amd-iommu':
      yield checkIrqchip(properties, question);
      yield checkPciId(properties, device, devices.slice(0, devices.indexOf(device)));
      break;
    default:
      yield checkBus(driver, device, before);
      yield checkVirtioValues(properties);
  }
}

function working(driver: string, properties: IommuProperties, question: IommuQuestion): GuestIommu {
  if (driver === 'intel-iommu') return new IntelIommu(properties, question);
  if (driver === 'amd-iommu') return new AmdIommu(properties, question);
  return driver === 'virtio-iommu-pci' ? new VirtioIommu(properties, question) : smmuv3(properties, false);
}

/** `driver` is one of `iommuDriver`'s. */
export function makeIommu(driver: string, device: DefinedDevice, before: MadeBefore): GuestIommu {
  const early = firstOf([checkMachine(driver, device, before), driver === 'virtio-iommu-pci' ? null : checkBus(driver, device, before)]);
  if (early.outcome !== 'realized') return failedIommu(driver, early);
  const properties = readProperties(driver, device, before.question);
  if (!(properties instanceof IommuProperties)) return failedIommu(driver, properties);
  const verdict = firstOf(ownChecks(driver, device, properties, before));
  const iommu = working(driver, properties, before.question);
  return verdict.outcome === 'realized' ? iommu : failedIommu(driver, verdict, iommu.properties());
}

/** The SMMUv3 of `-machine virt,iommu=smmuv3`, which -global alone can set; null where there is none. */
export function machineIommu(question: IommuQuestion): GuestIommu | null {
  const { machine, definition } = question;
  const iommu = findValue(definition.machine.values, 'iommu');
  if (iommu === undefined || iommu.value === 'none' || machine?.family !== 'virt') return null;
  const driver = 'arm-smmuv3';
  if (iommu.value !== 'smmuv3') {
    const message = 'Invalid iommu value\nValid values are none, smmuv3.';
    return failedIommu(driver, failed({ code: 'machine.iommu', message, mend: '-machine iommu=smmuv3', origin: iommu.origin }));
  }
  if (question.profile.properties?.drivers.includes(driver) !== true) {
    return failedIommu(driver, unknown({ code: 'iommu.driver-unknown', message: `what ${driver} is in this version is not known` }));
  }
  const properties = readProperties(driver, null, question);
  if (!(properties instanceof IommuProperties)) return failedIommu(driver, properties);
  const made = smmuv3(properties, true);
  const verdict = firstOf([checkKvm(properties, question), checkMachineStage(properties, question), checkValues(properties)]);
  return verdict.outcome === 'realized' ? made : failedIommu(driver, verdict, made.properties());
}

/** Since 9.2 the machine asks for both stages, which an accelerated one does not have. */
function checkMachineStage(properties: IommuProperties, { machine }: IommuQuestion): Verdict {
  const [major = 0, minor = 0] = (machine?.version ?? '').split('.').map(Number);
  if (!properties.isOn('accel') || major < 9 || (major === 9 && minor < 2)) return FINE;
  const message = 'Only stage1 is supported for SMMUv3 with accel=on';
  return failed({
    code: 'smmuv3.stage',
    message,
    mend: 'accel=on',
    origin: properties.originOf('accel'),
  });
}
