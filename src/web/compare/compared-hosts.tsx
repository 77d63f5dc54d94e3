/** Two hosts side by side: which devices correspond, and which of them differ for a guest. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import { compareJson } from '../../pure/reports/compare-json.ts';
import { listed, pairBy } from '../model/compare-view.ts';
import { compareSides } from '../model/comparison.ts';
import { className, type FunctionLine } from '../model/function-line.ts';
import { type HostModel, hostModel } from '../model/host-model.ts';
import { comparePairs, type HostPairs, type PairBy, type PairResult, pairHosts } from '../model/host-pairs.ts';
import { names } from '../model/names.ts';
import { goTo, type Side } from '../model/place.ts';
import { nextTask, TimeSlices } from '../model/time-slices.ts';
import { whatIf } from '../model/what-if.ts';
import type { Source } from '../model/workspace.ts';
import { Chip } from '../parts/chip.tsx';
import { foreign, foreignClip } from '../parts/foreign-text.ts';
import { saveFile } from '../parts/save.ts';
import { OUTCOME_TONES, OUTCOME_WORDS } from './compared-devices.tsx';

/** Rows that are made at once; more on demand. */
const STEP = 200;
/** Places that are named in a row. */
const MOST_PLACES = 4;

const count = new Intl.NumberFormat();

export interface ComparedHostsProps {
  readonly a: Side;
  readonly b: Side;
  readonly first: Source;
  readonly second: Source;
}

function useResults({ a, b }: ComparedHostsProps, { pairs }: HostPairs): readonly PairResult[] {
  const [results, setResults] = useState<readonly PairResult[]>([]);
  const present = whatIf.value;
  const key = JSON.stringify([a, b]);
  useEffect(() => comparePairs({ a, b, pairs, present }, setResults), [key, pairs, present]);
  return results;
}

function DeviceCell({ line }: { readonly line: FunctionLine | undefined }) {
  if (line === undefined) return null;
  return (
    <>
      <span class="mono">{line.name}</span> <span class="soft small">{className(line, names.value)}</span>
    </>
  );
}

function placesWords({ places }: PairResult): string {
  const more = places.length > MOST_PLACES ? ` and ${places.length - MOST_PLACES} more` : '';
  return `${places.slice(0, MOST_PLACES).join(', ')}${more}`;
}

function PairRow({
  result,
  models,
  a,
  b,
}: { readonly result: PairResult; readonly models: readonly HostModel[] } & Pick<ComparedHostsProps, 'a' | 'b'>) {
  const { outcome, differences } = result;
  const open = (): void => goTo({ view: 'compare', a: { ...a, device: result.a }, b: { ...b, device: result.b } });
  return (
    <tr>
      <td>
        <DeviceCell line={models[0]?.lines[result.a]} />
      </td>
      <td>
        <DeviceCell line={models[1]?.lines[result.b]} />
      </td>
      <td>
        <Chip tone={OUTCOME_TONES[outcome]}>{OUTCOME_WORDS[outcome]}</Chip>
      </td>
      <td>
        {differences > 0 ? (
          <button type="button" class="link in-print" onClick={open}>
            {count.format(differences)} in {placesWords(result)}
          </button>
        ) : (
          <button type="button" class="link" onClick={open}>
            open
          </button>
        )}
      </td>
    </tr>
  );
}

function Only({ of, lines }: { readonly of: string; readonly lines: readonly FunctionLine[] }) {
  if (lines.length === 0) return null;
  return (
    <section class="stack">
      <h2>
        Only in {foreignClip(of, 60)}: {count.format(lines.length)}
      </h2>
      <ul class="plain only">
        {lines.slice(0, STEP).map(line => (
          <li key={line.index}>
            <DeviceCell line={line} /> <span class="soft small mono">{line.ids ?? 'ids not known'}</span>
          </li>
        ))}
      </ul>
      {lines.length > STEP && <p class="soft small">and {count.format(lines.length - STEP)} more</p>}
    </section>
  );
}

