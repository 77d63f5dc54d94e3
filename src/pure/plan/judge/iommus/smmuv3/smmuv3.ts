/** The guest's SMMUv3 (QEMU 11.1.3): with accel=on its first device of the host decides what is left to AUTO, and all must have as much. */
import { type Smmuv3Numbers, smmuv3Numbers } from '../../../../iommu/index.ts';
import type { PlanError, PlannedProperty } from '../../../plan-report.ts';
import { type AttachedDevice, isVfioPci, notReported, refuseIommu, refuseListener } from '../attaching.ts';
import { type AttachWord, type GuestIommu, NOTHING_SAID, PlainIommu } from '../guest-iommu.ts';
import type { IommuProperties } from '../properties.ts';
import { FINE, failed, firstOf, type Verdict, vmmMessage } from '../verdict.ts';
import { decideCmdqv } from './cmdqv.ts';
import { compareWithHost } from './comparisons.ts';
import { autoRegisters, type GuestRegisters, PLAIN_REGISTERS, registerText, resolveRegisters, writtenRegisters } from './registers.ts';

const DRIVER = 'arm-smmuv3';
const SHOWN = ['accel', 'ats', 'ril', 'ssidsize', 'oas', 'cmdqv'];
const EMULATED = 'Emulated endpoint devices are not allowed when using arm-smmuv3,accel=on';
const NO_IOMMUFD = 'vfio-pci endpoint devices without an iommufd backend not allowed when using arm-smmuv3,accel=on';
const HW_INFO_TYPE = 2;

/** Without accel the guest's mappings stay in QEMU, which no device of the host can follow. */
function refuseMapping(attached: AttachedDevice): Verdict {
  return refuseListener(attached, {
    code: 'smmuv3.no-accel',
    message: 'requires iommu MAP notifier which is not currently supported',
    region: devfn => `smmuv3-iommu-memory-region-${devfn}-0`,
    mend: 'accel=on',
  });
}

/** How a report shows AUTO that no host decided. */
const PLAIN_WORDS = new Map([
  ['ats', registerText('ats', PLAIN_REGISTERS)],
  ['ril', registerText('ril', PLAIN_REGISTERS)],
  ['ssidsize', registerText('ssidsize', PLAIN_REGISTERS)],
  ['oas', registerText('oas', PLAIN_REGISTERS)],
  ['cmdqv', 'off'],
]);

/** An SMMU that translates in QEMU alone. */
class EmulatedSmmuv3 extends PlainIommu {
  readonly driver = DRIVER;
  override readonly coversExpanders: boolean;
  readonly #properties: IommuProperties;

  constructor(properties: IommuProperties, isMachines: boolean) {
    super();
    this.#properties = properties;
    this.coversExpanders = isMachines;
  }

  attach(attached: AttachedDevice): AttachWord {
    return { ...NOTHING_SAID, verdict: refuseMapping(attached) };
  }

  properties(): Record<string, PlannedProperty> {
    return this.#properties.planned(
      SHOWN,
      autoWords(this.#properties, name => PLAIN_WORDS.get(name) ?? null),
    );
  }
}

/** What AUTO became, for those properties that are. */
function autoWords(properties: IommuProperties, of: (name: string) => string | null): Map<string, string | null> {
  return new Map(SHOWN.filter(name => properties.text(name) === 'auto').map(name => [name, of(name)]));
}

/** The registers that a guest of an accelerated SMMU reads, and what decided them. */
export class AcceleratedSmmuv3 extends PlainIommu {
  readonly driver = DRIVER;
  override readonly coversExpanders = false;
  readonly #properties: IommuProperties;
  #registers: GuestRegisters;
  #isResolved = false;
  #cmdqv: boolean | null | 'undecided' = 'undecided';

  constructor(properties: IommuProperties) {
    super();
    this.#properties = properties;
    this.#registers = writtenRegisters(properties);
  }

  /** As the guest reads them once all devices are there; null where not known. */
  get registers(): GuestRegisters {
    return this.#registers;
  }

  override refuseEmulated(): string {
    return EMULATED;
  }

  attach(attached: AttachedDevice): AttachWord {
    const placement = this.#checkEndpoint(attached);
    if (placement.outcome !== 'realized') return { ...NOTHING_SAID, placement };
    // A conventional bridge hides which device it is, so that nothing is nested.
    if (attached.place.kind === 'conventional-bridge') return { ...NOTHING_SAID, verdict: refuseMapping(attached) };
    const verdict = this.#attachToHost(attached);
    const { ssidsize, ats } = this.#registers;
    return {
      pasid: ssidsize === null ? null : ssidsize > 0,
      smmuAts: ats === null ? null : ats === 1,
      placement,
      verdict,
      warnings: [],
    };
  }

