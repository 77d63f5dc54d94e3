/** The open block, bit by bit: hardware beside guest. */
import { hexDigits } from '../../pure/bytes/hex.ts';
import type { View } from '../../pure/guest-view/index.ts';
import type { Block, Lane } from '../model/lanes.ts';
import { type BitsRead, differingBits, type FieldRow, type RegisterRow, registersOf, type WriteEffect } from '../model/registers.ts';
import { lit } from '../model/selection.ts';
import { Chip } from '../parts/chip.tsx';

const WRITES: Readonly<Record<WriteEffect, readonly [word: string, title: string]>> = {
  no: ['no', "a guest's write changes nothing"],
  yes: ['yes', "a guest's write gets through"],
  partly: ['partly', "a guest's write gets through to some of its bits"],
  clears: ['1 clears', 'a written 1 clears it'],
};

/** Bits in nibbles, those that differ from `other` marked. */
function BitText({ text, other }: { readonly text: string; readonly other: string | null }) {
  const parts: { key: number; text: string; differs: boolean }[] = [];
  const marked = other === null ? [] : differingBits(other, text);
  for (let i = 0; i < text.length; i++) {
    const differs = marked[i] === true;
    const gap = i > 0 && (text.length - i) % 4 === 0 ? ' ' : '';
    const last = parts.at(-1);
    if (last !== undefined && last.differs === differs) last.text += gap + text[i];
    else parts.push({ key: i, text: gap + text[i], differs });
  }
  return <span class="bits">{parts.map(part => (part.differs ? <mark key={part.key}>{part.text}</mark> : part.text))}</span>;
}

/** More bits than these are told by their value alone. */
const MOST_BITS = 8;

function Value({ read, other }: { readonly read: BitsRead | null; readonly other: BitsRead | null }) {
  if (read === null) return <td class="soft">none</td>;
  const isShort = read.bits.length <= MOST_BITS || read.value === '';
  return (
    <td class="mono">
      {isShort && <BitText text={read.bits} other={other?.bits ?? null} />}
      {read.value !== '' && (
        <span class={other !== null && differingBits(other.bits, read.bits).includes(true) ? 'value differs' : 'value'}>{read.value}</span>
      )}
    </td>
  );
}

function Field({ row, tabIndex }: { readonly row: FieldRow; readonly tabIndex: 0 | -1 }) {
  const { path, place, low, name, from, to, hardware, guest, differs, write, why } = row;
  const now = lit.value;
  const isLit =
    now !== null && (now.field === null ? from <= now.to && to >= now.from : now.field === path && now.from === from && now.low === low);
  const light = (): void => {
    lit.value = { from, to, field: path, low };
  };
  const [word, title] = write === null ? ['', ''] : WRITES[write];
  return (
    <tr
      class={`field${differs ? ' differs' : ''}${isLit ? ' lit' : ''}${path.endsWith('.reserved') ? ' reserved' : ''}`}
      data-field={path}
      data-from={from}
      tabIndex={tabIndex}
      onMouseEnter={light}
      onFocus={light}
      onBlur={() => (lit.value = null)}
    >
      <td class="mono soft">{place}</td>
      <th scope="row" title={path}>
        {name}
      </th>
      <Value read={hardware} other={null} />
      <Value read={guest} other={hardware} />
      <td class="small" title={title}>
        {word}
      </td>
      <td class="small why">{why}</td>
    </tr>
  );
}

function Register({ row, isFirst }: { readonly row: RegisterRow; readonly isFirst: boolean }) {
  const { at, size, name, hardware, guest, fields } = row;
  const isWhole = fields.length === 1;
  return (
    <>
      {!isWhole && (
        <tr class="register">
          <td class="mono">{hexDigits(at, 2)}</td>
          <th scope="row">{`${name}, ${8 * size} bits`}</th>
          <td class="mono">
            <BitText text={hardware} other={null} />
          </td>
          <td class="mono">{guest === null ? <span class="soft">none</span> : <BitText text={guest} other={hardware} />}</td>
          <td />
          <td />
        </tr>
      )}
      {fields.map((field, i) => (
        <Field
          key={`${field.path} ${field.low}`}
          row={isWhole ? { ...field, place: hexDigits(at, 2) } : field}
          tabIndex={isFirst && i === 0 ? 0 : -1}
        />
      ))}
    </>
  );
}

/** Arrow keys go from field to field. */
function moveAmongFields(event: KeyboardEvent & { readonly currentTarget: HTMLElement }): void {
  if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
  const rows = [...event.currentTarget.querySelectorAll<HTMLElement>('tr.field')];
  const here = rows.indexOf(document.activeElement as HTMLElement);
  const next = rows[here + (event.key === 'ArrowDown' ? 1 : -1)];
  if (next === undefined) return;
  next.focus();
  event.preventDefault();
}

export function RegisterTable({ view, lanes, block }: { readonly view: View; readonly lanes: readonly Lane[]; readonly block: Block }) {
  const rows = registersOf(view, lanes, block);
  const { title, offset, length, tone, stage, reason } = block;
  const isRaw = rows.every(({ path }) => path.startsWith('dword') || path.startsWith('header'));
  return (
    <section class="registers stack" aria-labelledby="registers">
      <h2 id="registers" tabIndex={-1}>
        {title} <span class="mono soft">{`${hexDigits(offset, 2)}–${hexDigits(offset + length - 1, 2)}`}</span>{' '}
        {tone !== 'plain' && <Chip tone={tone}>{tone}</Chip>}
      </h2>
      {reason !== '' && <p>{`${stage === null ? '' : `By the ${stage === 'vmm' ? 'VMM' : stage}: `}${reason}.`}</p>}
      {isRaw && <p class="soft small">Its registers are not known here: they are shown as numbers.</p>}
      <div class="wide">
        <table onKeyDown={moveAmongFields} onMouseLeave={() => (lit.value = null)}>
          <thead>
            <tr>
              <th scope="col">Bits</th>
              <th scope="col">Field</th>
              <th scope="col">Hardware</th>
              <th scope="col">Guest, at reset</th>
              <th scope="col">Guest writes</th>
              <th scope="col">Why it differs</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row, i) => (
              <Register key={`${row.path} ${row.at}`} row={row} isFirst={i === 0} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
