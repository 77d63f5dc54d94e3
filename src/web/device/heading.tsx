/** The top of a device's view: its title, what its host says of it, what becomes of it in one sentence. */
import type { DeviceFacts } from '../../pure/facts/index.ts';
import type { View } from '../../pure/guest-view/index.ts';
import { formatDeviceTitle } from '../../pure/render/device-title.ts';
import { escapeLine } from '../../pure/text/escape.ts';
import type { Answer } from '../model/answer.ts';
import { names } from '../model/names.ts';
import { goTo } from '../model/place.ts';
import type { DeviceChoice } from '../model/workspace.ts';
import { Chip } from '../parts/chip.tsx';

/** What a host knows of the function, a few words each; empty where no host was asked. */
function factWords({ assignment, notAsked }: DeviceFacts): string[] {
  const words: string[] = [];
  if (assignment !== null) {
    const { driver, iommuGroup, numaNode } = assignment;
    if (driver !== null) words.push(driver === 'none' ? 'no driver' : `driver ${driver.name}`);
    if (iommuGroup !== null) {
      const type = iommuGroup === 'none' || iommuGroup.type === null ? '' : ` (${iommuGroup.type})`;
      words.push(iommuGroup === 'none' ? 'no IOMMU group' : `IOMMU group ${iommuGroup.number}${type}`);
    }
    if (numaNode !== null) words.push(numaNode === 'none' ? 'no NUMA node' : `NUMA node ${numaNode}`);
  }
  if (notAsked !== null) words.push(`not asked: ${notAsked}`);
  return words;
}

function reportWords({ hostIommu }: View): string {
  return hostIommu.backend === 'none' ? 'host IOMMU: no report' : `host IOMMU: ${hostIommu.backend}, ATS ${hostIommu.atsSupport()}`;
}

const count = (n: number, what: string): string[] => (n === 0 ? [] : [`${n} ${what}`]);

/** The outcome in a sentence. */
export function sayOutcome({ realized, profile, properties, machineFrom }: View): string {
  const { machine } = properties;
  const on = machine === null ? '' : `, ${machine.name}${machineFrom === 'default' ? ' (the default)' : ''}`;
  const under = `Under ${profile.name}${on}`;
  if (realized.outcome === 'failed') return `${under}, realize fails: ${realized.error.message}`;
  if (realized.outcome === 'unknown') {
    return `${under}, whether realize fails is not known: ${realized.doubts.map(({ text }) => text).join('; ')}`;
  }
  const of = (status: string): number => realized.capabilities.filter(capability => capability.status === status).length;
  const told = [
    ...count(of('shown'), 'shown as they are'),
    ...count(of('changed'), 'changed'),
    ...count(of('hidden'), 'taken away'),
    ...count(of('synthesised'), 'added'),
    ...count(of('unknown'), 'not known'),
  ];
  return told.length === 0
    ? `${under}, the device is realized: it has no capability list.`
    : `${under}, the device is realized. Of its capabilities: ${told.join(', ')}.`;
}

const TONES = { realized: 'shown', failed: 'hidden', unknown: 'unknown' } as const;

/** The other side is chosen there. */
function CompareButton({ choice: { source, index } }: { readonly choice: DeviceChoice }) {
  const a = { source: source.id, device: index, asked: null };
  return (
    <button type="button" class="link small" onClick={() => goTo({ view: 'compare', a, b: null })}>
      Compare with …
    </button>
  );
}

export function Heading({ choice, answer }: { readonly choice: DeviceChoice; readonly answer: Answer }) {
  const { facts } = choice;
  const { view } = answer;
  const words = [...factWords(facts), ...(view === null ? [] : [reportWords(view)])];
  return (
    <header class="device-head">
      <h1 tabIndex={-1}>{escapeLine(formatDeviceTitle(facts, names.value))}</h1>
      {facts.description !== null && <p class="soft">{escapeLine(facts.description)}</p>}
      <p class="small soft" data-facts>
        {escapeLine(words.join(' · '))} <CompareButton choice={choice} />
      </p>
      {view === null ? (
        <p role="alert" class="outcome">
          <Chip tone="hidden">not asked</Chip> This cannot be asked: {escapeLine(answer.refusal)}
        </p>
      ) : (
        <p class="outcome" data-outcome={view.realized.outcome}>
          <Chip tone={TONES[view.realized.outcome]}>{view.realized.outcome === 'failed' ? 'fails' : view.realized.outcome}</Chip>{' '}
          {escapeLine(sayOutcome(view))}
        </p>
      )}
    </header>
  );
}
