/**
 * The IOMMUs of a guest of QEMU's: which of them are made, what an AUTO of theirs becomes on a host, and what they say of each device
 * of the host's that stands behind one. In the order in which QEMU makes devices, since the first decides for those behind it.
 */
import type { DefinedDevice, VmDefinition } from '../../definition.ts';
import type { PlanError, PlanMessage } from '../../plan-report.ts';
import { idOf } from '../place-vm.ts';
import { type AttachedDevice, attachedDevice, isAssigned, isVfioPci } from './attaching.ts';
import { Buses, isBridge } from './buses.ts';
import type { AttachWord, GuestIommu } from './guest-iommu.ts';
import { failedIommu, NOTHING_SAID } from './guest-iommu.ts';
import { iommuDriver, machineIommu, makeIommu } from './make-iommu.ts';
import type { DeviceWord, IommuJudgement, IommuQuestion, JudgedIommu } from './question.ts';
import { SharedGroups } from './shared-groups.ts';
import { FINE, vmmMessage } from './verdict.ts';

export { atsSwitches } from './ats-switches.ts';
export type { CmdqvAnswer, DeviceWord, IommuJudgement, IommuQuestion, JudgedIommu } from './question.ts';

/** QEMU finds such a device on the bus when the machine is made. */
const MADE_BEFORE = {
  code: 'smmuv3.emulated-before',
  message: 'QEMU 11.1.3 aborts where an emulated device is made on the bus of an arm-smmuv3,accel=on that is made after it',
} as const;

/** One that was made, and the device that made it; null for the machine's own. */
interface Made {
  readonly device: DefinedDevice | null;
  readonly iommu: GuestIommu;
}

class IommuJudge {
  readonly #question: IommuQuestion;
  readonly #buses: Buses;
  readonly #made: Made[] = [];
  /** By root bus. */
  readonly #byRoot = new Map<string, GuestIommu>();
  readonly #smmuRoots = new Set<string>();
  readonly #words = new Map<DefinedDevice, AttachWord>();
  /** What stood in front of each when it was attached. */
  readonly #inFront = new Map<DefinedDevice, GuestIommu | null>();
  readonly #groups = new SharedGroups();
  readonly #refused = new Map<DefinedDevice, PlanError>();

  constructor(question: IommuQuestion) {
    this.#question = question;
    this.#buses = new Buses(question);
  }

  judge(): IommuJudgement {
    const { definition } = this.#question;
    if (definition.vmm.family !== 'qemu') return this.#plain();
    const own = machineIommu(this.#question);
    if (own !== null) this.#add({ device: null, iommu: own }, this.#buses.machineRoot);
    for (const device of definition.devices) {
      const driver = iommuDriver(device);
      if (driver !== undefined) this.#make(driver, device);
      else if (isAssigned(device)) this.#attach(device);
      else if (!isBridge(device)) this.#refuse(device);
    }
    const hasAssigned = [...this.#words.keys()].some(isVfioPci);
    for (const device of definition.devices) if (this.#isEmulated(device)) this.#refuse(device, MADE_BEFORE);
    return {
      iommus: this.#made.map(made => this.#judged(made)),
      words: this.#finalWords(),
      refused: this.#refused,
      errors: this.#made.flatMap(({ device, iommu }) => iommu.finish(hasAssigned).map(error => ({ ...error, of: device?.id ?? error.of }))),
    };
  }

  /** IOMMUs of other VMMs have no properties that a host decides, and refuse nothing. */
  #plain(): IommuJudgement {
    const { devices } = this.#question.definition;
    for (const device of devices) {
      const driver = iommuDriver(device);
      if (driver !== undefined) this.#made.push({ device, iommu: failedIommu(device.driver, FINE) });
    }
    const words = new Map(devices.filter(device => device.host.kind !== 'emulated').map(device => [device, NOTHING_SAID]));
    return { iommus: this.#made.map(made => this.#judged(made)), words, refused: new Map(), errors: [] };
  }

  #add(made: Made, root: string): void {
    this.#made.push(made);
    if (made.iommu.verdict.outcome === 'realized') this.#byRoot.set(root, made.iommu);
  }

  #make(driver: string, device: DefinedDevice): void {
    const iommu = makeIommu(driver, device, {
      question: this.#question,
      buses: this.#buses,
      drivers: this.#made.map(made => made.iommu.driver),
      smmuRoots: this.#smmuRoots,
      hasMachineSmmu: this.#made.some(made => made.device === null),
    });
    const bus = device.values.findLast(({ name }) => name === 'primary-bus')?.value;
    const root = driver === 'arm-smmuv3' ? (bus ?? '') : this.#buses.machineRoot;
    this.#add({ device, iommu }, root);
    if (driver === 'arm-smmuv3') this.#smmuRoots.add(root);
  }

  /** What stands in front of a bus; null where nothing does. */
  #iommuOf(bus: string): GuestIommu | null {
    const root = this.#buses.rootOf(bus);
    if (this.#buses.isBypassed(root)) return null;
    const own = this.#byRoot.get(root);
    if (own !== undefined) return own;
    const machines = this.#byRoot.get(this.#buses.machineRoot);
    return machines?.coversExpanders === true ? machines : null;
  }

  #attach(device: DefinedDevice): void {
    const place = this.#question.placeOf(device);
    const iommu = place === null ? null : this.#iommuOf(place.bus);
    this.#inFront.set(device, iommu);
    this.#words.set(device, place === null ? NOTHING_SAID : this.#wordOf(attachedDevice(device, place, this.#question), iommu));
  }

