/** The JSON of `compare`: the differences, which bytes were compared, and what is not known of each side. */
import { formatHex } from '../bytes/hex.ts';
import type { Comparison, Message } from '../guest-view/index.ts';
import type { UnknownPlace } from '../pci/unknown-places.ts';
import { type CompareReport, type CompareSide, type SideDoubt, unknownOfSide } from './compare-report.ts';
import type { CompareJson } from './schemas/compare.ts';
import { placesJson } from './unknown-places-json.ts';
import { COMPARE_SCHEMA_VERSION } from './versions.ts';

/** null means that nothing is known to differ, though unknown bytes may. */
const SAME: Readonly<Record<Comparison['outcome'], boolean | null>> = {
  same: true,
  'same-as-far-as-known': null,
  different: false,
  incomparable: null,
};

function messageOf({ level = 'warning', code, message, origin = 'airlock' }: SideDoubt): Message {
  return { level, code, message, origin };
}

function sideJson({ input, bdf, outcome, error, doubts }: CompareSide, unknown: readonly UnknownPlace[]): CompareJson['a'] {
  const address = bdf === null ? null : String(bdf);
  return { input, bdf: address, outcome, error, doubts: doubts.map(messageOf), unknown: placesJson(unknown) };
}

/** The whole report; `same` is null where no difference was found, but a side fails to realize or has unknown bytes. */
export function compareJson(report: CompareReport): CompareJson {
  const { a, b, comparison } = report;
  return {
    schemaVersion: COMPARE_SCHEMA_VERSION,
    same: comparison === null ? null : SAME[comparison.outcome],
    outcome: comparison?.outcome ?? 'incomparable',
    a: sideJson(a, unknownOfSide(report, 'a')),
    b: sideJson(b, unknownOfSide(report, 'b')),
    compared: (comparison?.compared ?? []).map(({ from, to }) => ({ from: formatHex(from), to: formatHex(to) })),
    differences: (comparison?.differences ?? []).map(({ at, ...rest }) => ({ at: formatHex(at, 3), ...rest })),
  };
}
