/** One assigned device on one host: a row of what became of it, and below it why. */

import { hexDigits } from '../../pure/bytes/hex.ts';
import type { DevicePlan, HostFunction, HostNeighbour, PlannedProperty } from '../../pure/plan/index.ts';
import { seenAts } from '../../pure/plan/seen-ats.ts';
import { escapeLine } from '../../pure/text/escape.ts';
import { goTo } from '../model/place.ts';
import { whatIf } from '../model/what-if.ts';
import { devices, type Source } from '../model/workspace.ts';
import { Chip } from '../parts/chip.tsx';
import { Wide } from '../parts/wide.tsx';
import { whatIfOf } from './asked-view.ts';
import { StageMessage } from './messages.tsx';
import { OUTCOME_TONES } from './tones.ts';

/** `auto → off`: the property, and what the guest sees where that is another. */
function atsWords(device: DevicePlan): string {
  const { ats } = device.properties;
  const seen = seenAts(device);
  if (ats === undefined) return seen ?? 'not known';
  return seen === null || seen === ats.value ? ats.value : `${ats.value} → ${seen}`;
}

function hostWords({ host, candidates, backend, outcome }: DevicePlan): string {
  if (candidates === null) return host ?? (backend === 'vfio-user' ? 'a server' : 'not known');
  const good = candidates.filter(candidate => candidate.outcome === 'realized').length;
  if (candidates.length === 0) return outcome === 'unknown' ? 'not known' : 'none';
  return good === candidates.length ? `all ${good} of a set` : `${good} of ${candidates.length} of a set`;
}

function placeWords({ place }: DevicePlan): string {
  if (place === null) return 'not known';
  return place.address === null ? place.bus : `${place.bus} ${place.address}`;
}

/** Opens the device's own view under the request that the plan asked. */
function openDevice(source: Source, { view }: DevicePlan): void {
  const found = devices.value.find(choice => choice.source.id === source.id && choice.facts === view?.facts);
  if (view === null || found === undefined) return;
  whatIf.value = whatIfOf(view);
  goTo({ view: 'device', source: source.id, device: found.index });
}

const neighbourWords = ({ address, driver }: HostNeighbour): string => `${address} (${driver ?? 'driver not known'})`;

/** What the host knows of the function, as rows of a list. */
function functionRows({ vendorId, deviceId, group, card, numaNode }: HostFunction): readonly (readonly [string, string])[] {
  const ids = vendorId === null || deviceId === null ? 'not known' : `${hexDigits(vendorId, 4)}:${hexDigits(deviceId, 4)}`;
  const members =
    group === null ? 'not known' : group === 'none' ? 'none' : `${group.number}: ${group.members.map(neighbourWords).join(', ')}`;
  return [
    ['Ids', ids],
    ['IOMMU group', members],
    ['Functions of the card', card.length === 0 ? 'not known' : card.map(neighbourWords).join(', ')],
    ['NUMA node', `${numaNode ?? 'not known'}`],
  ];
}

function cardWords({ card }: DevicePlan): string | null {
  if (card === null) return null;
  const { answer, by, differences, notKnown, foundAt } = card;
  const found = foundAt === null ? '' : `; the author's card is at ${foundAt.address}`;
  if (answer === 'same') return `the author's, by its ${by === 'serial' ? 'serial number' : 'ids, as it has no serial number'}`;
  if (answer === 'unknown') return `not known: ${notKnown.join(', ')}${found}`;
  return `another: ${differences.map(({ field, author, host }) => `${field} ${host}, the author's has ${author}`).join('; ')}${found}`;
}

function Properties({ of, properties }: { readonly of: string; readonly properties: Readonly<Record<string, PlannedProperty>> }) {
  const rows = Object.entries(properties);
  if (rows.length === 0) return null;
  return (
    <Wide name={`Properties of ${of}`}>
      <table class="properties">
        <caption class="aside">Properties of {of}</caption>
        <thead>
          <tr>
            <th scope="col">Property</th>
            <th scope="col">Value</th>
            <th scope="col">Becomes</th>
            <th scope="col">Set by</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(([name, { value, resolved, source }]) => (
            <tr key={name}>
              <th scope="row" class="mono">
                {name}
              </th>
              <td class="mono">{escapeLine(value)}</td>
              <td class="mono">{resolved === value ? '' : (resolved ?? 'not known')}</td>
              <td>{escapeLine(source)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Wide>
  );
}

/** Errors, warnings and notes of a device or a guest's IOMMU. */
export function Told({ plan }: { readonly plan: Pick<DevicePlan, 'error' | 'warnings' | 'outcome'> & Partial<Pick<DevicePlan, 'notes'>> }) {
  const { error, warnings, notes = [] } = plan;
  if (error === null && warnings.length + notes.length === 0) return null;
  return (
    <ul class="plain stack-small">
      {error !== null && <StageMessage severity={plan.outcome === 'failed' ? 'error' : 'note'} said={error} />}
      {warnings.map(said => (
        <StageMessage key={`${said.code} ${said.message}`} severity="warning" said={said} />
      ))}
      {notes.map(said => (
        <StageMessage key={`${said.code} ${said.message}`} severity="note" said={said} />
      ))}
    </ul>
  );
}

/** What stands behind a row: the function of the host, its card, every property. */
export function Details({ device }: { readonly device: DevicePlan }) {
  const { hostFunction, candidates } = device;
  const card = cardWords(device);
  const rows = [...(hostFunction === null ? [] : functionRows(hostFunction)), ...(card === null ? [] : [['The card', card] as const])];
  return (
    <details class="behind">
      <summary>Function, group and properties</summary>
      {rows.length > 0 && (
        <dl class="plan-pairs">
          {rows.map(([name, words]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd class="mono">{escapeLine(words)}</dd>
            </div>
          ))}
        </dl>
      )}
      {candidates !== null && candidates.length > 0 && (
        <ul class="plain bar">
          {candidates.map(({ host, outcome }) => (
            <li key={host}>
              <span class="mono">{host}</span> <Chip tone={OUTCOME_TONES[outcome]}>{outcome}</Chip>
            </li>
          ))}
        </ul>
      )}
      <Properties of={device.id} properties={device.properties} />
    </details>
  );
}

/** `source` is its host. */
export function DeviceRow({ device, source }: { readonly device: DevicePlan; readonly source: Source }) {
  const { id, driver, outcome, backend } = device;
  return (
    <tr>
      <th scope="row">
        {device.view === null ? (
          <span class="mono">{escapeLine(id)}</span>
        ) : (
          <button type="button" class="link mono" title="What the guest sees of it" onClick={() => openDevice(source, device)}>
            {escapeLine(id)}
          </button>
        )}
      </th>
      <td class="mono">{driver}</td>
      <td class="mono">{hostWords(device)}</td>
      <td>
        <Chip tone={OUTCOME_TONES[outcome]}>{outcome}</Chip>
      </td>
      <td class="mono">{atsWords(device)}</td>
      <td class="mono">{backend ?? 'not known'}</td>
      <td class="mono">{escapeLine(placeWords(device))}</td>
    </tr>
  );
}

/** A guest's IOMMU: what it is, and its values that were AUTO. */
export { Properties };
