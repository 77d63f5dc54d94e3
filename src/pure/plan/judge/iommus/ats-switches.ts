/** ATS has two switches, of the guest's SMMU and of each device behind it: what is to be said where they disagree. */
import type { DefinedDevice } from '../../definition.ts';
import type { PlanMessage } from '../../plan-report.ts';
import { vfioName } from './attaching.ts';
import type { DeviceWord } from './question.ts';
import { vmmMessage } from './verdict.ts';

/** `isShown`: whether the guest sees ATS of the device, null where it has none or that is not known. null where they agree. */
export function atsSwitches(device: DefinedDevice, { smmuAts }: Pick<DeviceWord, 'smmuAts'>, isShown: boolean | null): PlanMessage | null {
  if (smmuAts === null || isShown === null || smmuAts === isShown) return null;
  const name = vfioName(device);
  const message = isShown
    ? `the guest sees ATS of ${name}, but its SMMU does not offer ATS: a guest leaves it off`
    : `the guest's SMMU offers ATS, but ATS of ${name} is masked: nothing can be enabled`;
  return vmmMessage({ code: 'ats.two-switches', message, origin: device.origin });
}
