/** Tells what of a capture is ignored or contradicts itself, and what an earlier version of the format does not carry. */
import { CAPTURE_COMMAND, missingAssignmentFacts, missingHostFacts } from '../facts/index.ts';
import { captureContradictions } from './capture-contradictions.ts';
import { captureDevices, captureHostFacts } from './capture-facts.ts';
import type { ReadCapture } from './parse-capture.ts';
import { SCHEMA_VERSION } from './schema.ts';

/** Sentences without the capture's name; empty where there is nothing to tell. */
export function captureDoubts({ capture, schemaVersion, strangeKeys }: ReadCapture): string[] {
  const doubts: string[] = [];
  if (strangeKeys.length > 0) doubts.push(`keys that this airlock does not know are left out: ${strangeKeys.join(', ')}`);
  doubts.push(...captureContradictions(capture));
  if (schemaVersion === SCHEMA_VERSION) return doubts;
  const assignments = [...captureDevices(capture)].map(({ assignment }) => assignment).filter(facts => facts !== null);
  const ofHost = missingHostFacts(captureHostFacts(capture)).join(', ');
  const ofDevices = missingAssignmentFacts(assignments).join(', ');
  const words = [ofHost, ofDevices === '' ? '' : `of a device ${ofDevices}`].filter(part => part !== '').join('; ');
  return [
    ...doubts,
    `a capture of version ${schemaVersion}, in which these are not known: ${words}; ${CAPTURE_COMMAND} on that host tells`,
  ];
}
