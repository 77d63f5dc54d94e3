/** `airlock plan --change`: what a change does to VMs, few or thousands. */
import { formatChangeCounts, formatChangedVm } from '../../pure/render/plan-change-text.ts';
import { ChangeCounts, type ChangedVmJson, planChangeJson } from '../../pure/reports/plan-change-json.ts';
import { EXIT, type Options } from '../command.ts';
import { painter, print } from '../output.ts';
import { askedFiles, definitionsOf, nothingAside, planOptions } from './asked-definitions.ts';
import { type ChangedVm, ChangeJudge } from './change-judge.ts';
import { DefinitionReader, noVm } from './definitions.ts';

/** So many changes are printed at once. */
const AT_ONCE = 500;

/** What came of a change: of thousands of VMs only what changes is kept. */
class Changes {
  readonly counts = new ChangeCounts();
  readonly list: ChangedVmJson[] = [];

  add({ pairs, changed }: ChangedVm): void {
    this.counts.add(pairs, changed);
    this.list.push(...changed);
  }
}

function printChanges({ counts, list }: Changes, change: Readonly<Record<string, string>>, unread: number, isJson: boolean): void {
  if (isJson) {
    print(`${JSON.stringify(planChangeJson(change, counts, list, unread), null, 2)}\n`);
    return;
  }
  const paint = painter();
  print(formatChangeCounts(counts, paint));
  // A text of all VMs of a fleet takes more memory than judging them.
  for (let at = 0; at < list.length; at += AT_ONCE) print(list.slice(at, at + AT_ONCE).flatMap(vm => formatChangedVm(vm, paint)));
}

/** The exit code. Throws UsageError. */
export async function runChange(operands: readonly string[], options: Options): Promise<number> {
  const question = { hosts: options.values('host'), changes: options.values('change'), options: await planOptions(options) };
  const judge = await ChangeJudge.prepare(question);
  const asked = await askedFiles(operands, options);
  const reader = new DefinitionReader(asked.reading);
  const aside = nothingAside();
  const changes = new Changes();
  for (const definition of definitionsOf(reader, asked, options, aside)) changes.add(judge.judge(definition));
  const { unread } = aside;
  printChanges(changes, judge.change, unread, options.flag('json'));
  if (unread > 0) return EXIT.usage;
  if (changes.counts.vms === 0) throw noVm(operands);
  const { startNoMore, changed } = changes.counts;
  return startNoMore > 0 || (options.flag('strict') && changed > 0) ? EXIT.failed : EXIT.fine;
}
