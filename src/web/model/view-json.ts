/** The JSON of views, exactly as `airlock view --json` prints it. */
import type { DeviceFacts } from '../../pure/facts/index.ts';
import { type ViewRequest, view } from '../../pure/guest-view/index.ts';
import { VIEW_SCHEMA_VERSION } from '../../pure/reports/versions.ts';
import { formatViewLine } from '../../pure/reports/view-line.ts';
import { viewSlot } from '../../pure/slot/index.ts';
import { TimeSlices } from './time-slices.ts';

/** Pieces of one document, made in short pieces of time. Throws what `view` throws. */
export async function viewJsonParts(devices: readonly DeviceFacts[], request: ViewRequest): Promise<readonly string[]> {
  const slices = new TimeSlices();
  const parts = [`{"schemaVersion":${VIEW_SCHEMA_VERSION},"devices":[`];
  for (const [i, facts] of devices.entries()) {
    await slices.breathe();
    const seen = view(facts, request);
    parts.push(`${i === 0 ? '' : ','}\n${formatViewLine({ ...seen, slot: viewSlot(seen) }, true)}`);
  }
  parts.push('\n]}\n');
  return parts;
}
