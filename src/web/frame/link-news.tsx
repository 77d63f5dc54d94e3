/** What is to be said of the link that the page was opened with: inputs that it wants, parts that do not fit. */
import { useSignalEffect } from '@preact/signals';
import { definitions } from '../model/definitions.ts';
import { linkNotes, retryWaitingLink, waitingLink } from '../model/link-state.ts';
import { sources } from '../model/workspace.ts';
import { foreign } from '../parts/foreign-text.ts';

export function LinkNews() {
  useSignalEffect(() => {
    if (sources.value.length + definitions.value.length > 0) void retryWaitingLink();
  });
  const waiting = waitingLink.value;
  const notes = linkNotes.value;
  return (
    <div role="status">
      {waiting !== null && (
        <div class="news">
          <p>
            The link shows what is in {waiting.missing.length === 1 ? 'an input that is' : `${waiting.missing.length} inputs that are`} not
            here, and holds no data. Paste or drop {waiting.missing.length === 1 ? 'it' : 'them'} below, and the link opens:
          </p>
          <ul>
            {waiting.missing.map(({ name, content }) => (
              <li key={content}>
                <b class="name">{foreign(name)}</b>, of the content <code>{content}</code>
              </li>
            ))}
          </ul>
          <button type="button" onClick={() => (waitingLink.value = null)}>
            Without the link
          </button>
        </div>
      )}
      {notes.length > 0 && (
        <div class="news">
          {notes.map(note => (
            <p key={note}>{note}</p>
          ))}
          <button type="button" onClick={() => (linkNotes.value = [])}>
            Close
          </button>
        </div>
      )}
    </div>
  );
}
