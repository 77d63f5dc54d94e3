/** What `airlock doctor` prints. */
import * as v from 'valibot';
import { DOCTOR_SCHEMA_VERSION } from '../versions.ts';
import { count, flag, type Json, list, oneOf, orNull, part, schemaVersion, text } from './values.ts';

const check = v.object({
  code: text('stable, such as iommu.on'),
  status: oneOf(['pass', 'warn', 'fail', 'unknown'], 'unknown: what it rests on could not be read or asked'),
  text: text('one sentence: what is, and for what is not as it should be, what was wanted'),
  fix: orNull(v.string(), 'a command, or what to do where no command does it; null for what needs no mending'),
  isCommand: flag('whether fix is a command of a shell, which works as it stands there'),
});
/** One check in the JSON of `airlock doctor`. */
export type Check = Json<typeof check>;
export type CheckStatus = Check['status'];

export const doctorDocument = v.pipe(
  v.object({
    schemaVersion: schemaVersion(DOCTOR_SCHEMA_VERSION),
    kernel: orNull(v.string(), 'uname -r; null where it is not known'),
    device: orNull(v.string(), 'address of the device that was examined with the host; null for the host alone'),
    required: list(v.string(), 'what --require names: iommufd, ats, pasid'),
    outcome: oneOf(['passed', 'failed'], 'failed where a check failed'),
    counts: part(
      {
        pass: count('checks that passed'),
        warn: count('checks that warn'),
        fail: count('checks that failed'),
        unknown: count('checks whose end is not known'),
      },
      'how many checks ended in each way',
    ),
    checks: list(check, 'in the order of the text'),
  }),
  v.title('airlock doctor --json'),
  v.description('Whether a host, and perhaps one device of it, is ready for assignment, and what mends it.'),
);
/** The JSON of `airlock doctor`. */
export type DoctorJson = Json<typeof doctorDocument>;
