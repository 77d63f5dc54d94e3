/** The first view: one field for what people have, and examples. */
import { useSignal } from '@preact/signals';
import { EXAMPLES, exampleText } from '../model/examples.ts';
import { goTo } from '../model/place.ts';
import type { NamedBytes } from '../model/read-input.ts';
import { addInputs, refusals } from '../model/workspace.ts';

async function open(inputs: readonly NamedBytes[]): Promise<void> {
  const [first] = (await addInputs(inputs)).sources;
  if (first !== undefined) goTo({ view: 'host', source: first.id });
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

async function openFiles(files: Iterable<File>): Promise<void> {
  await open(await Promise.all([...files].map(async file => ({ name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) }))));
}

export function Start() {
  const text = useSignal('');
  return (
    <main
      onDragOver={event => event.preventDefault()}
      onDrop={event => {
        event.preventDefault();
        if (event.dataTransfer !== null) void openFiles(event.dataTransfer.files);
      }}
    >
      <h1>What does the guest see?</h1>
      <p>
        <label for="paste">
          Paste the output of <code>lspci -xxxx</code>, or a capture, or drop files here.
        </label>
      </p>
      <textarea
        id="paste"
        rows={12}
        spellcheck={false}
        class="mono"
        value={text.value}
        onInput={event => (text.value = event.currentTarget.value)}
      />
      <div class="bar">
        <button type="button" onClick={() => void open([{ name: 'pasted', bytes: bytesOf(text.value) }])}>
          Show
        </button>
        <label>
          Files <input type="file" multiple onChange={event => void openFiles(event.currentTarget.files ?? [])} />
        </label>
      </div>
      {refusals.value.map(({ name, why }) => (
        <p role="alert" key={name}>
          Cannot read {name}: {why}
        </p>
      ))}
      <h2>Examples</h2>
      <ul>
        {EXAMPLES.map(name => (
          <li key={name}>
            <button type="button" data-example={name} onClick={async () => open([{ name, bytes: bytesOf(await exampleText(name)) }])}>
              {name}
            </button>
          </li>
        ))}
      </ul>
    </main>
  );
}
