/** One side of a comparison, and what chooses it: an input, one of its devices or the whole, and its own question. */
import { useMemo } from 'preact/hooks';
import { BUILT_IN_NAMES } from '../../pure/pci/pci-ids.ts';
import { className } from '../model/function-line.ts';
import { hostModel } from '../model/host-model.ts';
import type { Side } from '../model/place.ts';
import { whatIf } from '../model/what-if.ts';
import { type Source, sources } from '../model/workspace.ts';
import { foreignClip } from '../parts/foreign-text.ts';
import { Question } from '../parts/question.tsx';

/** Characters of a choice. */
const MOST = 60;
const WHOLE = 'whole';

function DeviceOptions({ source }: { readonly source: Source }) {
  const { lines } = hostModel(source.read);
  return useMemo(
    () => (
      <>
        {lines.map(line => (
          <option key={line.index} value={line.index}>
            {foreignClip(`${line.name} ${className(line, BUILT_IN_NAMES)}${line.ids === null ? '' : ` ${line.ids}`}`, MOST)}
          </option>
        ))}
      </>
    ),
    [lines],
  );
}

export interface SideChoiceProps {
  readonly name: 'A' | 'B';
  readonly side: Side | null;
  /** Whether the other side is a whole host; null where anything may be chosen. */
  readonly whole: boolean | null;
  readonly onChange: (side: Side) => void;
}

function OwnQuestion({ name, side, onChange }: { readonly name: string; readonly side: Side; readonly onChange: (side: Side) => void }) {
  const { asked } = side;
  return (
    <div class="own-question">
      <label class="small">
        <input
          type="checkbox"
          checked={asked !== null}
          onChange={({ currentTarget }) => onChange({ ...side, asked: currentTarget.checked ? whatIf.value : null })}
        />{' '}
        a question of its own
      </label>
      {asked === null ? (
        <span class="small soft">the page’s what-if question</span>
      ) : (
        <span class="bar">
          <Question id={`side-${name}`} value={asked} onChange={value => onChange({ ...side, asked: value })} />
        </span>
      )}
    </div>
  );
}

export function SideChoice({ name, side, whole, onChange }: SideChoiceProps) {
  const source = sources.value.find(({ id }) => id === side?.source);
  const firstDevice = whole === true ? null : 0;
  return (
    <fieldset class="side">
      <legend>{name}</legend>
      <div class="bar">
        <label class="choice">
          <span>input</span>
          <select
            id={`side-${name}-input`}
            value={side?.source ?? ''}
            onChange={event => onChange({ source: event.currentTarget.value, device: firstDevice, asked: side?.asked ?? null })}
          >
            {source === undefined && <option value="">choose</option>}
            {sources.value.map(one => (
              <option key={one.id} value={one.id}>
                {foreignClip(one.name, MOST)}
              </option>
            ))}
          </select>
        </label>
        {side !== null && source !== undefined && (
          <label class="choice">
            <span>device</span>
            <select
              id={`side-${name}-device`}
              value={side.device ?? WHOLE}
              onChange={({ currentTarget: { value } }) => onChange({ ...side, device: value === WHOLE ? null : Number(value) })}
            >
              {whole !== false && <option value={WHOLE}>the whole host</option>}
              {whole !== true && <DeviceOptions source={source} />}
            </select>
          </label>
        )}
      </div>
      {side !== null && <OwnQuestion name={name} side={side} onChange={onChange} />}
    </fieldset>
  );
}
