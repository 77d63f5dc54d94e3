/** What becomes of the ATS of each function of a host under one question, worked out in short pieces. */
import type { DeviceFacts } from '../../pure/facts/index.ts';
import { RequestError, type View, type ViewRequest, view } from '../../pure/guest-view/index.ts';
import type { AtsSupport } from '../../pure/iommu/index.ts';
import { type AtsOutcome, atsOutcome } from '../../pure/render/ats-table.ts';
import { type FunctionLine, isAssignable } from './function-line.ts';
import { nextTask, TimeSlices } from './time-slices.ts';

/** `refused`: realize fails for another cause than ATS. `bridge`: no function that is assigned. */
export interface AtsAnswer {
  readonly outcome: AtsOutcome | 'refused' | 'bridge';
  /** What the kernel answers on ATS, or is assumed to. */
  readonly kernel: AtsSupport;
  /** Whether anybody asked the kernel, or an answer is assumed. */
  readonly isAsked: boolean;
  /** Why, in a sentence; of the kernel's answer and of the outcome. */
  readonly words: string;
}

function whyOf({ realized, hostIommu }: View): string {
  const { text } = hostIommu.atsEvidence();
  if (realized.outcome === 'failed') return `${realized.error.message}; ${text}`;
  const told = realized.messages.find(({ code }) => code.startsWith('ats.') || code === 'outcome.unknown');
  return told === undefined ? text : `${told.message}; ${text}`;
}

/** Words of realize about ATS, as opposed to another cause. */
const isAboutAts = (code: string): boolean => code.startsWith('ats.');

/** The answer for one function. */
export function atsAnswer(facts: DeviceFacts, line: FunctionLine, request: ViewRequest): AtsAnswer {
  try {
    const seen = view(facts, request);
    const { realized, hostIommu } = seen;
    const isRefused = realized.outcome === 'failed' && !isAboutAts(realized.error.code);
    const outcome = !isAssignable(line.kind) ? 'bridge' : isRefused ? 'refused' : atsOutcome(realized);
    const { answer, code } = hostIommu.atsEvidence();
    return { outcome, kernel: answer, isAsked: code !== 'no-report', words: whyOf(seen) };
  } catch (error) {
    // A property or a machine that is not there is told where it is asked for.
    if (!(error instanceof Error)) throw error;
    const outcome = error instanceof RequestError || error.name.endsWith('Error') ? 'unknown' : 'refused';
    return { outcome, kernel: 'unreported', isAsked: false, words: error.message };
  }
}

/** What is asked, of which functions. */
export interface Survey {
  readonly devices: readonly DeviceFacts[];
  readonly lines: readonly FunctionLine[];
  readonly request: ViewRequest;
}

/**
 * Asks for all functions. `tell` has the answers so far, in the order of the devices, at the end of each piece of work: the first before
 * this returns. Gives a way to stop.
 */
export function surveyAts({ devices, lines, request }: Survey, tell: (answers: readonly AtsAnswer[]) => void): () => void {
  const answers: AtsAnswer[] = [];
  let isStopped = false;
  const work = (): boolean => {
    const slices = new TimeSlices();
    while (answers.length < devices.length && !slices.isOver) {
      const [facts, line] = [devices[answers.length], lines[answers.length]];
      if (facts === undefined || line === undefined) break;
      answers.push(atsAnswer(facts, line, request));
    }
    tell(answers.slice());
    return answers.length < Math.min(devices.length, lines.length);
  };
  const goOn = async (): Promise<void> => {
    while (!isStopped && work()) await nextTask();
  };
  void goOn();
  return () => {
    isStopped = true;
  };
}
