import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatDevices, formatRest, read } from './definition-words.ts';
import type { Domain } from './domain-xml.ts';
import { DOMAINS } from './domains.ts';
import { type Answer, skip, toNative } from './libvirt-root.ts';

/** What libvirt refuses that no reader of one text can know: what the host and its QEMU have. */
const OF_THE_HOST = /^(?:USB host device|vhost-scsi device file)/;

function compare({ text }: Domain, answer: Answer): 'refused' | 'equal' {
  const ours = read('libvirt', text);
  const refusals = ours.findings.filter(({ code }) => code === 'libvirt.refused').map(({ message }) => message);
  if ('error' in answer) {
    if (OF_THE_HOST.test(answer.error)) return 'refused';
    assert(
      refusals.includes(`libvirt refuses this: ${answer.error}`),
      `libvirt says "${answer.error}", we say ${JSON.stringify(refusals)}`,
    );
    return 'refused';
  }
  assert.deepEqual(refusals, []);
  const theirs = read('qemu', answer.argv);
  assert.equal(formatDevices(ours), formatDevices(theirs));
  assert.equal(formatRest(ours), formatRest(theirs));
  return 'equal';
}

test('libvirtReader reads of a domain what the QEMU reader reads of the command line that libvirt makes of it', { skip }, async context => {
  const answers = toNative(DOMAINS.map(({ text }) => text));
  const counts = { refused: 0, equal: 0 };
  for (const [index, domain] of DOMAINS.entries()) {
    await context.test(domain.name, () => {
      const answer = answers[index];
      assert(answer);
      counts[compare(domain, answer)]++;
    });
  }
  context.diagnostic(`${counts.equal} domains equal libvirt's command line, ${counts.refused} are refused in its words`);
  assert(counts.equal >= 100 && counts.refused >= 30, JSON.stringify(counts));
});
