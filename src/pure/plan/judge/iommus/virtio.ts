/** The guest's virtio-iommu-pci (QEMU 11.1.3 and 10.0). */
import { formatHex } from '../../../bytes/hex.ts';
import type { PlannedProperty } from '../../plan-report.ts';
import { type AttachedDevice, hasHostIommu, notReported, refuseIommu, vfioName } from './attaching.ts';
import { type AttachWord, NOTHING_SAID, PlainIommu } from './guest-iommu.ts';
import type { IommuProperties } from './properties.ts';
import type { IommuQuestion } from './question.ts';
import { FINE, failed, type Verdict } from './verdict.ts';

const DRIVER = 'virtio-iommu-pci';
const GRANULES: ReadonlyMap<string, bigint> = new Map([
  ['4k', 0x1000n],
  ['8k', 0x2000n],
  ['16k', 0x4000n],
  ['64k', 0x10000n],
]);

export function checkVirtioValues(properties: IommuProperties): Verdict | null {
  const bits = properties.number('aw-bits');
  if (bits >= 32 && bits <= 64) return null;
  const message = 'aw-bits must be within [32,64]';
  return failed({ code: 'virtio-iommu.aw-bits', message, mend: 'aw-bits=48', origin: properties.originOf('aw-bits') });
}

export class VirtioIommu extends PlainIommu {
  readonly driver = DRIVER;
  readonly #properties: IommuProperties;
  readonly #isX86: boolean;

  constructor(properties: IommuProperties, { machine, definition }: IommuQuestion) {
    super();
    this.#properties = properties;
    this.#isX86 = definition.vmm.architecture === 'x86_64' || (machine !== null && machine.family !== 'virt');
  }

  attach(attached: AttachedDevice): AttachWord {
    if (!hasHostIommu(attached)) return NOTHING_SAID;
    return { ...NOTHING_SAID, verdict: this.#checkGranule(attached) };
  }

  /** By iommufd the host's pages must be among the guest's; a legacy container says all sizes that its IOMMU maps. */
  #checkGranule(attached: AttachedDevice): Verdict {
    const granule = GRANULES.get(this.#properties.text('granule'));
    if (granule === undefined || !attached.hasIommufd) return FINE;
    if (!this.#isX86) return notReported(attached, `whether its kernel has pages of ${this.#properties.text('granule')}`);
    // Kernels of x86 have pages of 4k alone.
    const page = GRANULES.get('4k') ?? granule;
    if (granule <= page) return FINE;
    const mask = formatHex(BigInt.asUintN(64, -granule));
    const sizes = `page size mask ${formatHex(page)} incompatible with currently supported mask ${mask}`;
    const message = `${vfioName(attached.device)}: virtio-iommu reports a ${sizes}`;
    return refuseIommu(attached, { code: 'virtio-iommu.granule', message, mend: 'granule=host' });
  }

  properties(): Record<string, PlannedProperty> {
    return this.#properties.planned(['aw-bits', 'boot-bypass', 'granule'], new Map());
  }
}