/** All pairs, each a line as `airlock compare --json` has it. */
async function saveLines({ a, b }: ComparedHostsProps, { pairs }: HostPairs): Promise<void> {
  const slices = new TimeSlices();
  const lines: string[] = [];
  for (const pair of pairs) {
    const compared = compareSides({ ...a, device: pair.a }, { ...b, device: pair.b }, whatIf.value);
    if (compared !== null) lines.push(`${JSON.stringify(compareJson(compared.report))}\n`);
    await slices.breathe();
  }
  await nextTask();
  saveFile('compare.jsonl', 'application/jsonl', [lines.join('')]);
}

function Controls({ onSave }: { readonly onSave: () => void }) {
  return (
    <div class="bar controls">
      <label class="choice">
        devices correspond by{' '}
        <select id="pair-by" value={pairBy.value} onChange={event => (pairBy.value = event.currentTarget.value as PairBy)}>
          <option value="address">address</option>
          <option value="ids">vendor, device and subsystem</option>
        </select>
      </label>
      <label class="choice">
        <input
          type="checkbox"
          checked={listed.value === 'all'}
          onChange={event => (listed.value = event.currentTarget.checked ? 'all' : 'differing')}
        />{' '}
        list those that are the same too
      </label>
      <button type="button" onClick={onSave}>
        Save JSON lines
      </button>
    </div>
  );
}

/** `3 differ, 12 are the same, 1 is the same as far as known`. */
function sumWords(results: readonly PairResult[], all: number): string {
  const of = (outcome: PairResult['outcome']): number => results.filter(result => result.outcome === outcome).length;
  const parts = (['different', 'same', 'same-as-far-as-known', 'incomparable', 'fails'] as const).flatMap(outcome =>
    of(outcome) === 0 ? [] : [`${count.format(of(outcome))} ${OUTCOME_WORDS[outcome]}`],
  );
  const open = results.length < all ? [`${count.format(all - results.length)} being compared`] : [];
  return [...parts, ...open].join(', ');
}

export function ComparedHosts(props: ComparedHostsProps) {
  const { a, b, first, second } = props;
  const models = [hostModel(first.read), hostModel(second.read)] as const;
  const by = pairBy.value;
  const pairs = useMemo(() => pairHosts(models[0], models[1], by), [models[0], models[1], by]);
  const results = useResults(props, pairs);
  const [most, setMost] = useState(STEP);
  const rows = listed.value === 'all' ? results : results.filter(({ outcome }) => outcome !== 'same' && outcome !== 'same-as-far-as-known');
  const all = pairs.pairs.length;
  return (
    <>
      <Controls onSave={() => void saveLines(props, pairs)} />
      <p role="status">
        {all === 0
          ? 'No device of one corresponds to one of the other.'
          : `${count.format(all)} devices in both: ${sumWords(results, all)}.`}
        {pairs.leftOut > 0 && (
          <span class="soft"> {count.format(pairs.leftOut)} bridges, ports and the like are left out: no guest gets them.</span>
        )}
      </p>
      {rows.length > 0 && (
        <div class="wide">
          <table class="pairs">
            <caption class="aside">Devices in both</caption>
            <thead>
              <tr>
                <th scope="col">
                  <span class="name">A: {foreign(first.name)}</span>
                </th>
                <th scope="col">
                  <span class="name">B: {foreign(second.name)}</span>
                </th>
                <th scope="col">For a guest</th>
                <th scope="col">Differences</th>
              </tr>
            </thead>
            <tbody>
              {rows.slice(0, most).map(result => (
                <PairRow key={`${result.a} ${result.b}`} result={result} models={models} a={a} b={b} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {rows.length > most && (
        <p>
          <button type="button" onClick={() => setMost(most + STEP)}>
            Show {count.format(Math.min(STEP, rows.length - most))} more of {count.format(rows.length - most)}
          </button>
        </p>
      )}
      <Only of={first.name} lines={pairs.onlyA} />
      <Only of={second.name} lines={pairs.onlyB} />
    </>
  );
}
