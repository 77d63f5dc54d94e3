/** The parts of a what-if question that decide ATS, in one line: profile, ats, the kernel's answer. */
import { DEFAULT_PROFILE, isProfileName, PROFILES } from '../../pure/profiles/index.ts';
import type { KernelAnswer, WhatIf } from '../model/what-if.ts';

export interface QuestionProps {
  /** Distinct in the page, for labels. */
  readonly id: string;
  readonly value: WhatIf;
  readonly onChange: (value: WhatIf) => void;
}

interface Choice<T extends string> {
  readonly id: string;
  readonly label: string;
  readonly value: T;
  readonly values: readonly (readonly [value: T, words: string])[];
  readonly onChange: (value: T) => void;
}

function Select<T extends string>({ id, label, value, values, onChange }: Choice<T>) {
  return (
    <label class="choice" for={id}>
      {label}{' '}
      <select id={id} value={value} onChange={event => onChange(event.currentTarget.value as T)}>
        {values.map(([one, words]) => (
          <option key={one} value={one}>
            {words}
          </option>
        ))}
      </select>
    </label>
  );
}

const ANSWERS: readonly (readonly [KernelAnswer, string])[] = [
  ['host', 'as the input says'],
  ['supported', 'supported'],
  ['unsupported', 'unsupported'],
  ['unreported', 'unreported'],
];

export function Question({ id, value, onChange }: QuestionProps) {
  const profiles = ['', ...Object.keys(PROFILES)].map(name => [name, name === '' ? `default (${DEFAULT_PROFILE.name})` : name] as const);
  return (
    <>
      <Select
        id={`${id}-profile`}
        label="VMM"
        value={value.profile ?? ''}
        values={profiles}
        onChange={profile => onChange({ ...value, profile: isProfileName(profile) ? profile : null })}
      />
      <Select
        id={`${id}-ats`}
        label="ats"
        value={value.ats ?? ''}
        values={[
          ['', 'default'],
          ['on', 'on'],
          ['off', 'off'],
          ['auto', 'auto'],
        ]}
        onChange={ats => onChange({ ...value, ats: ats === '' ? null : ats })}
      />
      <Select
        id={`${id}-kernel`}
        label="kernel on ATS"
        value={value.kernelAnswer}
        values={ANSWERS}
        onChange={kernelAnswer => onChange({ ...value, kernelAnswer })}
      />
    </>
  );
}
