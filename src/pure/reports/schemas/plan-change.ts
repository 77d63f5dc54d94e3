/** What `airlock plan --change` prints: only what a change changes. */
import * as v from 'valibot';
import { PLAN_SCHEMA_VERSION } from '../versions.ts';
import { count, type Json, list, oneOf, orNull, part, schemaVersion, text } from './values.ts';

const change = v.object({
  id: orNull(text('a device or an IOMMU'), 'the id of a device or an IOMMU; null for the VM'),
  code: oneOf(
    ['starts-no-more', 'starts-now', 'not-known', 'ats-lost', 'ats-gained', 'bytes-differ', 'property', 'words', 'not-concerned'],
    'stable, for programs',
  ),
  text: text('one sentence for people'),
});

const changedVm = v.object({
  name: text('the name of the VM'),
  file: text('where its definition stands'),
  host: text('the host, after the change'),
  before: oneOf(['fits', 'fails', 'unknown'], 'before the change'),
  after: oneOf(['fits', 'fails', 'unknown'], 'after the change'),
  changes: list(change, 'what changes'),
});

export const planChangeDocument = v.pipe(
  v.object({
    schemaVersion: schemaVersion(PLAN_SCHEMA_VERSION),
    change: v.pipe(v.record(v.string(), v.string()), v.description('what was changed, by name')),
    summary: part(
      {
        vms: count('VMs that were planned'),
        pairs: count('VMs on hosts'),
        changed: count('VMs on hosts where something changes'),
        startNoMore: count('VMs on hosts that start no more'),
        loseAts: count('VMs on hosts whose guest loses ATS'),
        notKnown: count('VMs on hosts of which something is not known any more: whether they start, or whether the guest keeps ATS'),
      },
      'how many',
    ),
    changed: list(changedVm, 'VMs on hosts where something changes, or whose definition has no place for what was changed'),
    unread: count('inputs that could not be read'),
  }),
  v.title('airlock plan --change --json'),
  v.description('What a change does to VMs on hosts.'),
);
/** The JSON of `plan --change`. */
export type PlanChangeJson = Json<typeof planChangeDocument>;
