/** What if: the question that the page asks, part by part, and in one sentence what it changes. */
import { useMemo } from 'preact/hooks';
import type { DeviceFacts } from '../../pure/facts/index.ts';
import { DEFAULT_PROFILE, findProfile, PROFILES, type ProfileName } from '../../pure/profiles/index.ts';
import { machineTypes } from '../../pure/qemu/index.ts';
import { PLACEMENTS } from '../../pure/rules/realize-input.ts';
import { escapeLine } from '../../pure/text/escape.ts';
import type { Answer } from '../model/answer.ts';
import { sayChange } from '../model/what-changed.ts';
import { type KernelAnswer, NOTHING_CHANGED, type WhatIf, whatIf } from '../model/what-if.ts';
import { AtsMatrix } from './ats-matrix.tsx';
import { PropertyEditor } from './property-editor.tsx';

interface ChoiceProps<T extends string> {
  readonly label: string;
  readonly value: T | null;
  readonly options: readonly (readonly [value: T, text: string])[];
  /** What stands for null. */
  readonly none: string;
  readonly choose: (value: T | null) => void;
}

function Choice<T extends string>({ label, value, options, none, choose }: ChoiceProps<T>) {
  // The same elements are not compared again: there are a hundred machine types.
  const listed = useMemo(
    () =>
      options.map(([known, text]) => (
        <option key={known} value={known}>
          {text}
        </option>
      )),
    [options],
  );
  const isListed = value === null || options.some(([known]) => known === value);
  return (
    <label class="what-if-part">
      <span>{label}</span>
      <select value={value ?? ''} onChange={event => choose(options.find(([known]) => known === event.currentTarget.value)?.[0] ?? null)}>
        <option value="">{none}</option>
        {!isListed && <option value={value ?? ''}>{value}</option>}
        {listed}
      </select>
    </label>
  );
}

const ANSWERS: readonly (readonly [KernelAnswer, string])[] = [
  ['supported', 'ATS may be used'],
  ['unsupported', 'ATS is not supported'],
  ['unreported', 'does not report on ATS'],
];
const NAMES = Object.keys(PROFILES) as ProfileName[];
const same = <T extends string>(values: readonly T[]): readonly (readonly [T, string])[] => values.map(value => [value, value]);

/** Every machine type of each profile, as options. */
const machines = new Map<string, readonly (readonly [string, string])[]>();

function machineOptions(name: ProfileName | null): readonly (readonly [string, string])[] {
  const profile = name === null ? DEFAULT_PROFILE : findProfile(name);
  const known =
    machines.get(profile.name) ??
    machineTypes(profile).map(type => [type.name, `${type.name}${type.deprecated ? ' (deprecated)' : ''}`] as const);
  machines.set(profile.name, known);
  return known;
}

function defaultMachine({ view }: Answer): string {
  const name = view?.properties.machine?.name;
  return name === undefined ? 'default' : `default: ${name}`;
}

/** What the panel needs: the device, the question and its answer, and the answer to the default question. */
export interface WhatIfProps {
  readonly facts: DeviceFacts;
  readonly question: WhatIf;
  readonly answer: Answer;
  readonly usual: Answer;
}

function Parts({ question, usual }: Pick<WhatIfProps, 'question' | 'usual'>) {
  const ask = (part: Partial<WhatIf>): void => {
    whatIf.value = { ...question, ...part };
  };
  const profile = question.profile === null ? DEFAULT_PROFILE : findProfile(question.profile);
  const { placements } = profile.traits;
  return (
    <div class="what-if-parts">
      <Choice
        label="ats"
        value={question.ats}
        options={same(['on', 'off', 'auto'] as const)}
        none="as the machine has it"
        choose={ats => ask({ ats })}
      />
      <Choice
        label="The kernel says"
        value={question.kernelAnswer === 'host' ? null : question.kernelAnswer}
        options={ANSWERS}
        none="as the host said"
        choose={answer => ask({ kernelAnswer: answer ?? 'host' })}
      />
      <Choice
        label="Profile"
        value={question.profile}
        options={same(NAMES.filter(name => name !== DEFAULT_PROFILE.name))}
        none={`${DEFAULT_PROFILE.name} (default)`}
        choose={name => ask({ profile: name })}
      />
      <Choice
        label="Machine type"
        value={question.machine}
        options={machineOptions(question.profile)}
        none={question.profile === null ? defaultMachine(usual) : 'default'}
        choose={machine => ask({ machine })}
      />
      <Choice
        label="Place"
        value={question.placement}
        options={same(PLACEMENTS.filter(placement => placements.includes(placement)))}
        none={`default: ${placements[0]}`}
        choose={placement => ask({ placement })}
      />
      <Choice
        label="Backend"
        value={question.backend}
        options={same(['iommufd', 'legacy'] as const)}
        none="as the host has it"
        choose={backend => ask({ backend })}
      />
      <label class="what-if-check">
        <input type="checkbox" checked={question.viommuPasid} onChange={event => ask({ viommuPasid: event.currentTarget.checked })} /> The
        guest's IOMMU takes PASIDs
      </label>
    </div>
  );
}

export function WhatIfPanel(props: WhatIfProps) {
  const { facts, question, answer, usual } = props;
  const isAsked = JSON.stringify(question) !== JSON.stringify(NOTHING_CHANGED);
  return (
    <section class="what-if stack" aria-labelledby="what-if-title">
      <div class="bar">
        <h2 id="what-if-title">What if</h2>
        <button type="button" disabled={!isAsked} onClick={() => (whatIf.value = NOTHING_CHANGED)}>
          Reset
        </button>
      </div>
      <p class="change" aria-live="polite" data-change>
        {isAsked ? escapeLine(sayChange(usual, answer)) : 'Change a part of the question: all of the page follows.'}
      </p>
      <Parts question={question} usual={usual} />
      <AtsMatrix facts={facts} question={question} answer={answer} />
      <PropertyEditor facts={facts} question={question} />
    </section>
  );
}
