/** The guest's amd-iommu (QEMU 11.1.3 and 10.0). */
import { type DefinedDevice, findValue } from '../../definition.ts';
import type { PlannedProperty } from '../../plan-report.ts';
import { type AttachedDevice, isVfioPci, refuseListener } from './attaching.ts';
import { type AttachWord, NOTHING_SAID, PlainIommu } from './guest-iommu.ts';
import { resolveIntremap } from './intel-checks.ts';
import type { IommuProperties } from './properties.ts';
import type { IommuQuestion } from './question.ts';
import { failed, type Verdict, vmmMessage } from './verdict.ts';

const DRIVER = 'amd-iommu';

/** The PCI function that it shows itself by, where one is named. */
export function checkPciId(properties: IommuProperties, device: DefinedDevice, before: readonly DefinedDevice[]): Verdict | null {
  const id = properties.text('pci-id');
  if (id === '') return null;
  const origin = findValue(device.values, 'pci-id')?.origin ?? device.origin;
  const named = before.find(other => other.id === id);
  if (named?.driver === 'AMDVI-PCI') return null;
  const message = named === undefined ? `Cannot find PCI device '${id}'` : `Device '${id}' must be an AMDVI-PCI device type`;
  return failed({ code: 'amd-iommu.pci-id', message, mend: `-device AMDVI-PCI,id=${id} in front, or no pci-id=`, origin });
}

export class AmdIommu extends PlainIommu {
  readonly driver = DRIVER;
  readonly #properties: IommuProperties;
  readonly #question: IommuQuestion;

  constructor(properties: IommuProperties, question: IommuQuestion) {
    super();
    this.#properties = properties;
    this.#question = question;
  }

  attach(attached: AttachedDevice): AttachWord {
    const { device } = attached;
    if (!isVfioPci(device)) return NOTHING_SAID;
    if (!this.#properties.effective.has('dma-remap')) {
      const message = 'requires iommu notifier which is not currently supported';
      const words = { code: 'amd-iommu.no-notifier', message, region: () => 'amd_iommu', mend: 'QEMU 11.1, and dma-remap=on of amd-iommu' };
      return { ...NOTHING_SAID, verdict: refuseListener(attached, words) };
    }
    if (this.#properties.isOn('dma-remap')) return NOTHING_SAID;
    const message = 'the guest of amd-iommu without dma-remap=on cannot have DMA of this device translated: QEMU ends once it tries';
    return {
      ...NOTHING_SAID,
      warnings: [vmmMessage({ code: 'amd-iommu.dma-remap', message, mend: 'dma-remap=on', origin: device.origin })],
    };
  }

  properties(): Record<string, PlannedProperty> {
    const intremap = resolveIntremap(this.#properties, this.#question);
    const isAuto = this.#properties.text('intremap') === 'auto';
    const resolved = new Map(isAuto ? [['intremap', intremap === null ? null : intremap ? 'on' : 'off'] as const] : []);
    return this.#properties.planned(['dma-remap', 'intremap'], resolved);
  }
}
