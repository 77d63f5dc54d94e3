/** What is known of a host besides its functions, and what a capture would add. */
import type { ComponentChild } from 'preact';
import {
  CAPTURE_COMMAND,
  type CheckFact,
  type DeviceFile,
  type HostFacts,
  missingAssignmentFacts,
  missingHostFacts,
  NO_ASSIGNMENT_FACTS,
} from '../../pure/facts/index.ts';
import type { HostModel } from '../model/host-model.ts';
import { Chip, type Tone } from '../parts/chip.tsx';
import { foreign } from '../parts/foreign-text.ts';

interface Fact {
  readonly name: string;
  readonly value: ComponentChild;
}

function fileWords(file: DeviceFile | 'none' | null): string | null {
  if (file === null || file === 'none') return file === null ? null : 'not there';
  return file.mode === null ? file.path : `${file.path}, ${file.mode}`;
}

function iommuWords({ iommus }: HostFacts): string | null {
  if (iommus === null) return null;
  if (iommus.length === 0) return 'none in use';
  return iommus.map(({ name, kind, devices }) => `${name ?? kind}${devices === null ? '' : ` (${devices.length})`}`).join(', ');
}

const optionWords = ({ kernelOptions }: HostFacts): string | null =>
  kernelOptions === null ? null : kernelOptions.length === 0 ? 'none that matter' : kernelOptions.join(' ');

function moduleWords({ modules }: HostFacts): string | null {
  if (modules === null) return null;
  const present = modules.filter(({ state }) => state !== 'absent').map(({ name }) => name);
  return present.length === 0 ? 'none' : present.join(', ');
}

function numaWords({ numaNodes }: HostFacts): string | null {
  return numaNodes === null ? null : numaNodes.map(({ node, cpus }) => (cpus === null ? `${node}` : `${node} (CPUs ${cpus})`)).join(', ');
}

/** Those that are known. */
function factsOf(host: HostFacts): Fact[] {
  const rows: readonly (readonly [string, string | null])[] = [
    ['Kernel', host.kernel],
    ['Architecture', host.architecture],
    ['Page', host.pageSize === null ? null : `${new Intl.NumberFormat().format(host.pageSize)} bytes`],
    ['Kernel options', optionWords(host)],
    ['pci=noats', host.noAts === null ? null : host.noAts ? 'yes: ATS is off for all devices' : 'no'],
    ['IOMMUs', iommuWords(host)],
    ['iommufd', fileWords(host.iommufd)],
    ['VFIO container', fileWords(host.vfioContainer)],
    ['Modules', moduleWords(host)],
    ['NUMA nodes', numaWords(host)],
    ['Captured', host.time],
  ];
  return rows.flatMap(([name, value]) => (value === null ? [] : [{ name, value: foreign(value) }]));
}

const TONES: Readonly<Record<CheckFact['status'], Tone>> = { pass: 'shown', warn: 'changed', fail: 'hidden', unknown: 'unknown' };
/** What needs a look first. */
const RANK: Readonly<Record<CheckFact['status'], number>> = { fail: 0, warn: 1, unknown: 2, pass: 3 };

function CheckList({ checks }: { readonly checks: readonly CheckFact[] }) {
  return (
    <ul class="plain">
      {checks.map(({ code, status, text }) => (
        <li key={code} title={foreign(code)}>
          <Chip tone={TONES[status]}>{status}</Chip> <span>{foreign(text)}</span>
        </li>
      ))}
    </ul>
  );
}

function Checks({ checks }: { readonly checks: readonly CheckFact[] }) {
  const others = checks.filter(({ status }) => status !== 'pass').sort((a, b) => RANK[a.status] - RANK[b.status]);
  const passed = checks.filter(({ status }) => status === 'pass');
  return (
    <section class="stack checks" aria-labelledby="checks">
      <h3 id="checks">Checks of airlock doctor</h3>
      {others.length > 0 && <CheckList checks={others} />}
      {passed.length > 0 && (
        <details>
          <summary class="small">
            {passed.length} of {checks.length} pass
          </summary>
          <CheckList checks={passed} />
        </details>
      )}
    </section>
  );
}

/** One list of what is not known, of the host or of its functions. */
function MissingList({ of, missing }: { readonly of: string; readonly missing: readonly string[] }) {
  if (missing.length === 0) return null;
  return (
    <p class="small">
      <span class="soft">{of}:</span> {missing.join('; ')}.
    </p>
  );
}

function Missing({ model: { facts, devices } }: { readonly model: HostModel }) {
  const ofHost = missingHostFacts(facts);
  const ofFunctions = missingAssignmentFacts(devices.map(({ assignment }) => assignment ?? NO_ASSIGNMENT_FACTS));
  if (ofHost.length + ofFunctions.length === 0) return null;
  return (
    <section class="stack missing" aria-labelledby="missing">
      <h3 id="missing">Not known from this input</h3>
      <MissingList of="Of the host" missing={ofHost} />
      <MissingList of="Of one or more functions" missing={ofFunctions} />
      <p class="small">
        A capture adds it; make one on the host: <code>{CAPTURE_COMMAND}</code>
      </p>
    </section>
  );
}

export function HostSide({ model }: { readonly model: HostModel }) {
  const facts = factsOf(model.facts);
  const { checks } = model.facts;
  return (
    <aside class="host-side stack" aria-label="The host">
      {facts.length > 0 && (
        <section class="stack" aria-labelledby="host-facts">
          <h2 id="host-facts">Host</h2>
          <dl class="facts">
            {facts.map(({ name, value }) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
        </section>
      )}
      {checks !== null && checks.length > 0 && <Checks checks={checks} />}
      <Missing model={model} />
    </aside>
  );
}
