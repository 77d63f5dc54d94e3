/** The definition pinned on a host, to be taken away. */
import { useSignal } from '@preact/signals';
import { escapeText } from '../../pure/text/escape.ts';
import { definitions } from '../model/definitions.ts';
import { CopyField } from '../parts/copy-field.tsx';
import { saveFile } from '../parts/save.ts';
import { type PinnedText, pinText } from './pin-text.ts';
import { choice, planned } from './planning.ts';

/** `host` is its number among the plan's. */
export function Pin({ file, host, hostName }: { readonly file: string; readonly host: number; readonly hostName: string }) {
  const result = useSignal<PinnedText | null>(null);
  const pin = (): void => {
    if (planned.value === null) return;
    result.value = pinText({ made: planned.value, file, host, definitions: definitions.value, choice: choice.value });
  };
  return (
    <section class="stack-small controls" aria-labelledby="pin-title">
      <h3 id="pin-title">Pin</h3>
      <p class="soft small">
        The text of {file} with every value written out that AUTO, a compat row or {hostName} decided, so that it stays so on any host.
      </p>
      <div class="bar">
        <button type="button" onClick={pin}>
          Pin on {hostName}
        </button>
        {result.value?.kind === 'pinned' && (
          <button
            type="button"
            onClick={() => result.value?.kind === 'pinned' && saveFile(file.replace(/^.*\//, ''), 'text/plain', [result.value.text])}
          >
            Save {file}
          </button>
        )}
      </div>
      <div role="status" class="stack-small">
        {result.value?.kind === 'refused' && <p>It cannot be pinned: {escapeText(result.value.why)}.</p>}
        {result.value?.kind === 'pinned' && result.value.notes.length > 0 && (
          <ul>
            {result.value.notes.map(note => (
              <li key={note}>{escapeText(note)}</li>
            ))}
          </ul>
        )}
      </div>
      {result.value?.kind === 'pinned' && <CopyField label="The pinned text" text={result.value.text} rows={10} />}
    </section>
  );
}
