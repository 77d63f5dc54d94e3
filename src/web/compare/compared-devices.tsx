/** What differs between two devices as a guest meets them, by place and field, with the bytes of each place. */
import { hexDigits } from '../../pure/bytes/hex.ts';
import type { ComparedSpace, Comparison, Difference } from '../../pure/guest-view/index.ts';
import { formatComparison } from '../../pure/render/compare-text.ts';
import { formatPlaces, formatRange } from '../../pure/render/unknown-places-text.ts';
import { compareJson } from '../../pure/reports/compare-json.ts';
import { type CompareReport, sideName, unknownOfSide, whyIncomparable } from '../../pure/reports/compare-report.ts';
import { type Compared, type DifferingPlace, differingPlaces } from '../model/comparison.ts';
import { Chip, type Tone } from '../parts/chip.tsx';
import { foreign } from '../parts/foreign-text.ts';
import { saveFile } from '../parts/save.ts';

export const OUTCOME_WORDS: Readonly<Record<Comparison['outcome'] | 'fails', string>> = {
  same: 'same',
  'same-as-far-as-known': 'same as far as known',
  different: 'different',
  incomparable: 'not comparable',
  fails: 'realize fails',
};

export const OUTCOME_TONES: Readonly<Record<Comparison['outcome'] | 'fails', Tone>> = {
  same: 'shown',
  'same-as-far-as-known': 'unknown',
  different: 'changed',
  incomparable: 'unknown',
  fails: 'hidden',
};

/** Digits of a value that are shown; a long run of bytes stands below it anyway. */
const MOST_DIGITS = 40;
/** So many places show their bytes at first. */
const MOST_OPEN = 3;
/** Bytes of a row. */
const ROW = 16;
/** Places of unknown bytes that are told of a side. */
const MOST_PLACES = 6;

function Value({ value }: { readonly value: string | null }) {
  if (value === null) return <span class="soft">not there</span>;
  const text = foreign(value);
  return (
    <span class="mono" title={text}>
      {text.length > MOST_DIGITS ? `${text.slice(0, MOST_DIGITS)}…` : text}
    </span>
  );
}

/** The words of a difference as a whole: a capability that one side lacks. */
const fieldWords = ({ field, length }: Difference): string =>
  length !== undefined ? `${length} ${length === 1 ? 'byte' : 'bytes'}` : field === '' ? 'as a whole' : field;

function Bytes({ space, other, at, length, name }: DifferingRows) {
  const cells = [];
  for (let i = at; i < at + length; i++) {
    const isKnown = space?.config.isKnown(i) === true;
    const [own, others] = [space?.config.bytes[i], other?.config.bytes[i]];
    const differs = isKnown && other?.config.isKnown(i) === true && own !== others;
    cells.push(
      <span key={i} class={differs ? 'differs' : isKnown ? '' : 'not-known'}>
        {isKnown ? hexDigits(own ?? 0, 2) : '??'}
      </span>,
      (i - at) % ROW === ROW - 1 ? '\n' : ' ',
    );
  }
  return (
    <div>
      <div class="soft small">{name}</div>
      <pre>{cells}</pre>
    </div>
  );
}

interface DifferingRows {
  readonly name: string;
  readonly space: ComparedSpace | null;
  readonly other: ComparedSpace | null;
  readonly at: number;
  readonly length: number;
}

interface PlaceProps {
  readonly place: DifferingPlace;
  readonly compared: Compared;
  /** Whether its bytes are in sight at first. */
  readonly isOpen: boolean;
}

function Place({ place, compared: { a, b }, isOpen }: PlaceProps) {
  const { name, at, length, differences } = place;
  return (
    <tbody>
      <tr class="place">
        <th scope="rowgroup" colspan={3}>
          {name}
        </th>
      </tr>
      {differences.map(difference => (
        <tr key={`${difference.at} ${difference.field}`}>
          <th scope="row" class="field mono">
            {fieldWords(difference)}
          </th>
          <td data-label="A">
            <Value value={difference.a} />
          </td>
          <td data-label="B">
            <Value value={difference.b} />
          </td>
        </tr>
      ))}
      {length > 0 && (
        <tr class="bytes">
          <td colspan={3}>
            <details open={isOpen}>
              <summary class="small">
                {length} bytes from {hexDigits(at, 3)}
              </summary>
              <div class="both-bytes">
                <Bytes name="A" space={a} other={b} at={at} length={length} />
                <Bytes name="B" space={b} other={a} at={at} length={length} />
              </div>
            </details>
          </td>
        </tr>
      )}
    </tbody>
  );
}