  #wordOf(attached: AttachedDevice, iommu: GuestIommu | null): AttachWord {
    return this.#groups.attach(attached, iommu, iommu === null ? NOTHING_SAID : iommu.attach(attached));
  }

  /** Refuses an emulated device that the IOMMU in front of it, if there is one now, does not take; `words` where not by its own. */
  #refuse(device: DefinedDevice, words?: { readonly code: string; readonly message: string }): void {
    const place = this.#question.placeOf(device);
    const message = place === null ? null : (this.#iommuOf(place.bus)?.refuseEmulated() ?? null);
    if (message === null) return;
    const said = { code: 'smmuv3.emulated', message, origin: device.origin, ...words };
    this.#refused.set(device, { ...vmmMessage(said), of: `device ${device.id ?? device.driver}` });
  }

  #isEmulated(device: DefinedDevice): boolean {
    return iommuDriver(device) === undefined && !isAssigned(device) && !isBridge(device) && !this.#refused.has(device);
  }

  /** An IOMMU that is made behind a device is in front of it for the guest, and for nobody else. */
  #lateWarning(device: DefinedDevice): PlanMessage[] {
    const place = this.#question.placeOf(device);
    const now = place === null ? null : this.#iommuOf(place.bus);
    if (now === null || now === this.#inFront.get(device)) return [];
    const message = `${now.driver} is made after this device, so that the device's DMA goes around it, though the guest finds it behind`;
    return [vmmMessage({ code: 'iommu.after-device', message, mend: `-device ${now.driver} in front of it`, origin: device.origin })];
  }

  #finalWords(): ReadonlyMap<DefinedDevice, DeviceWord> {
    const final = new Map<DefinedDevice, DeviceWord>();
    for (const [device, word] of this.#words) {
      final.set(device, { ...word, warnings: [...word.warnings, ...this.#lateWarning(device)] });
    }
    return final;
  }

  #judged({ device, iommu }: Made): JudgedIommu {
    const { driver, verdict, warnings } = iommu;
    const { devices } = this.#question.definition;
    const id = device === null ? 'machine' : idOf(device, devices.indexOf(device));
    const error = verdict.outcome === 'realized' ? null : verdict.error;
    return { device, plan: { driver, id, outcome: verdict.outcome, error, warnings, properties: iommu.properties() } };
  }
}

/** Whether there is an IOMMU at all. */
function hasIommu({ machine, devices }: VmDefinition): boolean {
  return machine.values.some(({ name }) => name === 'iommu') || devices.some(device => iommuDriver(device) !== undefined);
}

/** Judges the IOMMUs of one VM on one host. */
export function judgeIommus(question: IommuQuestion): IommuJudgement {
  const { definition } = question;
  if (!hasIommu(definition)) {
    const words = new Map(definition.devices.filter(isAssigned).map(device => [device, NOTHING_SAID]));
    return { iommus: [], words, refused: new Map(), errors: [] };
  }
  return new IommuJudge(question).judge();
}
