/** The first view: one field for what people have, what was given so far, and examples. */
import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { EXAMPLE_LINES } from '../model/example-lines.ts';
import { EXAMPLES, exampleText } from '../model/examples.ts';
import { namesFile } from '../model/names.ts';
import { reading, refusals, sources } from '../model/workspace.ts';
import { foreign } from '../parts/foreign-text.ts';
import { isDragged } from './follow-drops.ts';
import { Given } from './given.tsx';
import { takeFiles, takeInputs, takeText } from './take-inputs.ts';
import './start.css';

/** Larger texts are shown by the start of them: a field with megabytes is slow. */
const MOST_SHOWN = 200_000;

function Reading() {
  const now = reading.value;
  if (now === null) return null;
  return (
    <p class="reading" role="status">
      <label>
        Reading {foreign(now.name)} <progress value={now.done} max={Math.max(now.bytes, 1)} />
      </label>
    </p>
  );
}

function Refused() {
  return (
    <div role="alert" class="refusals">
      {refusals.value.map(({ name, why, choice }) => (
        <p key={`${name} ${why}`}>
          <b>Cannot read {foreign(name)}:</b> {foreign(why)}.
          {choice === undefined ? null : (
            <span class="bar choices">
              Which is it?
              {choice.readings.map(({ name: form, title }) => (
                <button type="button" key={form} data-form={form} onClick={() => void takeInputs([{ name, bytes: choice.bytes, form }])}>
                  {title}
                </button>
              ))}
            </span>
          )}
        </p>
      ))}
    </div>
  );
}

/** In the order of their lines, of which one builds on the other. */
const SORTED = [...EXAMPLES].sort((a, b) => placeOf(a) - placeOf(b));

function placeOf(name: string): number {
  const place = Object.keys(EXAMPLE_LINES).indexOf(name);
  return place < 0 ? Number.MAX_SAFE_INTEGER : place;
}

function Examples() {
  // One file with data in it has none.
  if (SORTED.length === 0) return null;
  return (
    <section class="stack" aria-labelledby="examples">
      <h2 id="examples">Examples</h2>
      <ul class="plain examples">
        {SORTED.map(name => (
          <li key={name}>
            <button type="button" class="link" data-example={name} onClick={async () => takeText(await exampleText(name), name)}>
              {name}
            </button>
            <span class="soft small">{EXAMPLE_LINES[name] ?? 'a capture'}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Paste() {
  const text = useSignal('');
  const field = useRef<HTMLTextAreaElement | null>(null);
  const show = async (): Promise<void> => {
    if (text.value.trim() === '') field.current?.focus();
    else if (await takeText(text.value)) text.value = '';
  };
  /** What cannot be read stays in the field, where it can be mended. */
  const takePasted = async (pasted: string): Promise<void> => {
    const isRead = await takeText(pasted);
    if (!isRead && pasted.length <= MOST_SHOWN) text.value = pasted;
  };
  const onPaste = (event: ClipboardEvent): void => {
    const data = event.clipboardData;
    if (data === null) return;
    const [files, pasted] = [[...data.files], data.getData('text/plain')];
    // With nothing else on the page there is nothing to wait for.
    const isAlone = text.value === '' && sources.value.length === 0;
    if (files.length === 0 && !isAlone && pasted.length <= MOST_SHOWN) return;
    event.preventDefault();
    if (files.length > 0) void takeFiles(files);
    else void takePasted(pasted);
  };
  return (
    <section class="stack paste" aria-labelledby="paste-label">
      <label id="paste-label" for="paste">
        Paste the output of <code>sudo lspci -vvv -xxxx</code>, a capture, or the definition of a VM; or drop files anywhere on the page.
      </label>
      <textarea
        id="paste"
        ref={field}
        rows={12}
        spellcheck={false}
        autocomplete="off"
        class="mono"
        value={text.value}
        onInput={event => (text.value = event.currentTarget.value)}
        onPaste={onPaste}
        onKeyDown={event => {
          if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
          event.preventDefault();
          void show();
        }}
      />
      <div class="bar">
        <button type="button" class="primary" aria-keyshortcuts="Control+Enter" onClick={() => void show()}>
          Show
        </button>
        <kbd class="small">Ctrl</kbd>
        <kbd class="small">Enter</kbd>
        <label class="files">
          Files{' '}
          <input
            type="file"
            multiple
            onChange={async ({ currentTarget }) => {
              const files = [...(currentTarget.files ?? [])];
              currentTarget.value = '';
              await takeFiles(files);
            }}
          />
        </label>
      </div>
      <p class="soft small">
        Nothing leaves this page: it is read here, in your browser, and no server is asked.{' '}
        {namesFile.value === null
          ? 'A pci.ids file, given as any other, adds the names of vendors and devices.'
          : `Names are those of ${foreign(namesFile.value)}.`}
      </p>
    </section>
  );
}

export function Start() {
  return (
    <main class="start">
      <h1>What does the guest see?</h1>
      <div class="start-columns">
        <div class="stack">
          <Paste />
          <Reading />
          <Refused />
          <Given />
        </div>
        <Examples />
      </div>
    </main>
  );
}

/** Lies over the page while something is held over it. */
export function DropHint() {
  return isDragged.value ? (
    <div class="drop-hint" aria-hidden="true">
      Drop to read it here
    </div>
  ) : null;
}
