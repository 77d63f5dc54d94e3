/** The text of `plan --change`: how many first, then a line for each VM and host where something changes. */
import type { Change } from '../plan/index.ts';
import type { ChangeCounts, ChangedVmJson } from '../reports/plan-change-json.ts';
import { wrapName } from '../text/wrap.ts';
import { type Painter, PLAIN, type Tone } from './paint.ts';

const TONES: Readonly<Record<Change['code'], Tone>> = {
  'starts-no-more': 'bad',
  'starts-now': 'good',
  'not-known': 'warn',
  'ats-lost': 'warn',
  'ats-gained': 'warn',
  'bytes-differ': 'warn',
  property: 'warn',
  words: 'dim',
  'not-concerned': 'dim',
};

/** `10000 VMs on 20 hosts: 12 start no more, 40 lose ATS, something of the host's devices changes for 52, nothing of them for 199948`. */
export function formatChangeCounts(
  { vms, pairs, changed, startNoMore, loseAts, notKnown }: ChangeCounts,
  paint: Painter = PLAIN,
): string[] {
  const hosts = vms === 0 ? 0 : pairs / vms;
  const what = [
    `${startNoMore} start no more`,
    `${loseAts} lose ATS`,
    ...(notKnown > 0 ? [`${notKnown} not known any more`] : []),
    `something of the host's devices changes for ${changed}`,
    `nothing of them for ${pairs - changed}`,
  ].join(', ');
  return wrapName(`${vms} ${vms === 1 ? 'VM' : 'VMs'} on ${hosts} ${hosts === 1 ? 'host' : 'hosts'}: ${what}`, paint.width, '  ').map(
    line => paint('strong', line),
  );
}

/** One VM on one host. */
export function formatChangedVm({ name, host, changes }: ChangedVmJson, paint: Painter = PLAIN): string[] {
  return changes.flatMap(({ id, code, text }) =>
    wrapName(`${name} on ${host}: ${id === null ? '' : `${id}: `}${text}`, paint.width, '    ').map(line => paint(TONES[code], line)),
  );
}