function Reach({ report }: { readonly report: CompareReport }) {
  const { comparison } = report;
  const compared = comparison?.compared ?? [];
  const count = compared.reduce((sum, { from, to }) => sum + to + 1 - from, 0);
  return (
    <section class="stack" aria-labelledby="reach">
      <h2 id="reach">How far both are known</h2>
      {comparison !== null && (
        <p class="small">
          {new Intl.NumberFormat().format(count)} bytes compared
          {compared.length > 0 && (
            <>
              : <span class="mono">{compared.slice(0, MOST_PLACES).map(formatRange).join(', ')}</span>
              {compared.length > MOST_PLACES && ` and ${compared.length - MOST_PLACES} more runs`}
            </>
          )}
          .
        </p>
      )}
      <ul class="plain small">
        {(['a', 'b'] as const).map(key => {
          const side = report[key];
          const lines = [...formatPlaces(unknownOfSide(report, key), MOST_PLACES), ...side.doubts.map(({ message }) => message)];
          return (
            <li key={key}>
              <b>{side.name}</b>{' '}
              {side.error !== null
                ? `fails to realize: ${foreign(side.error.message)}`
                : lines.length === 0
                  ? 'is known as a whole'
                  : lines.map(foreign).join('; ')}
            </li>
          );
        })}
      </ul>
    </section>
  );
}

function Save({ report }: { readonly report: CompareReport }) {
  const { comparison } = report;
  return (
    <div class="bar controls">
      <button
        type="button"
        onClick={() => saveFile('compare.json', 'application/json', [`${JSON.stringify(compareJson(report), null, 2)}\n`])}
      >
        Save JSON
      </button>
      <button
        type="button"
        disabled={comparison === null}
        onClick={() =>
          comparison !== null && saveFile('compare.txt', 'text/plain', [`${formatComparison(report, comparison).join('\n')}\n`])
        }
      >
        Save text
      </button>
    </div>
  );
}

export function ComparedDevices({ compared }: { readonly compared: Compared }) {
  const { report } = compared;
  const places = differingPlaces(compared);
  const outcome = report.comparison?.outcome ?? 'fails';
  const count = report.comparison?.differences.length ?? 0;
  const why = whyIncomparable(report);
  return (
    <>
      <div class="bar result" role="status">
        <Chip tone={OUTCOME_TONES[outcome]}>{OUTCOME_WORDS[outcome]}</Chip>
        <span>
          {why !== null
            ? `Nothing can be compared: ${foreign(why)}`
            : count === 0
              ? 'No byte that both know differs.'
              : `${new Intl.NumberFormat().format(count)} ${count === 1 ? 'difference' : 'differences'} in ${places.length} ${places.length === 1 ? 'place' : 'places'}.`}
        </span>
        <Save report={report} />
      </div>
      {places.length > 0 && (
        <div class="wide">
          <table class="differences">
            <caption class="aside">What differs</caption>
            <thead>
              <tr>
                <th scope="col">Field</th>
                <th scope="col">
                  <span class="name" title={foreign(sideName(report.a))}>
                    {foreign(sideName(report.a))}
                  </span>
                </th>
                <th scope="col">
                  <span class="name" title={foreign(sideName(report.b))}>
                    {foreign(sideName(report.b))}
                  </span>
                </th>
              </tr>
            </thead>
            {places.map(place => (
              <Place key={place.name} place={place} compared={compared} isOpen={places.length <= MOST_OPEN} />
            ))}
          </table>
        </div>
      )}
      <Reach report={report} />
    </>
  );
}
