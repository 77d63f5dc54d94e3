/** The line of a definition that something is about, with the place marked in it. */
import { formatOrigin, type Origin } from '../../pure/plan/index.ts';
import { escapeLine } from '../../pure/text/escape.ts';
import { definitions } from '../model/definitions.ts';
import { excerptOf } from './excerpt.ts';

/** `vm.xml:12:7`, and the line. */
export function SourceLine({ origin }: { readonly origin: Origin | null }) {
  if (origin === null || origin.line === null) return null;
  const text = definitions.value.find(({ name }) => name === origin.file)?.text ?? null;
  const excerpt = text === null ? null : excerptOf(text, origin);
  return (
    <span class="source-line">
      <span class="mono soft">{escapeLine(formatOrigin(origin))}</span>
      {excerpt !== null && (
        <code>
          {escapeLine(excerpt.before)}
          <mark>{escapeLine(excerpt.marked)}</mark>
          {escapeLine(excerpt.after)}
        </code>
      )}
    </span>
  );
}
