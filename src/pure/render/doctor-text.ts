/** The text of `doctor`: a line a check, the command that mends it below, and the sum; at most 80 columns. */
import { type Check, type CheckStatus, countChecks, type DoctorReport } from './doctor-report.ts';
import { type Painter, PLAIN, type Tone } from './paint.ts';
import { wrap } from './wrap.ts';

const WIDTH = 80;
/** Where the words of a check begin. */
const COLUMN = 30;

const TONES: Readonly<Record<CheckStatus, Tone>> = { pass: 'good', warn: 'warn', fail: 'bad', unknown: 'dim' };

function formatCheck({ code, status, text, fix }: Check, paint: Painter): string[] {
  const [first = '', ...rest] = wrap(text, WIDTH - COLUMN);
  const indent = ' '.repeat(COLUMN);
  const mark = paint(TONES[status], status.toUpperCase().padEnd(7));
  return [
    `${mark} ${code.padEnd(COLUMN - 9)} ${first}`.trimEnd(),
    ...rest.map(line => indent + line),
    // A command stays whole, so that it can be copied.
    ...(fix === null ? [] : fixLines(fix).map(line => paint('strong', line))),
  ];
}

/** `mend:` and a command on one line where it fits anywhere, words that are no command wrapped. */
function fixLines(fix: string): string[] {
  const line = `${' '.repeat(COLUMN)}mend: ${fix}`;
  if (line.length <= WIDTH) return [line];
  return wrap(`mend: ${fix}`, WIDTH - 8, ' '.repeat(6)).map(part => ' '.repeat(8) + part);
}

/** The whole report. */
export function formatDoctor(report: DoctorReport, paint: Painter = PLAIN): string[] {
  const { kernel, device, required, checks } = report;
  const subject = device === null ? 'host' : `host and ${device}`;
  const needs = required.length === 0 ? '' : `, required: ${required.join(', ')}`;
  const { pass, warn, fail, unknown } = countChecks(checks);
  const sum = `${pass} passed, ${warn} ${warn === 1 ? 'warning' : 'warnings'}, ${fail} failed, ${unknown} unknown`;
  return [
    ...wrap(`${subject}, ${kernel === null ? 'kernel not known' : `Linux ${kernel}`}${needs}`, WIDTH, '  '),
    '',
    ...checks.flatMap(check => formatCheck(check, paint)),
    '',
    paint(fail > 0 ? 'bad' : warn > 0 ? 'warn' : 'good', sum),
  ];
}
