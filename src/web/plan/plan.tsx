/** VMs on hosts: does each start, and what does its guest see of the host's devices? */
import { useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { definitions } from '../model/definitions.ts';
import { goTo } from '../model/place.ts';
import { sources } from '../model/workspace.ts';
import { Given, giveFiles } from './given.tsx';
import { Matrix } from './matrix.tsx';
import { Finding } from './messages.tsx';
import { choice, isPlanning, type Planned, planned, replan } from './planning.ts';
import { VmOnHost } from './vm-on-host.tsx';
import './plan.css';

export interface PlanProps {
  /** The VM that is open, by its number in the plan; null where none is. */
  readonly vm: number | null;
  /** The host that it is open on, by its source. */
  readonly source: string | null;
}

function Progress({ planned: made }: { readonly planned: Planned | null }) {
  if (!isPlanning.value) return null;
  return (
    <p role="status" class="soft">
      Planning… {made === null ? '' : `${made.vms.length} of ${made.count} VMs`}
    </p>
  );
}

function NoHost() {
  return (
    <p>
      There is no host to plan on. Give a capture (<code>sudo airlock capture</code>) or a dump of lspci above, or{' '}
      <button type="button" class="link" onClick={() => goTo({ view: 'start' })}>
        take an example
      </button>
      .
    </p>
  );
}

/** What is open: what was chosen; the one VM on the one host where there is no choice. */
function openOf({ vms, hosts }: Planned, { vm, source }: PlanProps) {
  const number = vm ?? (vms.length === 1 ? 0 : null);
  const at = number === null ? undefined : vms[number];
  const host = source ?? (hosts.length === 1 ? hosts[0]?.id : undefined);
  const i = hosts.findIndex(({ id }) => id === host);
  if (at === undefined || (i < 0 && hosts.length > 0)) return null;
  return { number, vm: at, host: at.hosts[i] ?? null, source: hosts[i] ?? null };
}

function Result({ made, at }: { readonly made: Planned; readonly at: PlanProps }) {
  const { vms, hosts, findings } = made;
  const open = openOf(made, at);
  return (
    <>
      {vms.length > 0 && hosts.length > 0 && <Matrix vms={vms} hosts={hosts} vm={open?.number ?? null} source={open?.source?.id ?? null} />}
      {vms.length > 0 && hosts.length === 0 && <NoHost />}
      {findings.length > 0 && (
        <ul class="plain stack-small" aria-label="About the texts">
          {findings.map((finding, i) => (
            <Finding key={`${i} ${finding.code}`} finding={finding} />
          ))}
        </ul>
      )}
      {open !== null && <VmOnHost vm={open.vm} host={open.host} source={open.source} />}
      {open === null && vms.length > 0 && hosts.length > 0 && <p class="soft">A cell opens to the VM on that host.</p>}
    </>
  );
}

export function Plan(props: PlanProps) {
  useSignalEffect(() => {
    void replan({ definitions: definitions.value, sources: sources.value, choice: choice.value });
  });
  // What was opened is where the reader goes on.
  const id = `${props.vm} ${props.source}`;
  const before = useRef(id);
  useEffect(() => {
    if (before.current === id || props.vm === null) return;
    before.current = id;
    document.getElementById('vm-title')?.focus();
  }, [id, props.vm]);
  const made = planned.value;
  return (
    <main
      class="plan"
      onDragOver={event => event.preventDefault()}
      onDrop={event => {
        event.preventDefault();
        if (event.dataTransfer !== null) void giveFiles(event.dataTransfer.files);
      }}
    >
      <div class="stack-small">
        <h1>Plan: does the VM start, and what does its guest see?</h1>
        <p class="soft">Definitions of VMs on the hosts whose captures are here.</p>
      </div>
      <Given planned={made} />
      <Progress planned={made} />
      {made !== null && definitions.value.length > 0 && <Result made={made} at={props} />}
    </main>
  );
}
