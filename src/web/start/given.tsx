/** The inputs and definitions that the page was given, each with what it was read as, and a way to take it out. */
import type { ComponentChild } from 'preact';
import { definitions, removeDefinition } from '../model/definitions.ts';
import { goTo } from '../model/place.ts';
import { removeSource, type Source, sources } from '../model/workspace.ts';
import { foreign } from '../parts/foreign-text.ts';

const count = new Intl.NumberFormat();
const size = new Intl.NumberFormat(undefined, { style: 'unit', unit: 'kilobyte', maximumFractionDigits: 0 });

/** `read as lspci -xxxx: 3 devices, 2 lines left out`. */
export function readWords({ read: { readAs, devices, leftOut } }: Source): string {
  const left = leftOut === 0 ? '' : `, ${count.format(leftOut)} ${leftOut === 1 ? 'line' : 'lines'} left out`;
  return `read as ${readAs}: ${count.format(devices.length)} ${devices.length === 1 ? 'device' : 'devices'}${left}`;
}

interface ItemProps {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly words: string;
  readonly notes: readonly string[];
  readonly onOpen: () => void;
  readonly onRemove: () => void;
  readonly children?: ComponentChild;
}

function Item({ name, bytes, words, notes, onOpen, onRemove }: ItemProps) {
  return (
    <li>
      <div class="given-words">
        <button type="button" class="link name" title={foreign(name)} onClick={onOpen}>
          {foreign(name)}
        </button>{' '}
        <span class="soft small">
          {words}, {size.format(Math.ceil(bytes.length / 1000))}
        </span>
        {notes.map(note => (
          <div key={note} class="soft small note">
            {foreign(note)}
          </div>
        ))}
      </div>
      <button type="button" aria-label={`Remove ${foreign(name)}`} onClick={onRemove}>
        Remove
      </button>
    </li>
  );
}

export function Given() {
  if (sources.value.length + definitions.value.length === 0) return null;
  return (
    <section class="stack" aria-labelledby="given">
      <h2 id="given">Inputs</h2>
      <ul class="plain given">
        {sources.value.map(source => (
          <Item
            key={source.id}
            name={source.name}
            bytes={source.bytes}
            words={readWords(source)}
            notes={source.read.notes}
            onOpen={() => goTo({ view: 'host', source: source.id })}
            onRemove={() => removeSource(source.id)}
          />
        ))}
        {definitions.value.map(({ id, name, bytes }) => (
          <Item
            key={id}
            name={name}
            bytes={bytes}
            words="the definition of a VM"
            notes={[]}
            onOpen={() => goTo({ view: 'plan', vm: null, source: null })}
            onRemove={() => removeDefinition(id)}
          />
        ))}
      </ul>
    </section>
  );
}
