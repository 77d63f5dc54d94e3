/** The text of L1 PM Substates. */
import type { CapabilityFields } from '../../../pci/capability.ts';
import { l1PmSubstates } from '../../../pci/extended/l1-pm-substates.ts';
import { formatFlags, renderer, sign } from '../renderer.ts';

type Substates = Pick<CapabilityFields<typeof l1PmSubstates>['control1'], 'pciPmL1_2' | 'pciPmL1_1' | 'aspmL1_2' | 'aspmL1_1'>;

function formatSubstates(of: Substates): string {
  return formatFlags({ 'PCI-PM_L1.2': of.pciPmL1_2, 'PCI-PM_L1.1': of.pciPmL1_1, 'ASPM_L1.2': of.aspmL1_2, 'ASPM_L1.1': of.aspmL1_1 });
}

/** Microseconds by scale; scale 3 is reserved. */
function formatPowerOn(value: number, scale: number): string {
  const unit = [2, 10, 100][scale];
  return unit === undefined ? '<error>' : `${value * unit}us`;
}

/** Nanoseconds; scales 6 and 7 are reserved. */
function formatThreshold(value: number, scale: number): string {
  return scale > 5 ? '<error>' : `${value * 32 ** scale}ns`;
}

export const l1PmSubstatesText = renderer(l1PmSubstates, ({ capabilities, control1, control2 }) => {
  const hasL1_2 = capabilities.pciPmL1_2 || capabilities.aspmL1_2;
  const lines = [`L1SubCap: ${formatSubstates(capabilities)} L1_PM_Substates${sign(capabilities.l1PmSubstates)}`];
  if (hasL1_2) {
    const powerOn = formatPowerOn(capabilities.portTPowerOnValue, capabilities.portTPowerOnScale);
    lines.push(`\t  PortCommonModeRestoreTime=${capabilities.portCommonModeRestoreTime}us PortTPowerOnTime=${powerOn}`);
  }
  lines.push(`L1SubCtl1: ${formatSubstates(control1)}`);
  if (hasL1_2) {
    const threshold = formatThreshold(control1.ltrL1_2ThresholdValue, control1.ltrL1_2ThresholdScale);
    lines.push(`\t   T_CommonMode=${control1.commonModeRestoreTime}us${capabilities.aspmL1_2 ? ` LTR1.2_Threshold=${threshold}` : ''}`);
  }
  lines.push(`L1SubCtl2:${hasL1_2 ? ` T_PwrOn=${formatPowerOn(control2.tPowerOnValue, control2.tPowerOnScale)}` : ''}`);
  return { title: 'L1 PM Substates', lines };
});
