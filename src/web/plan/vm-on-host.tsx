/** One VM on one host: whether it starts, what stops it, and each of its devices. */
import type { HostPlan, VmPlan } from '../../pure/plan/index.ts';
import { escapeLine } from '../../pure/text/escape.ts';
import type { Source } from '../model/workspace.ts';
import { Chip } from '../parts/chip.tsx';
import { Wide } from '../parts/wide.tsx';
import { Details, DeviceRow, Properties, Told } from './device-row.tsx';
import { Finding, StageMessage } from './messages.tsx';
import { Pin } from './pin.tsx';
import { OUTCOME_TONES } from './tones.ts';

const HEADS = ['Device', 'Driver', 'Of the host', 'Outcome', 'ATS', 'Backend', 'Place'] as const;

function Devices({ host, source }: { readonly host: HostPlan; readonly source: Source }) {
  const { devices, outcome } = host;
  if (devices.length === 0)
    return <p class="soft">{outcome === 'unknown' ? 'No device of the host is known.' : 'It has no device of the host.'}</p>;
  return (
    <>
      <Wide name="Devices of the host">
        <table>
          <caption>Devices of the host</caption>
          <thead>
            <tr>
              {HEADS.map(head => (
                <th scope="col" key={head}>
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {devices.map(device => (
              <DeviceRow key={device.id} device={device} source={source} />
            ))}
          </tbody>
        </table>
      </Wide>
      {devices.map(device => (
        <section key={device.id} class="stack-small" aria-label={`Device ${device.id}`}>
          <h3 class="mono">{escapeLine(device.id)}</h3>
          <Told plan={device} />
          <Details device={device} />
        </section>
      ))}
    </>
  );
}

function Iommus({ host: { iommus } }: { readonly host: HostPlan }) {
  return (
    <>
      {iommus.map(iommu => (
        <section key={iommu.id} class="stack-small" aria-label={`The guest's IOMMU ${iommu.id}`}>
          <h3>
            The guest's IOMMU <span class="mono">{escapeLine(iommu.id)}</span>, {iommu.driver}{' '}
            <Chip tone={OUTCOME_TONES[iommu.outcome]}>{iommu.outcome}</Chip>
          </h3>
          <Told plan={iommu} />
          <details class="behind">
            <summary>Properties</summary>
            <Properties of={iommu.id} properties={iommu.properties} />
          </details>
        </section>
      ))}
    </>
  );
}

function aboutVm({ definition, profile, machine }: VmPlan): string {
  const { format, file, line } = definition.source;
  const at = line === null ? file : `${file}:${line}`;
  const judged = definition.vmm.family === 'firecracker' ? '' : `; by ${profile.name}${profile.assumed ? ' (assumed)' : ''}`;
  return `${format}, ${at}${judged}${machine === null ? '' : `, ${machine}`}`;
}

interface VmOnHostProps {
  readonly vm: VmPlan;
  readonly host: HostPlan | null;
  readonly source: Source | null;
}

/** `host` is null where the page has no host: what is to be said of the text alone. */
export function VmOnHost({ vm, host, source }: VmOnHostProps) {
  const { definition, findings } = vm;
  return (
    <section class="stack vm-on-host" aria-labelledby="vm-title">
      <div class="stack-small">
        <h2 id="vm-title" tabIndex={-1}>
          <span class="name" title={escapeLine(definition.name)}>
            {escapeLine(definition.name)}
          </span>{' '}
          {host !== null && (
            <>
              <Chip tone={OUTCOME_TONES[host.outcome]}>{host.outcome}</Chip> on {escapeLine(host.host)}
            </>
          )}
        </h2>
        <p class="soft small">{escapeLine(aboutVm(vm))}</p>
      </div>
      {host !== null && host.stopsWith !== null && (
        <div class="stops stack-small">
          <h3>It stops with</h3>
          <pre>{host.stopsWith.message}</pre>
        </div>
      )}
      {host !== null && host.errors.length > 0 && (
        <ul class="plain stack-small" aria-label="Errors that belong to no device">
          {host.errors.map(error => (
            <StageMessage key={`${error.of} ${error.code} ${error.message}`} severity="error" said={error} of={error.of} />
          ))}
        </ul>
      )}
      {host !== null && source !== null && <Devices host={host} source={source} />}
      {host !== null && <Iommus host={host} />}
      {findings.length > 0 && (
        <div class="stack-small">
          <h3>About the definition</h3>
          <ul class="plain stack-small">
            {findings.map((finding, i) => (
              <Finding key={`${i} ${finding.code}`} finding={finding} />
            ))}
          </ul>
        </div>
      )}
      {host !== null && host.outcome !== 'fails' && (
        <Pin
          key={`${definition.source.file} ${host.host} ${definition.name}`}
          file={definition.source.file}
          host={vm.hosts.indexOf(host)}
          hostName={host.host}
        />
      )}
    </section>
  );
}
