/** `--change NAME=VALUE`: what is assumed after a change, of each VM and of the hosts. */

import { parseKernelRelease } from '../../pure/iommu/index.ts';
import type { PlanAssumptions, PlanHost, PlanOptions } from '../../pure/plan/index.ts';
import { isProfileName, PROFILES } from '../../pure/profiles/index.ts';
import { shorten } from '../../pure/text/shorten.ts';
import { UsageError } from '../command.ts';
import { readHosts } from './hosts.ts';

/** What is planned with after the change. */
export interface Changed {
  readonly hosts: readonly PlanHost[];
  readonly options: PlanOptions;
  /** As the user wrote it. */
  readonly change: Readonly<Record<string, string>>;
}

const NAMES = ['kernel', 'vmm', 'machine', 'ats', 'backend', 'host'] as const;

function split(word: string): readonly [name: (typeof NAMES)[number], value: string] {
  const at = word.indexOf('=');
  const name = NAMES.find(known => known === word.slice(0, at));
  if (at <= 0 || name === undefined)
    throw new UsageError(`--change does not take "${shorten(word)}": wanted NAME=VALUE with a name of ${NAMES.join(', ')}`);
  return [name, word.slice(at + 1)];
}

function oneOf<const Words extends readonly string[]>(name: string, value: string, words: Words): Words[number] {
  const found = words.find(word => word === value);
  if (found === undefined) throw new UsageError(`--change ${name} does not take "${shorten(value)}": wanted ${words.join(', ')}`);
  return found;
}

function assumptionsOf(changes: ReadonlyMap<string, string>): PlanAssumptions {
  const [kernel, machine, ats, backend] = [changes.get('kernel'), changes.get('machine'), changes.get('ats'), changes.get('backend')];
  if (kernel !== undefined && parseKernelRelease(kernel) === null)
    throw new UsageError(`--change kernel does not take "${shorten(kernel)}": wanted the host's uname -r, such as 7.1.0-generic`);
  return {
    ...(kernel !== undefined && { kernel }),
    ...(machine !== undefined && { machine }),
    ...(ats !== undefined && { ats: oneOf('ats', ats, ['on', 'off', 'auto']) }),
    ...(backend !== undefined && { backend: oneOf('backend', backend, ['iommufd', 'legacy']) }),
  };
}

/** What is planned with before the change. */
interface Before {
  readonly hosts: readonly PlanHost[];
  readonly options: PlanOptions;
}

/** What the words change, of hosts and options before. Throws UsageError. */
export async function readChange(words: readonly string[], { hosts, options }: Before): Promise<Changed> {
  const changes = new Map(words.map(split));
  const vmm = changes.get('vmm');
  if (vmm !== undefined && !isProfileName(vmm))
    throw new UsageError(`--change vmm does not take "${shorten(vmm)}": wanted ${Object.keys(PROFILES).join(', ')}`);
  const host = changes.get('host');
  return {
    hosts: host === undefined ? hosts : await readHosts(hosts.map(() => host)),
    options: { ...options, ...(vmm !== undefined && isProfileName(vmm) && { profile: vmm }), assumed: assumptionsOf(changes) },
    change: Object.fromEntries(changes),
  };
}
