/** What becomes of a function's ATS, in a word and its colour. */
import type { AtsAnswer } from '../model/ats-survey.ts';
import { Chip, type Tone } from './chip.tsx';

export const ATS_WORDS: Readonly<Record<AtsAnswer['outcome'], string>> = {
  shown: 'shown',
  masked: 'masked',
  absent: 'none',
  unknown: 'unknown',
  'realize fails': 'fails',
  refused: 'refused',
  bridge: '–',
};

export const ATS_TONES: Readonly<Record<AtsAnswer['outcome'], Tone | null>> = {
  shown: 'shown',
  masked: 'hidden',
  absent: null,
  unknown: 'unknown',
  'realize fails': 'hidden',
  refused: 'hidden',
  bridge: null,
};

/** What the kernel answers on ATS, in a few words. */
export function kernelWords({ kernel, isAsked }: AtsAnswer): string {
  return isAsked ? `kernel: ${kernel}` : 'kernel not asked';
}

export function AtsChip({ answer }: { readonly answer: AtsAnswer | undefined }) {
  if (answer === undefined) return <span class="soft">…</span>;
  const tone = ATS_TONES[answer.outcome];
  const words = ATS_WORDS[answer.outcome];
  return tone === null ? <span class="soft">{words}</span> : <Chip tone={tone}>{words}</Chip>;
}
