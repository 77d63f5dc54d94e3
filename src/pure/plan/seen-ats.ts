/** Whether the guest of a planned device sees ATS: by the views, since a property says nothing of a device that has none. */
import { resolvedAts } from './judge/assigned-device.ts';
import type { DevicePlan } from './plan-report.ts';

/** `some`: of a set's devices, any of which the VM may be given. */
export type SeenAts = 'on' | 'off' | 'some';

/** null where nothing is realized, or that is not known. */
export function seenAts({ view, candidates }: Pick<DevicePlan, 'view' | 'candidates'>): SeenAts | null {
  const views = candidates?.filter(({ outcome }) => outcome !== 'failed').map(candidate => candidate.view) ?? [view];
  const [first, ...others] = views.map(resolvedAts);
  if (first === undefined || first === null || others.includes(null)) return null;
  return others.every(other => other === first) ? first : 'some';
}
