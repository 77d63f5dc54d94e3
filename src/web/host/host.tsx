/** A host: its tree as a picture, its functions as a table, and what is known of it. */
import { useMemo } from 'preact/hooks';
import type { AtsAnswer } from '../model/ats-survey.ts';
import type { FunctionLine } from '../model/function-line.ts';
import { hostFilter } from '../model/host-filter.ts';
import { type HostModel, hostModel } from '../model/host-model.ts';
import { filterText } from '../model/host-view.ts';
import { names } from '../model/names.ts';
import { goTo } from '../model/place.ts';
import { whatIf } from '../model/what-if.ts';
import { type Source, sources } from '../model/workspace.ts';
import { foreign } from '../parts/foreign-text.ts';
import { Question } from '../parts/question.tsx';
import { FunctionTable } from './function-table.tsx';
import { HostPicture } from './host-picture.tsx';
import { HostSide } from './host-side.tsx';
import { useSurvey } from './use-survey.ts';
import './host.css';

const count = new Intl.NumberFormat();

/** Those that match what is typed; all where nothing is. The array is the same as long as they are. */
function useMatching(model: HostModel, answers: readonly AtsAnswer[]): readonly FunctionLine[] {
  const [typed, known] = [filterText.value, names.value];
  const found = useMemo(() => {
    const matches = hostFilter(typed);
    return matches === null ? model.lines : model.lines.filter(line => matches({ line, answer: answers[line.index], names: known }));
  }, [model, typed, known, typed === '' ? null : answers]);
  return found;
}

function FilterBar({ model, matching }: { readonly model: HostModel; readonly matching: number }) {
  const all = model.lines.length;
  const typed = filterText.value;
  return (
    <div class="bar controls">
      <label class="filter" for="filter">
        Filter{' '}
        <input
          id="filter"
          type="search"
          spellcheck={false}
          autocomplete="off"
          placeholder="10de · ats · vfio · group 14 · ethernet"
          value={typed}
          onInput={event => (filterText.value = event.currentTarget.value)}
        />
      </label>
      <output class="soft" for="filter">
        {typed.trim() === ''
          ? `${count.format(all)} ${all === 1 ? 'function' : 'functions'}`
          : `${count.format(matching)} of ${count.format(all)} match`}
      </output>
    </div>
  );
}

function ReadAs({ source }: { readonly source: Source }) {
  const { readAs, devices, leftOut, notes } = source.read;
  const left = leftOut === 0 ? '' : `, ${count.format(leftOut)} ${leftOut === 1 ? 'line' : 'lines'} left out`;
  return (
    <div class="read-as small soft">
      Read as {readAs}: {count.format(devices.length)} {devices.length === 1 ? 'device' : 'devices'}
      {left}.
      {notes.map(note => (
        <div key={note}>{foreign(note)}</div>
      ))}
    </div>
  );
}

function Shown({ source }: { readonly source: Source }) {
  const model = hostModel(source.read);
  const answers = useSurvey(model);
  const lines = useMatching(model, answers);
  const matching = lines === model.lines ? null : new Set(lines.map(({ index }) => index));
  const whole = { source: source.id, device: null, asked: null };
  return (
    <main class="host">
      <div class="host-head">
        <div>
          <h1 class="name" title={foreign(source.name)}>
            {foreign(source.name)}
          </h1>
          <ReadAs source={source} />
        </div>
        <button type="button" onClick={() => goTo({ view: 'compare', a: whole, b: null })}>
          Compare with …
        </button>
      </div>
      <div class="bar controls question">
        <FilterBar model={model} matching={lines.length} />
        <span class="bar">
          <Question id="host" value={whatIf.value} onChange={value => (whatIf.value = value)} />
        </span>
      </div>
      <div class="host-columns">
        <div class="stack">
          <HostPicture source={source.id} model={model} answers={answers} names={names.value} matching={matching} />
          {lines.length === 0 ? (
            <p>
              No function matches.{' '}
              <button type="button" class="link" onClick={() => (filterText.value = '')}>
                Clear the filter
              </button>
            </p>
          ) : (
            <FunctionTable source={source.id} lines={lines} answers={answers} names={names.value} />
          )}
        </div>
        <HostSide model={model} />
      </div>
    </main>
  );
}

export function Host({ source: id }: { readonly source: string }) {
  const source = sources.value.find(other => other.id === id);
  if (source !== undefined) return <Shown source={source} />;
  return (
    <main class="empty">
      <h1>This input is not here</h1>
      <p>It was taken out of the page, or a link names an input that was not given.</p>
      <p>
        <button type="button" onClick={() => goTo({ view: 'start' })}>
          To the inputs
        </button>
      </p>
    </main>
  );
}
