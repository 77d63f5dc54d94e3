/** Which functions of a host match what is typed: several words are and-ed. */
import type { DeviceNames } from '../../pure/pci/pci-ids.ts';
import type { AtsAnswer } from './ats-survey.ts';
import { className, deviceTitle, type FunctionLine } from './function-line.ts';

/** What is known of one function when it is asked whether it matches. */
export interface Matched {
  readonly line: FunctionLine;
  /** Undefined while it is not known yet. */
  readonly answer: AtsAnswer | undefined;
  readonly names: DeviceNames;
}

type Term = (matched: Matched) => boolean;

const BRIDGES: ReadonlySet<string> = new Set([
  'host bridge',
  'root port',
  'upstream port',
  'downstream port',
  'PCI bridge',
  'CardBus bridge',
]);

/** Words that ask for a fact, whatever else holds the same letters: a device `without ATS` has none. */
const FACTS: Readonly<Record<string, Term>> = {
  ats: ({ line }) => line.ats === 'yes',
  pasid: ({ line }) => line.pasid === 'yes',
  pri: ({ line }) => line.pri === 'yes',
  pf: ({ line }) => line.sriov === 'physical function',
  vf: ({ line }) => line.sriov === 'virtual function',
  'sr-iov': ({ line }) => line.sriov !== null,
  sriov: ({ line }) => line.sriov !== null,
  bridge: ({ line }) => BRIDGES.has(line.kind),
};

/** Words that ask for a number behind them. */
const NUMBERED: Readonly<Record<string, (line: FunctionLine) => number | null>> = {
  group: ({ group }) => (group === null || group === 'none' ? null : group.number),
  node: ({ numaNode }) => (typeof numaNode === 'number' ? numaNode : null),
  numa: ({ numaNode }) => (typeof numaNode === 'number' ? numaNode : null),
};

/** All that a word may be a part of, in lower case. */
function words({ line, answer, names }: Matched): string {
  const { name, kind, ids, subsystem, driver, iommu, physicalFunction } = line;
  const driverName = driver === null || driver === 'none' ? '' : driver.name;
  const own = [name, kind, ids, subsystem, driverName, iommu, physicalFunction, className(line, names), deviceTitle(line, names)];
  return [...own, answer?.outcome ?? ''].join('\n').toLowerCase();
}

function termsOf(text: string): Term[] {
  const typed = text.toLowerCase().split(/\s+/).filter(Boolean);
  const terms: Term[] = [];
  for (let i = 0; i < typed.length; i++) {
    const word = typed[i] ?? '';
    const numberOf = NUMBERED[word];
    const next = typed[i + 1] ?? '';
    const fact = FACTS[word];
    if (numberOf !== undefined && /^\d{1,9}$/.test(next)) {
      terms.push(({ line }) => numberOf(line) === Number(next));
      i++;
    } else if (numberOf !== undefined && next === '') terms.push(({ line }) => numberOf(line) !== null);
    else terms.push(fact ?? (matched => words(matched).includes(word)));
  }
  return terms;
}

/** A test of what is typed; null where nothing is typed, so that nothing is left out. */
export function hostFilter(text: string): ((matched: Matched) => boolean) | null {
  const terms = termsOf(text);
  return terms.length === 0 ? null : matched => terms.every(term => term(matched));
}
