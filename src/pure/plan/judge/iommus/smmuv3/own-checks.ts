/** What QEMU 11.1.3 says of an SMMUv3 before any device is behind it, in its order and words. */
import { findValue } from '../../../definition.ts';
import { hasFirmware } from '../firmware.ts';
import { hasKvmIrqchip } from '../irqchip.ts';
import type { IommuProperties } from '../properties.ts';
import type { IommuQuestion } from '../question.ts';
import { failed, type Verdict } from '../verdict.ts';

const OAS_WORDS = 'QEMU SMMUv3 model only implements auto, 44 bit, or 48 bit OAS. Other OasMode values are not supported.';

interface Check {
  readonly property: string;
  readonly words: string;
  /** What mends it. */
  readonly mend: string;
  isBroken(properties: IommuProperties): boolean;
}

const needsAccel = (property: string, words: string, isBroken: Check['isBroken']): Check => ({
  property,
  words,
  mend: 'accel=on',
  isBroken: properties => !properties.isOn('accel') && isBroken(properties),
});

/** In the order in which QEMU comes to them. */
const CHECKS: readonly Check[] = [
  {
    property: 'oas',
    words: OAS_WORDS,
    mend: 'oas=44',
    isBroken: properties => !['auto', '44', '48'].includes(properties.text('oas')),
  },
  {
    property: 'stage',
    words: 'Only stage1 is supported for SMMUv3 with accel=on',
    mend: 'stage=1',
    isBroken: properties => properties.isOn('accel') && !['', '1'].includes(properties.text('stage')),
  },
  needsAccel('ril', 'ril can only be disabled if accel=on', properties => properties.text('ril') === 'off'),
  needsAccel('ats', 'ats can only be enabled if accel=on', properties => properties.isOn('ats')),
  needsAccel('oas', 'oas must be 44 bits when accel=off', properties => properties.text('oas') === '48'),
  needsAccel('ssidsize', 'ssidsize can only be greater than 0 bits if accel=on', properties => properties.number('ssidsize') > 0),
  needsAccel('cmdqv', 'cmdqv can only be enabled if accel=on', properties => properties.isOn('cmdqv')),
];

/** accel=on wants KVM; that comes first of all. */
export function checkKvm(properties: IommuProperties, question: IommuQuestion): Verdict | null {
  if (!properties.isOn('accel') || hasKvmIrqchip(question) !== false) return null;
  const message = 'SMMUv3 accel=on requires KVM with kernel-irqchip=on support';
  return failed({ code: 'smmuv3.kvm', message, origin: properties.originOf('accel') });
}

/** Values that do not go together. */
export function checkValues(properties: IommuProperties): Verdict | null {
  for (const { property, words, mend, isBroken } of CHECKS) {
    if (isBroken(properties)) return failed({ code: `smmuv3.${property}`, message: words, mend, origin: properties.originOf(property) });
  }
  return null;
}

/** accel=on wants ACPI, and so firmware; the last thing that is looked at. */
export function checkFirmware(properties: IommuProperties, { definition }: IommuQuestion): Verdict | null {
  if (!properties.isOn('accel') || hasFirmware(definition) !== false) return null;
  const message = 'SMMUv3 with accel=on not supported for DT';
  const origin = findValue(definition.machine.values, 'acpi')?.origin ?? properties.originOf('accel');
  return failed({ code: 'smmuv3.device-tree', message, origin });
}
