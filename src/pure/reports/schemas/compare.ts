/** What `airlock compare` prints. */
import * as v from 'valibot';
import { COMPARE_SCHEMA_VERSION } from '../versions.ts';
import { address, count, failure, hex, hexDigits, type Json, list, oneOf, orNull, schemaVersion, text, unknownPlaces } from './values.ts';
import { message } from './view.ts';

/** The place of a difference; the two values stand beside it under names of their own. */
export const differencePlace = {
  at: hexDigits(3, 'offset in config space, in bytes'),
  place: text('header, a capability such as ATS [1b0], extended config space, or bytes for what no register covers'),
  field: text('field such as control.enable; empty for a capability as a whole; of bytes the offset of the first'),
};
export const differenceLength = v.exactOptional(count('of bytes: how many the run has, some of which may be the same'));

export const sideValue = (whose: string) => orNull(v.string(), `the value of ${whose}; null where it lacks it`);

const side = v.object({
  input: text('as the user named it: a file, - or an address'),
  bdf: orNull(address('address'), 'address of the device; null for bytes that came without one'),
  outcome: oneOf(
    ['realized', 'failed', 'unknown', 'raw'],
    'unknown: whether it realizes rests on bytes that are not known; raw: the bytes were taken as they are',
  ),
  error: orNull(failure, 'why it fails; null where it does not'),
  doubts: list(message, 'what is open about it besides its bytes'),
  unknown: unknownPlaces('the device, or of what was compared where the device is known as a whole,'),
});

export const compareDocument = v.pipe(
  v.object({
    schemaVersion: schemaVersion(COMPARE_SCHEMA_VERSION),
    same: orNull(v.boolean(), 'null where nothing is known to differ and not all is known, or nothing could be compared'),
    outcome: oneOf(['same', 'same-as-far-as-known', 'different', 'incomparable'], 'incomparable: no byte is known of both'),
    a: v.pipe(side, v.description('the first input')),
    b: v.pipe(side, v.description('the second input')),
    compared: list(
      v.object({ from: hex('offset of the first byte'), to: hex('offset of the last byte') }),
      'the bytes that both sides know',
    ),
    differences: list(v.object({ ...differencePlace, a: sideValue('A'), b: sideValue('B'), length: differenceLength }), 'by offset'),
  }),
  v.title('airlock compare --json'),
  v.description('What differs between two devices as a guest meets them, as far as both are known.'),
);
/** The JSON of `airlock compare`. */
export type CompareJson = Json<typeof compareDocument>;
