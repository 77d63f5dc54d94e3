/** Properties of the device in a what-if question: each is checked by the VMM's own words before it counts. */
import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import type { DeviceFacts } from '../../pure/facts/index.ts';
import { DEFAULT_PROFILE, findProfile } from '../../pure/profiles/index.ts';
import { type PropertyFacts, propertyFacts } from '../../pure/qemu/index.ts';
import { answerTo } from '../model/answer.ts';
import { type WhatIf, whatIf } from '../model/what-if.ts';

/** The properties of a host's device that the profile has, in name order. */
function propertiesOf({ profile }: WhatIf): readonly PropertyFacts[] {
  const found = profile === null ? DEFAULT_PROFILE : findProfile(profile);
  return found.properties === null ? [] : propertyFacts(found.properties.drivers[0], found).filter(({ help }) => help !== '');
}

const kept = new Map<string | null, readonly PropertyFacts[]>();

function keptProperties(question: WhatIf): readonly PropertyFacts[] {
  const known = kept.get(question.profile) ?? propertiesOf(question);
  kept.set(question.profile, known);
  return known;
}

function without(question: WhatIf, name: string): WhatIf {
  return { ...question, properties: question.properties.filter(property => property.name !== name) };
}

function SetProperty({ question, name, value }: { readonly question: WhatIf; readonly name: string; readonly value: string }) {
  return (
    <li>
      <code>{`${name}=${value}`}</code>{' '}
      <button type="button" aria-label={`Take ${name} out`} onClick={() => (whatIf.value = without(question, name))}>
        ×
      </button>
    </li>
  );
}

export function PropertyEditor({ facts, question }: { readonly facts: DeviceFacts; readonly question: WhatIf }) {
  const all = keptProperties(question);
  const name = useSignal('');
  const value = useSignal('');
  const refusal = useSignal('');
  const listed = useMemo(() => all.map(property => <option key={property.name} value={property.name} />), [all]);
  const chosen = all.find(property => property.name === name.value);
  const set = (event: Event): void => {
    event.preventDefault();
    if (name.value === '') return;
    const next = {
      ...without(question, name.value),
      properties: [...without(question, name.value).properties, { name: name.value, value: value.value }],
    };
    const answer = answerTo(facts, next);
    const isOwn = answer.view === null && answerTo(facts, question).view !== null;
    refusal.value = isOwn ? (answer.refusal ?? '') : '';
    if (!isOwn) {
      whatIf.value = next;
      value.value = '';
    }
  };
  return (
    <form class="properties" onSubmit={set}>
      <fieldset disabled={all.length === 0}>
        <legend>Device properties</legend>
        <div class="property-row">
          <input
            aria-label="Property"
            list="property-names"
            placeholder="name"
            class="mono"
            spellcheck={false}
            autocomplete="off"
            value={name.value}
            onInput={event => (name.value = event.currentTarget.value.trim())}
          />
          <datalist id="property-names">{listed}</datalist>
          <input
            aria-label="Value"
            placeholder={chosen === undefined ? 'value' : chosen.type.format(chosen.default) || 'value'}
            class="mono"
            spellcheck={false}
            autocomplete="off"
            aria-describedby="property-help"
            value={value.value}
            onInput={event => (value.value = event.currentTarget.value)}
          />
          <button type="submit">Set</button>
        </div>
        <p id="property-help" class="small soft">
          {chosen !== undefined
            ? `${chosen.help} Takes ${chosen.type.takes}; the default is ${chosen.type.format(chosen.default) || 'none'}.`
            : all.length === 0
              ? 'This profile has no properties.'
              : `One of ${all.length} properties of the profile.`}
        </p>
        {refusal.value !== '' && (
          <p role="alert" class="small refusal">
            {refusal.value}
          </p>
        )}
      </fieldset>
      {question.properties.length > 0 && (
        <ul class="plain">
          {question.properties.map(property => (
            <SetProperty key={property.name} question={question} {...property} />
          ))}
        </ul>
      )}
    </form>
  );
}
