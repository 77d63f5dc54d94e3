/** What is refused, warned of or noted: who says it, in their words, what mends it, and where it stands. */
import type { ComponentChild } from 'preact';
import type { PlanFinding, PlanMessage, Severity } from '../../pure/plan/index.ts';
import { escapeText } from '../../pure/text/escape.ts';
import { Chip } from '../parts/chip.tsx';
import { SourceLine } from './source-line.tsx';
import { SEVERITY_TONES } from './tones.ts';

/** A message of a stage; `of` says what it is about where it stands apart from that. */
export function StageMessage({ severity, said, of }: { readonly severity: Severity; readonly said: PlanMessage; readonly of?: string }) {
  const { stage, code, message, mend, origin } = said;
  return (
    <Told severity={severity} by={`${stage === 'vmm' ? 'VMM' : stage}`} code={code}>
      <p class="said">
        {of !== undefined && <b>{escapeText(of)}: </b>}
        {escapeText(message)}
      </p>
      {mend !== null && (
        <p class="mend">
          <b>Mends it:</b> {escapeText(mend)}
        </p>
      )}
      <SourceLine origin={origin} />
    </Told>
  );
}

/** A finding about a definition's text. */
export function Finding({ finding: { severity, code, message, origin } }: { readonly finding: PlanFinding }) {
  return (
    <Told severity={severity} by={null} code={code}>
      <p class="said">{escapeText(message)}</p>
      <SourceLine origin={origin} />
    </Told>
  );
}

interface ToldProps {
  readonly severity: Severity;
  /** Who says it. */
  readonly by: string | null;
  readonly code: string;
  readonly children: ComponentChild;
}

function Told({ severity, by, code, children }: ToldProps) {
  return (
    <li class={`told ${severity}`}>
      <div class="told-head">
        <Chip tone={SEVERITY_TONES[severity]}>{severity}</Chip>
        {by !== null && <span class="small">{by}</span>}
        <span class="mono soft">{code}</span>
      </div>
      <div class="told-body">{children}</div>
    </li>
  );
}
