/** The guest's intel-iommu, and what it says of a device of the host: as QEMU 11.1.3 does it, and as 10.0 did. */

import { type DecodedHwInfo, decodeHwInfo, type HwInfoReport } from '../../../iommu/index.ts';
import type { PlanError, PlannedProperty } from '../../plan-report.ts';
import { usesKvm } from '../accelerator.ts';
import { type AttachedDevice, hasHostIommu, notReported, refuse, refuseIommu } from './attaching.ts';
import { type AttachWord, NOTHING_SAID, PlainIommu } from './guest-iommu.ts';
import { type IntelNames, intelNames, resolveIntremap } from './intel-checks.ts';
import type { IommuProperties } from './properties.ts';
import type { IommuQuestion } from './question.ts';
import { firstOf, type Verdict, vmmMessage } from './verdict.ts';

const DRIVER = 'intel-iommu';
const MEND = 'caching-mode=on';
const UNCACHED = 'Device assignment is not allowed without enabling caching-mode=on for Intel IOMMU.';
const UNCACHED_10_0 = 'We need to set caching-mode=on for intel-iommu to enable device assignment with IOMMU protection.';

/** What the report says of VT-d hardware, as far as the guest's IOMMU asks for it. */
interface VtdHost {
  readonly addressBits: number;
  readonly nests: boolean;
  readonly firstStage1G: boolean;
  readonly pasidBits: number;
}

/** Reports that were decoded: every VM of a fleet asks about the same ones. */
const known = new WeakMap<HwInfoReport, DecodedHwInfo>();

function decodeOnce(report: HwInfoReport): DecodedHwInfo {
  const decoded = known.get(report) ?? decodeHwInfo(report);
  known.set(report, decoded);
  return decoded;
}

/** null where there is no report of VT-d. */
function vtdHost({ hostIommu }: AttachedDevice): VtdHost | null {
  const report = hostIommu?.report ?? null;
  if (report === null) return null;
  const decoded = decodeOnce(report);
  if (decoded.type !== 'intel-vtd' || decoded.meaning === null) return null;
  const { meaning, fields } = decoded;
  return {
    // Linux maps below what both a table of the widest kind and the guest's addresses reach.
    addressBits: Math.min(meaning.guestAddressBits, Math.max(0, ...meaning.addressWidths)),
    nests: meaning.nested,
    firstStage1G: fields.cap?.FL1GP === true,
    pasidBits: (fields.ecap?.PSS ?? 0) + 1,
  };
}

const isAmd = ({ hostIommu }: AttachedDevice): boolean =>
  hostIommu?.report !== null && hostIommu?.report !== undefined && decodeOnce(hostIommu.report).type === 'amd';

export class IntelIommu extends PlainIommu {
  readonly driver = DRIVER;
  readonly #properties: IommuProperties;
  readonly #question: IommuQuestion;
  readonly #names: IntelNames;
  readonly #is10_0: boolean;

  constructor(properties: IommuProperties, question: IommuQuestion) {
    super();
    this.#properties = properties;
    this.#question = question;
    this.#names = intelNames(properties);
    this.#is10_0 = this.#names.firstStage === 'x-flts';
  }

  attach(attached: AttachedDevice): AttachWord {
    if (!hasHostIommu(attached)) return NOTHING_SAID;
    const isNested = this.#properties.isOn(this.#names.firstStage);
    const host = vtdHost(attached);
    const steps = this.#is10_0
      ? [this.#checkWidth(attached, host), isNested ? this.#refuseNested10_0(attached) : null]
      : [
          isNested && attached.hasIommufd ? this.#checkNesting(attached, host) : null,
          this.#properties.isOn('caching-mode')
            ? null
            : refuseIommu(attached, { code: 'intel-iommu.caching-mode', message: UNCACHED, mend: MEND }),
          ...this.#checkDevice(attached, host, isNested),
        ];
    const pasid = !this.#is10_0 && isNested && this.#properties.number('pasid-bits') > 0;
    return { ...NOTHING_SAID, pasid, verdict: firstOf(steps) };
  }

  #refuseNested10_0(attached: AttachedDevice): Verdict {
    const message = 'host device is uncompatible with stage-1 translation';
    return refuseIommu(attached, { code: 'intel-iommu.first-stage', message, mend: 'x-flts=off' });
  }

