/** The text of `doctor`: a line a check, the command that mends it below, and the sum. */
import { type Check, type CheckStatus, countChecks, type DoctorReport } from '../reports/doctor-report.ts';
import { wrap } from '../text/wrap.ts';
import { type Painter, PLAIN, type Tone } from './paint.ts';
import { rowsAt } from './row.ts';

/** Where the code of a check begins, and its words. */
const CODE_COLUMN = 8;
/** Where a command goes on. */
const NEXT_COLUMN = 6;
const COLUMN = 30;

const TONES: Readonly<Record<CheckStatus, Tone>> = { pass: 'good', warn: 'warn', fail: 'bad', unknown: 'dim' };

function formatCheck({ code, status, text, fix, isCommand }: Check, paint: Painter): string[] {
  const row = rowsAt([0, CODE_COLUMN, COLUMN], paint, CODE_COLUMN);
  return [
    ...row([TONES[status], status.toUpperCase()], code, text),
    // A command stays whole, so that it can be copied.
    ...(fix === null ? [] : fixLines(fix, isCommand, paint.width).map(line => paint('strong', line))),
  ];
}

/** `mend:` and a command on one line where it fits anywhere, words that are no command wrapped. */
function fixLines(fix: string, isCommand: boolean, width: number): string[] {
  const line = `mend: ${fix}`;
  if (COLUMN + line.length <= width) return [' '.repeat(COLUMN) + line];
  if (isCommand) {
    // A shell goes on reading after an operator.
    const [first, ...rest] = line.split(/(?<= &&) /);
    return [' '.repeat(CODE_COLUMN) + first, ...rest.map(part => ' '.repeat(NEXT_COLUMN) + part)];
  }
  return wrap(line, width - CODE_COLUMN, ' '.repeat(6)).map(part => ' '.repeat(CODE_COLUMN) + part);
}

/** The whole report. */
export function formatDoctor(report: DoctorReport, paint: Painter = PLAIN): string[] {
  const { kernel, device, required, checks } = report;
  const subject = device === null ? 'host' : `host and ${device}`;
  const needs = required.length === 0 ? '' : `, required: ${required.join(', ')}`;
  const { pass, warn, fail, unknown } = countChecks(checks);
  const sum = `${pass} passed, ${warn} ${warn === 1 ? 'warning' : 'warnings'}, ${fail} failed, ${unknown} unknown`;
  return [
    ...wrap(`${subject}, ${kernel === null ? 'kernel not known' : `Linux ${kernel}`}${needs}`, paint.width, '  '),
    '',
    ...checks.flatMap(check => formatCheck(check, paint)),
    '',
    ...wrap(sum, paint.width, '  ').map(line => paint(fail > 0 ? 'bad' : warn > 0 ? 'warn' : 'good', line)),
  ];
}
