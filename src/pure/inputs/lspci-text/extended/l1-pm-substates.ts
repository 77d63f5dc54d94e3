/** Reads the text of L1 PM Substates. */
import { l1PmSubstates } from '../../../pci/extended/l1-pm-substates.ts';
import type { FieldWriter } from '../field-writer.ts';
import { decimal, flags, reader, type Take, type Words } from '../reader.ts';
import { agreeing } from '../standard/power-limit.ts';

const SUBSTATES: Words = { 'PCI-PM_L1.2': 'pciPmL1_2', 'PCI-PM_L1.1': 'pciPmL1_1', 'ASPM_L1.2': 'aspmL1_2', 'ASPM_L1.1': 'aspmL1_1' };
/** Microseconds by scale. */
const POWER_ON_SCALES = [2, 10, 100];
const LARGEST_POWER_ON = 31;
const LARGEST_THRESHOLD = 1023;
const THRESHOLD_SCALES = [0, 1, 2, 3, 4, 5].map(scale => 32 ** scale);

interface Scaled {
  readonly register: string;
  readonly value: string;
  readonly scale: string;
}

/** A time may be printed alike by several pairs of value and scale: then the bits in which they agree are known. */
export function putScaled(
  put: FieldWriter,
  { register, value, scale }: Scaled,
  time: number,
  scales: readonly number[],
  most: number,
): void {
  const pairs = scales.flatMap((unit, i) => (time % unit === 0 && time / unit <= most ? [[time / unit, i] as const] : []));
  const values = agreeing(pairs.map(([first]) => first));
  const units = agreeing(pairs.map(([, second]) => second));
  put.some(register, value, values.mask, values.value);
  put.some(register, scale, units.mask, units.value);
}

const scaled =
  (pattern: RegExp, to: Scaled, scales: readonly number[], most: number): Take =>
  (text, put) => {
    const time = pattern.exec(text)?.[1];
    if (time !== undefined) putScaled(put, to, Number(time), scales, most);
  };

const PORT_POWER_ON = { register: 'capabilities', value: 'portTPowerOnValue', scale: 'portTPowerOnScale' };
const POWER_ON = { register: 'control2', value: 'tPowerOnValue', scale: 'tPowerOnScale' };
const THRESHOLD = { register: 'control1', value: 'ltrL1_2ThresholdValue', scale: 'ltrL1_2ThresholdScale' };

export const l1PmSubstatesReader = reader(l1PmSubstates, /^L1 PM Substates/, {
  labels: {
    L1SubCap: [
      flags('capabilities', { ...SUBSTATES, L1_PM_Substates: 'l1PmSubstates' }),
      decimal('capabilities', 'portCommonModeRestoreTime', /PortCommonModeRestoreTime=(\d+)us/),
      scaled(/PortTPowerOnTime=(\d+)us/, PORT_POWER_ON, POWER_ON_SCALES, LARGEST_POWER_ON),
    ],
    L1SubCtl1: [
      flags('control1', SUBSTATES),
      decimal('control1', 'commonModeRestoreTime', /T_CommonMode=(\d+)us/),
      scaled(/LTR1\.2_Threshold=(\d+)ns/, THRESHOLD, THRESHOLD_SCALES, LARGEST_THRESHOLD),
    ],
    L1SubCtl2: [scaled(/T_PwrOn=(\d+)us/, POWER_ON, POWER_ON_SCALES, LARGEST_POWER_ON)],
  },
});