  /** The kernel is asked for tables below which the guest's can be nested, before QEMU compares anything. */
  #checkNesting(attached: AttachedDevice, host: VtdHost | null): Verdict | null {
    if (attached.nests === true) return null;
    if (host?.nests === false || attached.nests === false) {
      const message = 'Failed to allocate hwpt: Operation not supported';
      return refuse(attached, { stage: 'kernel', code: 'intel-iommu.no-nesting', message, mend: 'fsts=off' });
    }
    // The registers say what the hardware has; a report of PASIDs that the kernel uses it.
    if (host !== null && (attached.hostIommu?.report?.maxPasidLog2 ?? 0) > 0) return null;
    return notReported(attached, 'whether its kernel runs the IOMMU in scalable mode and nests, as fsts=on wants');
  }

  #checkWidth(attached: AttachedDevice, host: VtdHost | null): Verdict | null {
    const bits = this.#properties.number('aw-bits');
    if (host === null) {
      // AMD's tables have 48 bits at least; so has every VT-d that is not of a small kind.
      return bits <= 39 || isAmd(attached) ? null : notReported(attached, `whether it takes addresses of ${bits} bits`);
    }
    if (bits <= host.addressBits) return null;
    const message = `aw-bits ${bits} > host aw-bits ${host.addressBits}`;
    return refuseIommu(attached, { code: 'intel-iommu.aw-bits', message, mend: `aw-bits=${host.addressBits}` });
  }

  #checkDevice(attached: AttachedDevice, host: VtdHost | null, isNested: boolean): (Verdict | null)[] {
    const width = this.#checkWidth(attached, host);
    if (!isNested) return [width];
    if (!attached.hasIommufd) {
      const message = 'Need IOMMUFD backend when fsts=on';
      return [width, refuseIommu(attached, { code: 'intel-iommu.no-iommufd', message })];
    }
    return [width, this.#checkFirstStage(attached, host), this.#checkBridge(attached)];
  }

  #checkFirstStage(attached: AttachedDevice, host: VtdHost | null): Verdict | null {
    if (host === null) return notReported(attached, 'which tables of a guest it nests');
    if (this.#properties.isOn('fs1gp') && !host.firstStage1G) {
      const message = 'First stage 1GB large page is unsupported by host IOMMU';
      return refuseIommu(attached, { code: 'intel-iommu.fs1gp', message, mend: 'fs1gp=off' });
    }
    const bits = this.#properties.number('pasid-bits');
    if (bits <= host.pasidBits) return null;
    const message = `PASID bits size ${bits} > host IOMMU PASID bits size ${host.pasidBits}`;
    return refuseIommu(attached, { code: 'intel-iommu.pasid-bits', message, mend: `pasid-bits=${host.pasidBits}` });
  }

  #checkBridge(attached: AttachedDevice): Verdict | null {
    if (attached.place.kind !== 'conventional-bridge') return null;
    const message = 'Host device downstream to a PCI bridge is unsupported when fsts=on';
    return refuseIommu(attached, { code: 'intel-iommu.bridge', message });
  }

  /** 10.0 looks at this once the machine is made, and wherever the devices stand. */
  override finish(hasAssigned: boolean): readonly PlanError[] {
    if (!this.#is10_0 || !hasAssigned || this.#properties.isOn('caching-mode')) return [];
    return [{ ...vmmMessage({ code: 'intel-iommu.caching-mode', message: UNCACHED_10_0, mend: MEND }), of: DRIVER }];
  }

  properties(): Record<string, PlannedProperty> {
    const intremap = resolveIntremap(this.#properties, this.#question);
    const word = intremap === null ? null : intremap ? 'on' : 'off';
    // AUTO of eim follows intremap under KVM, and is off without.
    const isKvm = usesKvm(this.#question.definition);
    const eim = isKvm === null && word === 'on' ? null : isKvm === false ? 'off' : word;
    const resolved = new Map<string, string | null>();
    if (this.#properties.text('intremap') === 'auto') resolved.set('intremap', word);
    if (this.#properties.text('eim') === 'auto') resolved.set('eim', eim);
    return this.#properties.planned(['aw-bits', 'caching-mode', 'intremap', 'eim'], resolved);
  }
}
