/** Chains of evidence, link by link; and what is told of the device. */
import { type Evidence, explainAts, explainPasid, type View } from '../../pure/guest-view/index.ts';
import { escapeLine } from '../../pure/text/escape.ts';
import { Chip } from '../parts/chip.tsx';

function questionOf({ subject, seen }: Evidence): string {
  if (seen === null) return `Does the guest see ${subject}? That is not known.`;
  return `Why does the guest ${seen ? '' : 'not '}see ${subject}?`;
}

const markOf = (holds: boolean | null): string => (holds === null ? '?' : holds ? '✓' : '✗');
const wordOf = (holds: boolean | null): string => (holds === null ? 'not known' : holds ? 'holds' : 'breaks');

function Chain({ evidence }: { readonly evidence: Evidence }) {
  const { subject, links, broken } = evidence;
  return (
    <details class="evidence" data-evidence={subject}>
      <summary>{questionOf(evidence)}</summary>
      <ol class="plain">
        {links.map((link, i) => (
          <li key={i} class={link.holds === null ? 'open-link' : link.holds ? 'holds' : 'breaks'}>
            <span class="mark" role="img" aria-label={wordOf(link.holds)}>
              {markOf(link.holds)}
            </span>
            <strong>{link.name}</strong>
            <span>
              {escapeLine(link.text)}
              {link === broken && <em class="soft"> (the first link that breaks)</em>}
            </span>
          </li>
        ))}
      </ol>
    </details>
  );
}

export function EvidenceList({ view }: { readonly view: View }) {
  return (
    <section class="stack" aria-labelledby="evidence-title">
      <h2 id="evidence-title">Evidence</h2>
      <Chain evidence={explainAts(view)} />
      <Chain evidence={explainPasid(view)} />
    </section>
  );
}

/** Warnings and notes of the view, as they are told. */
export function Messages({ view }: { readonly view: View }) {
  const { messages } = view.realized;
  if (messages.length === 0) return null;
  return (
    <ul class="plain messages" aria-label="Messages">
      {messages.map(({ level, code, message }, i) => (
        <li key={i} data-code={code}>
          <Chip tone={level === 'warning' ? 'changed' : 'unknown'}>{level}</Chip> <span>{escapeLine(message)}</span>{' '}
          <span class="soft small mono">{code}</span>
        </li>
      ))}
    </ul>
  );
}
