/**
 * The IOMMUs of a guest of QEMU's: which of them are made, what an AUTO of theirs becomes on a host, and what they say of each device
 * of the host's that stands behind one. In the order in which QEMU makes devices, since the first decides for those behind it.
 */
import type { DefinedDevice } from '../../definition.ts';
import type { PlanError, PlanMessage } from '../../plan-report.ts';
import { attachedDevice, isAssigned } from './attaching.ts';
import { Buses, isBridge } from './buses.ts';
import type { AttachWord, GuestIommu } from './guest-iommu.ts';
import { NOTHING_SAID } from './guest-iommu.ts';
import { iommuDriver, machineIommu, makeIommu } from './make-iommu.ts';
import type { DeviceWord, IommuJudgement, IommuQuestion, JudgedIommu } from './question.ts';
import { vmmMessage } from './verdict.ts';

export { atsSwitches } from './ats-switches.ts';
export type { CmdqvAnswer, DeviceWord, IommuJudgement, IommuQuestion, JudgedIommu } from './question.ts';

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
  readonly #refused = new Map<DefinedDevice, PlanError>();

  constructor(question: IommuQuestion) {
    this.#question = question;
    this.#buses = new Buses(question);
  }

  judge(): IommuJudgement {
    const own = machineIommu(this.#question);
    if (own !== null) this.#add({ device: null, iommu: own }, this.#buses.machineRoot);
    for (const device of this.#question.definition.devices) {
      const driver = iommuDriver(device);
      if (driver !== undefined) this.#make(driver, device);
      else if (isAssigned(device)) this.#attach(device);
      else if (!isBridge(device)) this.#refuse(device);
    }
    const hasAssigned = this.#words.size > 0;
    return {
      iommus: this.#made.map((made, index) => this.#judged(made, index)),
      words: this.#finalWords(),
      refused: this.#refused,
      errors: this.#made.flatMap(({ device, iommu }) => iommu.finish(hasAssigned).map(error => ({ ...error, of: device?.id ?? error.of }))),
    };
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
    const word = iommu === null || place === null ? NOTHING_SAID : iommu.attach(attachedDevice(device, place, this.#question));
    this.#words.set(device, word);
  }

  #refuse(device: DefinedDevice): void {
    const place = this.#question.placeOf(device);
    const message = place === null ? null : (this.#iommuOf(place.bus)?.refuseEmulated() ?? null);
    if (message === null) return;
    const words = { code: 'smmuv3.emulated', message, mend: 'a bus of another root', origin: device.origin };
    this.#refused.set(device, { ...vmmMessage(words), of: `device ${device.id ?? device.driver}` });
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

  #judged({ device, iommu }: Made, index: number): JudgedIommu {
    const { driver, verdict, warnings } = iommu;
    const id = device === null ? 'machine' : (device.id ?? `${driver}-${index}`);
    const error = verdict.outcome === 'realized' ? null : verdict.error;
    return { device, plan: { driver, id, outcome: verdict.outcome, error, warnings, properties: iommu.properties() } };
  }
}

/** Judges the IOMMUs of one VM on one host. */
export function judgeIommus(question: IommuQuestion): IommuJudgement {
  return new IommuJudge(question).judge();
}
