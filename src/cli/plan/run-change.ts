/** `airlock plan --change`: what a change does to VMs, few or thousands. */
import { formatChangeCounts, formatChangedVm } from '../../pure/render/plan-change-text.ts';
import { ChangeCounts, type ChangedVmJson, planChangeJson } from '../../pure/reports/plan-change-json.ts';
import { EXIT, type Options } from '../command.ts';
import { painter, print } from '../output.ts';
import { type Aside, definitionsOf, formatOf, planOptions, tellMoreUnread, tellUnread } from './asked-definitions.ts';
import { changeInParallel, helpersFor } from './change-in-parallel.ts';
import { type ChangedVm, ChangeJudge } from './changed-file.ts';
import { DefinitionReader, listFiles, noVm, readRelated } from './definitions.ts';

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
  print([...formatChangeCounts(counts, paint), ...list.flatMap(vm => formatChangedVm(vm, paint))]);
}

/** Files alone, so many that threads pay. Threads read the hosts for themselves, so each is a file, and no author's is among them. */
function helpersOf(operands: readonly string[], options: Options): { readonly files: readonly string[]; readonly helpers: number } {
  const isAlone = options.words === null && ['pid', 'only', 'author'].every(name => options.value(name) === undefined);
  const hosts = options.values('host');
  if (!isAlone || hosts.length === 0) return { files: [], helpers: 0 };
  const files = listFiles(operands);
  return { files, helpers: helpersFor(files, [...hosts, ...options.values('change').map(afterName)]) };
}

const afterName = (word: string): string => word.slice(word.indexOf('=') + 1);

/** The exit code. Throws UsageError. */
export async function runChange(operands: readonly string[], options: Options): Promise<number> {
  const question = { hosts: options.values('host'), changes: options.values('change'), options: await planOptions(options) };
  const judge = await ChangeJudge.prepare(question);
  const aside: Aside = { findings: [], unread: 0 };
  const changes = new Changes();
  const { files, helpers } = helpersOf(operands, options);
  if (helpers > 0) {
    const start = { question, format: formatOf(options), related: readRelated(options), files };
    await changeInParallel({ judge, reader: new DefinitionReader(start.format, start.related) }, start, helpers, file => {
      if ('unread' in file) tellUnread(file.unread, aside);
      else for (const vm of file.vms) changes.add(vm);
    });
    tellMoreUnread(aside);
  } else for (const definition of definitionsOf(operands, options, aside)) changes.add(judge.judge(definition));
  const { unread } = aside;
  printChanges(changes, judge.change, unread, options.flag('json'));
  if (unread > 0) return EXIT.usage;
  if (changes.counts.vms === 0) throw noVm(operands);
  const { startNoMore, changed } = changes.counts;
  return startNoMore > 0 || (options.flag('strict') && changed > 0) ? EXIT.failed : EXIT.fine;
}