  #checkEndpoint({ device, hasIommufd }: AttachedDevice): Verdict {
    const { origin } = device;
    if (!isVfioPci(device)) return failed({ code: 'smmuv3.emulated', message: EMULATED, origin });
    if (hasIommufd) return FINE;
    return failed({ code: 'smmuv3.no-iommufd', message: NO_IOMMUFD, origin });
  }

  #attachToHost(attached: AttachedDevice): Verdict {
    const report = attached.hostIommu?.report ?? null;
    if (report !== null && report.type !== HW_INFO_TYPE) {
      const message = `Wrong data type (${report.type}) for Host SMMUv3 device info`;
      return refuseIommu(attached, { code: 'smmuv3.wrong-type', message });
    }
    const host = report === null ? null : smmuv3Numbers(report);
    this.#resolve(host);
    if (host === null) {
      this.#decideCmdqv(attached);
      return notReported(attached, "what the guest's SMMU gets of it, and whether it starts, depends on it");
    }
    return firstOf([this.#compare(attached, host), this.#decideCmdqv(attached), nesting(attached, host)]);
  }

  /** The first device decides, even one that then fails. */
  #resolve(host: Smmuv3Numbers | null): void {
    if (this.#isResolved) return;
    this.#isResolved = true;
    this.#registers = resolveRegisters(this.#registers, autoRegisters(this.#properties), host);
  }

  #compare(attached: AttachedDevice, host: Smmuv3Numbers): Verdict {
    const mismatch = compareWithHost(host, this.#registers);
    if (mismatch === null) return FINE;
    const { code, words, property } = mismatch;
    if (words === null) return notReported(attached, `an earlier device behind the same SMMU decided ${property}`);
    return refuseIommu(attached, { code, message: words, mend: this.#mend(property, host) });
  }

  /** A value that this host has. */
  #mend(property: keyof GuestRegisters | null, host: Smmuv3Numbers): string | null {
    if (property === null) return null;
    const value = registerText(property, resolveRegisters(this.#registers, [property], host));
    // Only two sizes can be asked for.
    return value === null || (property === 'oas' && !['44', '48'].includes(value)) ? `${property}=auto` : `${property}=${value}`;
  }

  #decideCmdqv(attached: AttachedDevice): Verdict {
    if (this.#cmdqv !== 'undecided') return FINE;
    const { isUsed, verdict } = decideCmdqv(this.#properties.text('cmdqv'), attached);
    this.#cmdqv = isUsed;
    return verdict;
  }

  override finish(): readonly PlanError[] {
    if (this.#isResolved || autoRegisters(this.#properties).length === 0) return [];
    const message = "arm-smmuv3 accel=on with 'auto' properties requires at least one cold-plugged VFIO device";
    const mend = autoRegisters(this.#properties)
      .map(name => `${name}=${PLAIN_WORDS.get(name)}`)
      .join();
    return [{ ...vmmMessage({ code: 'smmuv3.auto-without-device', message, mend }), of: DRIVER }];
  }

  properties(): Record<string, PlannedProperty> {
    return this.#properties.planned(
      SHOWN,
      autoWords(this.#properties, name => this.#autoWord(name)),
    );
  }

  #autoWord(name: string): string | null {
    if (name === 'cmdqv') return typeof this.#cmdqv === 'boolean' ? (this.#cmdqv ? 'on' : 'off') : null;
    if (!this.#isResolved) return null;
    return name === 'ats' || name === 'ril' || name === 'ssidsize' || name === 'oas' ? registerText(name, this.#registers) : null;
  }
}

/** Linux gives a nested SMMU only where the guest cannot make the device's accesses incoherent. */
function nesting(attached: AttachedDevice, host: Smmuv3Numbers): Verdict {
  if (attached.nests === true || (attached.nests === null && host.fwb && host.bothStages)) return FINE;
  if (attached.nests === null && host.bothStages) {
    return notReported(
      attached,
      'it has no FWB, so that nesting needs a coherent root complex (CANWBS in the IORT), which no report tells',
      false,
    );
  }
  const message = 'IOMMU_VIOMMU_ALLOC failed: Operation not supported\nUnable to alloc vIOMMU: hiodi devid 0x1: ';
  return refuseIommu(attached, { stage: 'kernel', code: 'smmuv3.no-nesting', message });
}

/** `isMachines`: the one of `-machine iommu=smmuv3`. */
export function smmuv3(properties: IommuProperties, isMachines: boolean): GuestIommu {
  return properties.isOn('accel') ? new AcceleratedSmmuv3(properties) : new EmulatedSmmuv3(properties, isMachines);
}
