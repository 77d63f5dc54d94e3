/** `airlock compare`: what differs between two devices as a guest meets them, as far as both are known; exit codes are diff's. */
import { compare } from '../../pure/guest-view/compare.ts';
import { formatComparison } from '../../pure/render/compare-text.ts';
import { compareJson } from '../../pure/reports/compare-json.ts';
import { type CompareReport, whyIncomparable } from '../../pure/reports/compare-report.ts';
import { type CommandSpec, EXIT, type Options, UsageError } from '../command.ts';
import { COMPARE_OPTIONS, givenForViews, sideB } from '../compare-options.ts';
import { readSide, requestsOf } from '../compare-side.ts';
import { painter, print } from '../output.ts';

function exitCode({ a, b, comparison }: CompareReport, strict: boolean): number {
  if (comparison === null || comparison.outcome === 'incomparable') return EXIT.usage;
  if (comparison.outcome === 'different') return EXIT.failed;
  const isCertain = comparison.outcome === 'same' && a.doubts.length === 0 && b.doubts.length === 0;
  return strict && !isCertain ? EXIT.failed : EXIT.fine;
}

async function run(operands: readonly string[], options: Options): Promise<number> {
  const [a, b, extra] = operands;
  if (a === undefined || b === undefined || extra !== undefined)
    throw new UsageError('airlock compare takes two inputs: A and B; see airlock compare --help');
  if (a === '-' && b === '-') throw new UsageError('standard input can be one of the two inputs, not both');
  const unused = options.flag('raw') ? givenForViews(options) : undefined;
  if (unused !== undefined) throw new UsageError(`--${unused} and --raw exclude each other: bytes as they are pass through no rule`);
  const optionsB = sideB(options);
  const [requestA, requestB] = requestsOf(options, optionsB);
  const left = await readSide({ name: 'A', input: a, options, request: requestA });
  const right = await readSide({ name: 'B', input: b, options: optionsB, request: requestB });
  const comparison = left.space === null || right.space === null ? null : compare(left.space, right.space);
  const report: CompareReport = { a: left.side, b: right.side, comparison };
  if (options.flag('json')) print(`${JSON.stringify(compareJson(report), null, 2)}\n`);
  const why = whyIncomparable(report);
  if (comparison === null || why !== null) throw new UsageError(`Cannot compare: ${why ?? 'a side has no bytes'}`);
  if (!options.flag('json') && !options.flag('quiet')) {
    const lines = formatComparison(report, comparison, painter());
    if (lines.length > 0) print(lines);
  }
  return exitCode(report, options.flag('strict'));
}

export const command: CommandSpec = {
  name: 'compare',
  summary: 'what differs between two devices as a guest meets them',
  operands: 'A B',
  options: [
    ...COMPARE_OPTIONS,
    { name: 'raw', help: 'compare the bytes as they are, without making guest views' },
    { name: 'strict', help: 'exit with 1 also where only a part could be compared' },
    { name: 'quiet', short: 'q', help: 'print nothing, only set the exit code' },
    { name: 'json', help: 'one JSON document' },
  ],
  notes: [
    'A and B are inputs as airlock view takes them: files, - for one of the two, or addresses of devices of this machine. An option holds for both sides; with --b- before its name it holds for B alone.',
    'One device of A is compared with one of B: -s chooses it in an input that holds several, --b-slot in B alone.',
    'Bytes that one side does not know are no difference; the text and the JSON say how far the two could be compared.',
    'Exit code: 0 nothing differs as far as both are known, 1 something differs, 2 nothing can be compared, or trouble.',
  ],
  examples: [
    ['airlock compare old.txt new.txt -s 3b:00.0', 'can a guest move from one host to the other?'],
    ['airlock compare d.txt d.txt --ats on --b-ats off', 'what ats=off takes away'],
    ['airlock compare d.txt d.txt --b-profile qemu-11.1', 'where QEMU is less strict'],
    ['airlock compare d.txt d.txt --b-p multifunction=on --b-machine pc-q35-10.0', 'other properties and another machine'],
  ],
  run,
};
