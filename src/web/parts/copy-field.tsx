/** A text to take away: shown, and copied by a button; where the browser refuses to copy it is selected instead. */
import { useSignal } from '@preact/signals';
import { useId, useRef } from 'preact/hooks';
import { copyText } from './save.ts';

export interface CopyFieldProps {
  readonly label: string;
  readonly text: string;
  readonly rows?: number;
}

export function CopyField({ label, text, rows = 2 }: CopyFieldProps) {
  const id = useId();
  const field = useRef<HTMLTextAreaElement>(null);
  const said = useSignal('');
  const copy = async (): Promise<void> => {
    if (await copyText(text)) {
      said.value = 'Copied.';
      return;
    }
    field.current?.focus();
    field.current?.select();
    said.value = 'The browser does not let the page copy: the text is selected, Ctrl+C copies it.';
  };
  return (
    <div class="copy-field">
      <label for={id}>{label}</label>
      <textarea id={id} ref={field} class="mono" rows={rows} readOnly spellcheck={false} value={text} />
      <div class="bar">
        <button type="button" onClick={() => void copy()}>
          Copy
        </button>
        <span role="status" class="soft small">
          {said}
        </span>
      </div>
    </div>
  );
}
