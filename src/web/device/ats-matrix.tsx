/** The table of what `ats` means for the device: each value under each answer of the host's kernel. A click asks for a cell. */
import type { DeviceFacts } from '../../pure/facts/index.ts';
import { type AtsOutcome, atsOutcome } from '../../pure/render/ats-table.ts';
import { type Answer, answerTo } from '../model/answer.ts';
import { type KernelAnswer, type WhatIf, whatIf } from '../model/what-if.ts';

const VALUES = ['on', 'off', 'auto'] as const;
const ANSWERS = ['supported', 'unsupported', 'unreported'] as const satisfies readonly KernelAnswer[];

const WORDS: Readonly<Record<AtsOutcome, readonly [word: string, tone: string]>> = {
  shown: ['shown', 'shown'],
  masked: ['masked', 'changed'],
  absent: ['absent', 'plain'],
  unknown: ['unknown', 'unknown'],
  'realize fails': ['fails', 'hidden'],
};

interface Cell {
  readonly ats: (typeof VALUES)[number];
  readonly answer: (typeof ANSWERS)[number];
}

/** The cell that the present question is, whoever gave its parts. */
function currentOf({ view }: Answer): Cell | null {
  const text = view?.properties.get('ats')?.text;
  const ats = VALUES.find(value => value === text);
  return view === null || ats === undefined ? null : { ats, answer: view.hostIommu.atsSupport() };
}

function CellButton({
  cell,
  result,
  isCurrent,
  question,
}: {
  readonly cell: Cell;
  readonly result: Answer;
  readonly isCurrent: boolean;
  readonly question: WhatIf;
}) {
  const outcome = result.view === null ? 'unknown' : atsOutcome(result.view.realized);
  const [word, tone] = WORDS[outcome];
  return (
    <td>
      <button
        type="button"
        class={`cell ${tone}`}
        aria-pressed={isCurrent}
        aria-label={`ats=${cell.ats}, kernel says ${cell.answer}: ${word}`}
        data-cell={`${cell.ats} ${cell.answer}`}
        onClick={() => (whatIf.value = { ...question, ats: cell.ats, kernelAnswer: cell.answer })}
      >
        {word}
      </button>
    </td>
  );
}

export function AtsMatrix({
  facts,
  question,
  answer,
}: {
  readonly facts: DeviceFacts;
  readonly question: WhatIf;
  readonly answer: Answer;
}) {
  const results = VALUES.map(ats => ANSWERS.map(kernelAnswer => answerTo(facts, { ...question, ats, kernelAnswer })));
  const first = results[0]?.[0];
  if (first !== undefined && first.view === null) return <p class="small soft">{`No table of ATS: ${first.refusal}`}</p>;
  const current = currentOf(answer);
  return (
    <table class="ats-matrix">
      <caption>The guest's ATS</caption>
      <thead>
        <tr>
          <th scope="col">ats</th>
          {ANSWERS.map(kernelAnswer => (
            <th scope="col" key={kernelAnswer}>
              {kernelAnswer}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {VALUES.map((ats, i) => (
          <tr key={ats}>
            <th scope="row">{ats}</th>
            {ANSWERS.map((kernelAnswer, j) => {
              const result = results[i]?.[j];
              if (result === undefined) return null;
              const isCurrent = current !== null && current.ats === ats && current.answer === kernelAnswer;
              return (
                <CellButton
                  key={kernelAnswer}
                  cell={{ ats, answer: kernelAnswer }}
                  result={result}
                  isCurrent={isCurrent}
                  question={question}
                />
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
