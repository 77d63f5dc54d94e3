/** Two devices, two hosts or two questions, side by side: only what differs. */

import { compareSides } from '../model/comparison.ts';
import { goTo, type Side } from '../model/place.ts';
import { whatIf } from '../model/what-if.ts';
import { sources } from '../model/workspace.ts';
import { Question } from '../parts/question.tsx';
import { ComparedDevices } from './compared-devices.tsx';
import { ComparedHosts } from './compared-hosts.tsx';
import { SideChoice } from './side-choice.tsx';
import './compare.css';

interface Sides {
  readonly a: Side;
  readonly b: Side | null;
}

const sourceOf = ({ source }: Side) => sources.value.find(({ id }) => id === source);

/** What can be compared with a side in one step: the same under another question, or the same place in another input. */
function Proposals({ a, onChoose }: { readonly a: Side; readonly onChoose: (b: Side) => void }) {
  const others = sources.value.filter(({ id }) => id !== a.source);
  return (
    <section class="stack">
      <h2>Compare it with</h2>
      <ul class="plain proposals">
        {a.device !== null && (
          <li>
            <button type="button" onClick={() => onChoose({ ...a, asked: { ...(a.asked ?? whatIf.value), ats: 'off' } })}>
              the same device with ats=off
            </button>
          </li>
        )}
        {others.map(({ id, name, read }) => {
          const device = a.device === null ? null : sameDevice(a, read.devices);
          return (
            <li key={id}>
              <button type="button" class="name" onClick={() => onChoose({ source: id, device, asked: null })}>
                {device === null ? 'the host ' : 'a device of '}
                {name}
              </button>
            </li>
          );
        })}
      </ul>
      {others.length === 0 && <p class="soft">Give the page a second input, and it can be compared with that too.</p>}
    </section>
  );
}

/** The device of the same address, else the first. */
function sameDevice(a: Side, devices: readonly { readonly bdf: { readonly text: string } | null }[]): number {
  const address = sourceOf(a)?.read.devices[a.device ?? -1]?.bdf?.text;
  const found = devices.findIndex(({ bdf }) => bdf !== null && bdf.text === address);
  return Math.max(0, found);
}

function Result({ a, b }: { readonly a: Side; readonly b: Side }) {
  const [first, second] = [sourceOf(a), sourceOf(b)];
  if (first === undefined || second === undefined) return <p role="alert">One of the two inputs is not here: choose another.</p>;
  if (a.device === null || b.device === null) return <ComparedHosts a={a} b={b} first={first} second={second} />;
  const compared = compareSides(a, b, whatIf.value);
  return compared === null ? (
    <p role="alert">One of the two devices is not there: choose another.</p>
  ) : (
    <ComparedDevices compared={compared} />
  );
}

export function Compare({ a, b }: Sides) {
  const show = (to: Sides): void => goTo({ view: 'compare', ...to });
  const isWhole = a.device === null;
  return (
    <main class="compare">
      <div class="bar compare-head">
        <h1>{isWhole ? 'Two hosts as guests meet them' : 'Two devices as a guest meets them'}</h1>
        {b !== null && (
          <button type="button" onClick={() => show({ a: b, b: a })}>
            Swap A and B
          </button>
        )}
      </div>
      <div class="bar controls">
        <span class="small soft">The page’s what-if question:</span>
        <Question id="compare" value={whatIf.value} onChange={value => (whatIf.value = value)} />
      </div>
      <div class="sides controls">
        {/* B follows A from a device to a host and back. */}
        <SideChoice
          name="A"
          side={a}
          whole={null}
          onChange={side => show({ a: side, b: b !== null && (b.device === null) !== (side.device === null) ? null : b })}
        />
        <SideChoice name="B" side={b} whole={isWhole} onChange={side => show({ a, b: side })} />
      </div>
      {b === null ? <Proposals a={a} onChoose={side => show({ a, b: side })} /> : <Result a={a} b={b} />}
    </main>
  );
}
