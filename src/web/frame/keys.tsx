/** The keys of the page, which `?` shows. */
import { signal, useSignalEffect } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { goTo, place } from '../model/place.ts';
import { sources } from '../model/workspace.ts';

/** A key and what it does; `run` is left out for what the browser does, or a view. */
interface Key {
  readonly keys: readonly string[];
  readonly what: string;
  readonly run?: () => void;
}

const isShown = signal(false);

/** Shows the next or the previous input. */
function step(by: 1 | -1): void {
  const at = place.value;
  const ids = sources.value.map(({ id }) => id);
  if (ids.length === 0) return;
  const here = at.view === 'host' || at.view === 'device' ? ids.indexOf(at.source) : by === 1 ? -1 : 0;
  const source = ids[(here + by + ids.length) % ids.length];
  if (source !== undefined) goTo({ view: 'host', source });
}

function up(): void {
  const at = place.value;
  if (at.view === 'device') goTo({ view: 'host', source: at.source });
  else if (at.view === 'plan' && at.vm !== null) goTo({ view: 'plan', vm: null, source: null });
  else goTo({ view: 'start' });
}

/** Moves the focus to a view's field for a filter. */
const toFilter = (): void => document.querySelector<HTMLElement>('main input[type="search"]')?.focus();

const KEYS: readonly Key[] = [
  { keys: ['?'], what: 'these keys', run: () => (isShown.value = true) },
  { keys: ['/'], what: 'to the filter', run: toFilter },
  { keys: ['u'], what: 'up: from a device to its host, from a host to the inputs', run: up },
  { keys: ['i'], what: 'the inputs', run: () => goTo({ view: 'start' }) },
  { keys: ['p'], what: 'the plan', run: () => goTo({ view: 'plan', vm: null, source: null }) },
  { keys: [']'], what: 'the next input', run: () => step(1) },
  { keys: ['['], what: 'the previous input', run: () => step(-1) },
  { keys: ['Alt', '←'], what: 'back, as everywhere in the browser' },
  { keys: ['Tab'], what: 'to the next field or button; Enter or Space presses it' },
  { keys: ['Esc'], what: 'closes what is open' },
];

/** Whether keys of a place belong to it: it takes text, or has keys of its own. */
function takesKeys(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('input, textarea, select, [contenteditable], dialog') !== null;
}

/** Listens to the keys from now on. */
export function followKeys(): void {
  document.addEventListener('keydown', event => {
    if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || takesKeys(event.target)) return;
    const run = KEYS.find(({ keys }) => keys.length === 1 && keys[0] === event.key)?.run;
    if (run === undefined) return;
    event.preventDefault();
    run();
  });
}

export function KeysButton() {
  return (
    <button type="button" aria-label="Keys" title="Keys (?)" onClick={() => (isShown.value = true)}>
      ?
    </button>
  );
}

export function KeysDialog() {
  const dialog = useRef<HTMLDialogElement>(null);
  useSignalEffect(() => {
    if (isShown.value) dialog.current?.showModal();
    else dialog.current?.close();
  });
  return (
    <dialog ref={dialog} class="keys" aria-labelledby="keys-title" onClose={() => (isShown.value = false)}>
      <h2 id="keys-title">Keys</h2>
      <dl>
        {KEYS.map(({ keys, what }) => (
          <div key={what}>
            <dt>
              {keys.map(key => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <button type="button" onClick={() => (isShown.value = false)}>
        Close
      </button>
    </dialog>
  );
}
