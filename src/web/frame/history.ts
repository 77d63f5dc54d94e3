/** The address follows the page: a place is a step of the browser's history, what else changes is written into the step that is there. */
import { effect } from '@preact/signals';
import { linkOf, openLink } from '../model/link-state.ts';
import { type Place, place } from '../model/place.ts';
import { inputsOf } from '../model/place-link.ts';
import { sources } from '../model/workspace.ts';

/** Milliseconds without a change before it is written: browsers refuse to write a step many times a second. */
const REST = 300;

let timer = 0;

function write(how: 'pushState' | 'replaceState', at: Place): void {
  window.clearTimeout(timer);
  const hash = `#${linkOf(at)}`;
  if (hash === location.hash) return;
  // The start says nothing in its address.
  const isPlain = at.view === 'start' && hash.endsWith('view=start');
  const address = isPlain ? location.pathname + location.search : hash;
  if (isPlain && location.hash === '') return;
  try {
    history[how](null, '', address);
  } catch {
    // Some browsers refuse it of a file, or too often; the page works without.
  }
}

/** Whether a link is being made the page's state, which makes no step of its own. */
let isOpening = false;

async function open(): Promise<void> {
  isOpening = true;
  try {
    await openLink(location.hash);
  } finally {
    isOpening = false;
    last = place.value;
  }
}

let last: Place = place.value;

/** Opens the address's link, and keeps the address and the page together from then on. */
export async function followHistory(): Promise<void> {
  window.addEventListener('popstate', () => void open());
  if (location.hash !== '') await open();
  effect(() => {
    const at = place.value;
    // Read for their signals, too: what-if, filter, theme and the rest.
    linkOf(at);
    if (isOpening) return;
    if (at !== last) {
      last = at;
      write('pushState', at);
      return;
    }
    window.clearTimeout(timer);
    timer = window.setTimeout(() => write('replaceState', place.value), REST);
  });
  // An input that was taken out leaves its views.
  effect(() => {
    const at = place.value;
    const ids = inputsOf(at);
    if (ids !== 'all' && ids.some(id => !sources.value.some(source => source.id === id))) place.value = { view: 'start' };
  });
}
