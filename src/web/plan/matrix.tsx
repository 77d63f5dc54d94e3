/** VMs × hosts: a word and a colour for each, which open to the VM on the host. */
import type { VmPlan } from '../../pure/plan/index.ts';
import { escapeLine } from '../../pure/text/escape.ts';
import { shortNames } from '../../pure/text/short-names.ts';
import { goTo } from '../model/place.ts';
import type { Source } from '../model/workspace.ts';
import { OUTCOME_TONES } from './tones.ts';

interface MatrixProps {
  readonly vms: readonly VmPlan[];
  readonly hosts: readonly Source[];
  readonly vm: number | null;
  readonly source: string | null;
}

const COUNTED = ['fits', 'fails', 'unknown'] as const;

/** `3 fit, 1 fails`. */
function countWords(vms: readonly VmPlan[], host: number): string {
  const outcomes = vms.map(({ hosts }) => hosts[host]?.outcome);
  const told = COUNTED.map(outcome => [outcomes.filter(own => own === outcome).length, outcome] as const).filter(([count]) => count > 0);
  return told.map(([count, outcome]) => `${count} ${outcome}`).join(', ');
}

/** Moves the focus within the matrix by the arrow keys. */
function moveFocus(event: KeyboardEvent): void {
  const steps: Readonly<Record<string, readonly [number, number]>> = {
    ArrowUp: [-1, 0],
    ArrowDown: [1, 0],
    ArrowLeft: [0, -1],
    ArrowRight: [0, 1],
  };
  const step = steps[event.key];
  const button = event.target instanceof Element ? event.target.closest('button') : null;
  const row = button?.closest('tr');
  if (step === undefined || button === null || !row) return;
  const rows = [...(row.parentElement?.children ?? [])];
  const at = [...row.querySelectorAll('button')].indexOf(button);
  const to = rows[rows.indexOf(row) + step[0]]?.querySelectorAll('button')[at + step[1]];
  if (to === undefined) return;
  event.preventDefault();
  to.focus();
}

export function Matrix({ vms, hosts, vm, source }: MatrixProps) {
  const short = shortNames(hosts.map(({ name }) => name));
  return (
    <div class="wide matrix">
      <table>
        <caption class="aside">VMs and hosts</caption>
        <thead>
          <tr>
            <th scope="col">VM</th>
            <th scope="col">Format</th>
            {hosts.map(({ id, name }, i) => (
              <th scope="col" key={id}>
                <span class="name" title={escapeLine(name)}>
                  {escapeLine(short[i] ?? name)}
                </span>
                <span class="count">{countWords(vms, i)}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody onKeyDown={moveFocus}>
          {vms.map(({ definition, hosts: own }, i) => (
            <tr key={`${i} ${definition.name}`}>
              <th scope="row">
                <span class="name" title={escapeLine(definition.name)}>
                  {escapeLine(definition.name)}
                </span>
              </th>
              <td class="soft">{definition.source.format}</td>
              {hosts.map(({ id, name }, j) => {
                const outcome = own[j]?.outcome ?? 'unknown';
                const isOpen = vm === i && source === id;
                return (
                  <td key={id}>
                    <button
                      type="button"
                      class={`chip in-print ${OUTCOME_TONES[outcome]}`}
                      aria-pressed={isOpen}
                      aria-label={`${escapeLine(definition.name)} ${outcome} on ${escapeLine(name)}`}
                      onClick={() => goTo({ view: 'plan', vm: i, source: id })}
                    >
                      {outcome}
                    </button>
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
