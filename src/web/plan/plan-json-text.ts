/** The JSON of the plan that is shown, exactly as `airlock plan --json` prints it. */
import { planJson } from '../../pure/reports/plan-json.ts';
import { type Planned, planned } from './planning.ts';

/** Empty where nothing is planned. */
export function planJsonText(made: Planned | null = planned.value): string {
  return made === null ? '' : `${JSON.stringify(planJson(made.vms, made.findings, made.unread.length), null, 2)}\n`;
}
