/** What QEMU 11.1.3 and 10.0 say of values of intel-iommu that do not go together, in their order and words. */
import { isIrqchipInKernel } from './irqchip.ts';
import type { IommuProperties } from './properties.ts';
import type { IommuQuestion } from './question.ts';
import { failed, type Verdict } from './verdict.ts';

/** What 11.1 renamed, and 10.0 calls otherwise. */
export interface IntelNames {
  readonly scalable: string;
  readonly firstStage: string;
  /** In messages. */
  readonly firstStageWord: string;
}

export function intelNames(properties: IommuProperties): IntelNames {
  return properties.effective.has('scalable-mode')
    ? { scalable: 'scalable-mode', firstStage: 'fsts', firstStageWord: 'fsts' }
    : { scalable: 'x-scalable-mode', firstStage: 'x-flts', firstStageWord: 'flts' };
}

/** AUTO resolved: on where KVM does not make all interrupts; null where that is not known. */
export function resolveIntremap(properties: IommuProperties, question: IommuQuestion): boolean | null {
  const text = properties.text('intremap');
  if (text !== 'auto') return text === 'on';
  const inKernel = isIrqchipInKernel(question);
  return inKernel === null ? null : !inKernel;
}

/** Of any IOMMU of x86: interrupts that KVM makes are not remapped. */
export function checkIrqchip(properties: IommuProperties, question: IommuQuestion): Verdict | null {
  if (!properties.isOn('intremap') || isIrqchipInKernel(question) !== true) return null;
  const message = "Interrupt Remapping cannot work with kernel-irqchip=on, please use 'split|off'.";
  return failed({ code: 'iommu.irqchip', message, origin: properties.originOf('intremap') });
}

interface Check {
  readonly property: string;
  readonly words: string;
  readonly mend: string;
  readonly isBroken: boolean;
}

function widthCheck(properties: IommuProperties, names: IntelNames): Check {
  const bits = properties.number('aw-bits');
  const isScalable = properties.isOn(names.scalable);
  if (isScalable && properties.isOn(names.firstStage)) {
    const words = `Scalable mode(${names.firstStageWord}=on): supported value for aw-bits is: 48`;
    return { property: 'aw-bits', words, mend: 'aw-bits=48', isBroken: bits !== 48 };
  }
  const mode = isScalable ? `Scalable mode(${names.firstStageWord}=off)` : 'Legacy mode';
  const words = `${mode}: supported values for aw-bits are: 39, 48`;
  return { property: 'aw-bits', words, mend: 'aw-bits=39', isBroken: bits !== 39 && bits !== 48 };
}

function pasidChecks(properties: IommuProperties, { scalable }: IntelNames): Check[] {
  const [property, isWanted] = properties.effective.has('pasid-bits')
    ? ['pasid-bits', properties.number('pasid-bits') > 0]
    : ['x-pasid-mode', properties.isOn('x-pasid-mode')];
  const bits = properties.number('pasid-bits');
  return [
    { property, words: 'Need to set scalable mode for PASID', mend: `${scalable}=on`, isBroken: isWanted && !properties.isOn(scalable) },
    { property, words: `PASID width ${bits} exceeds Max PASID Width 20 allowed in PCI spec`, mend: 'pasid-bits=20', isBroken: bits > 20 },
  ];
}

function svmChecks(properties: IommuProperties): Check[] {
  const isOn = properties.isOn('svm');
  const check = (words: string, mend: string, isMet: boolean): Check => ({ property: 'svm', words, mend, isBroken: isOn && !isMet });
  return [
    check('Need to set device IOTLB for svm', 'device-iotlb=on', properties.isOn('device-iotlb')),
    check('Need to set fsts for svm', 'fsts=on', properties.isOn('fsts')),
    check('Need to set dma-translation for svm', 'dma-translation=on', properties.isOn('dma-translation')),
    check('Need to set PASID support for svm', 'pasid-bits=20', properties.number('pasid-bits') > 0),
  ];
}

export function checkIntelValues(properties: IommuProperties, question: IommuQuestion): Verdict | null {
  const names = intelNames(properties);
  const checks: Check[] = [
    {
      property: 'eim',
      words: 'eim=on cannot be selected without intremap=on',
      mend: 'intremap=on',
      isBroken: properties.isOn('eim') && resolveIntremap(properties, question) === false,
    },
    {
      property: names.firstStage,
      words: `${names.firstStage} is only available in scalable mode`,
      mend: `${names.scalable}=on`,
      isBroken: properties.isOn(names.firstStage) && !properties.isOn(names.scalable),
    },
    widthCheck(properties, names),
    ...pasidChecks(properties, names),
    ...svmChecks(properties),
  ];
  const broken = checks.find(({ isBroken }) => isBroken);
  if (broken === undefined) return null;
  const { property, words, mend } = broken;
  return failed({ code: `intel-iommu.${property}`, message: words, mend, origin: properties.originOf(property) });
}
