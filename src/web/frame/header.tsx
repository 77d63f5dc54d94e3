/** The head of the page: its name, the views, the inputs, and the way to what is shown. */
import type { ComponentChild } from 'preact';
import { shortNames } from '../../pure/text/short-names.ts';
import { definitions } from '../model/definitions.ts';
import { goTo, type Place, place } from '../model/place.ts';
import { removeSource, sources } from '../model/workspace.ts';
import { foreign } from '../parts/foreign-text.ts';
import { ThemeChoice } from './theme-choice.tsx';
import { stepsTo } from './titles.ts';

/** The mark of the page: two doors, one of them open. */
function Mark() {
  return (
    <svg class="mark" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <rect x="1" y="1.5" width="14" height="13" rx="2.5" />
      <path d="M5.5 1.5v13M10.5 1.5v5M10.5 10v4.5" />
    </svg>
  );
}

/** `isHere`: where the page is now. */
function Tab({ to, isHere, children }: { readonly to: Place; readonly isHere: boolean; readonly children: ComponentChild }) {
  return (
    <li>
      <button type="button" class="tab" aria-current={isHere ? 'page' : undefined} onClick={() => goTo(to)}>
        {children}
      </button>
    </li>
  );
}

function Views() {
  const { view } = place.value;
  const count = definitions.value.length;
  return (
    <nav aria-label="Views">
      <ul class="tabs">
        <Tab to={{ view: 'start' }} isHere={view === 'start'}>
          Inputs
        </Tab>
        {view === 'compare' && (
          <Tab to={place.value} isHere={true}>
            Compare
          </Tab>
        )}
        <Tab to={{ view: 'plan', vm: null, source: null }} isHere={view === 'plan'}>
          Plan{count === 0 ? '' : ` ${count}`}
        </Tab>
      </ul>
    </nav>
  );
}

function Inputs() {
  const at = place.value;
  const here = at.view === 'host' || at.view === 'device' ? at.source : null;
  if (sources.value.length === 0) return null;
  const short = shortNames(sources.value.map(({ name }) => name));
  return (
    <nav class="inputs" aria-label="Inputs">
      <ul class="tabs">
        {sources.value.map(({ id, name }, i) => (
          <li key={id}>
            <button
              type="button"
              class="tab name"
              title={foreign(name)}
              aria-current={here === id ? (at.view === 'host' ? 'page' : 'true') : undefined}
              onClick={() => goTo({ view: 'host', source: id })}
            >
              {foreign(short[i] ?? name)}
            </button>
            <button
              type="button"
              class="tab remove"
              aria-label={`Take ${foreign(name)} out`}
              title="Take it out"
              onClick={() => removeSource(id)}
            >
              ×
            </button>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function Way() {
  const steps = stepsTo(place.value);
  if (steps.length < 2) return null;
  return (
    <nav class="way" aria-label="Way">
      <ol>
        {steps.map(({ name, place: to }, i) => (
          <li key={to.view}>
            {i === steps.length - 1 ? (
              <span class="name" aria-current="page" title={foreign(name)}>
                {foreign(name)}
              </span>
            ) : (
              <button type="button" class="link name" title={foreign(name)} onClick={() => goTo(to)}>
                {foreign(name)}
              </button>
            )}
          </li>
        ))}
      </ol>
    </nav>
  );
}

/** `children` are further buttons. */
export function Header({ children }: { readonly children: ComponentChild }) {
  return (
    <header class="head">
      <div class="head-row">
        <button type="button" class="brand" onClick={() => goTo({ view: 'start' })}>
          <Mark />
          Airlock
        </button>
        <Views />
        <div class="head-tools">
          {children}
          <ThemeChoice />
        </div>
      </div>
      <Inputs />
      <Way />
    </header>
  );
}
