/** The answers on ATS for all functions of a host, under the page's present question. */
import { useLayoutEffect, useState } from 'preact/hooks';
import { type AtsAnswer, surveyAts } from '../model/ats-survey.ts';
import type { HostModel } from '../model/host-model.ts';
import { requestOf, whatIf } from '../model/what-if.ts';

/** In the order of the devices; shorter while the answers are worked out. */
export function useSurvey({ devices, lines }: HostModel): readonly AtsAnswer[] {
  const asked = whatIf.value;
  const [answers, setAnswers] = useState<readonly AtsAnswer[]>([]);
  // Before the browser draws, so that no answer to an earlier question is seen.
  useLayoutEffect(() => surveyAts({ devices, lines, request: requestOf(asked) }, setAnswers), [devices, lines, asked]);
  return answers;
}
