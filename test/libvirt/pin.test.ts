import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { captureDevices, captureHostFacts, parseCapture } from '../../src/pure/capture/index.ts';
import { applyEdits, Planner, pinVm } from '../../src/pure/plan/index.ts';
import { formatDevices, formatRest, read } from './definition-words.ts';
import { ARM, domain, hostdev, override, PC, place, port, smmu, words } from './domain-xml.ts';
import { isValid, skip, toNative } from './libvirt-root.ts';

const card = hostdev('01:00.0', "<driver iommufd='yes'/>");
const tagged = hostdev('01:00.0', "<alias name='ua-nic0'/>");
const two = card + hostdev('03:00.0');

/** Domains of devices that the captures have. */
const X86: Readonly<Record<string, string>> = {
  'one card': domain(card, { machine: 'q35' }),
  'one card on i440fx': domain(card, PC),
  'an alias': domain(tagged),
  'an alias that does not hold': domain(hostdev('01:00.0', "<alias name='hostdev7'/>")),
  'two cards': domain(two),
  'rows of an older machine': domain(two, { machine: 'pc-q35-9.0' }),
  'a place of its own': domain(port(1) + hostdev('01:00.0', place(1, 0))),
  'an override that is there': domain(tagged, { more: override('ua-nic0', "name='x-no-mmap' type='bool' value='true'") }),
  'AUTO in an override': domain(tagged, { more: override('ua-nic0', "name='ats' type='string' value='auto'") }),
  'an override by a name of libvirt’s own': domain(two, { more: override('hostdev1', "name='ats' type='string' value='off'") }),
  'words of QEMU': domain(card, { more: words('-global', 'vfio-pci.ats=auto') }),
  'a device in words of QEMU': domain(card, { more: words('-device', 'vfio-pci,host=03:00.0,id=own') }),
  'an Intel IOMMU': domain(`${card}<iommu model='intel'><driver intremap='on' caching_mode='on'/></iommu>`),
  'an Intel IOMMU of an older machine': domain(`${card}<iommu model='intel'><driver intremap='on' caching_mode='on'/></iommu>`, {
    machine: 'pc-q35-9.0',
  }),
  'a virtio IOMMU': domain(`${card}<iommu model='virtio'/>`),
  'a virtio IOMMU of an older machine': domain(`${card}<iommu model='virtio'/>`, { machine: 'pc-q35-8.2' }),
};

const OF_ARM: Readonly<Record<string, string>> = {
  'a card on Arm': domain(card, { ...ARM, machine: 'virt' }),
  'an SMMU without accel': domain(smmu("pciBus='0'"), ARM),
  'an SMMU of the machine': domain("<iommu model='smmuv3'/>", ARM),
  'an SMMU with accel': domain(card + smmu("pciBus='0' accel='on'"), ARM),
  'an SMMU of an older machine': domain(card + smmu("pciBus='0' accel='on' ats='off'"), { ...ARM, machine: 'virt-11.0' }),
};

function pinned(text: string, capture: string): string {
  const parsed = parseCapture(readFileSync(new URL(`../../captures/${capture}.json`, import.meta.url), 'utf8'));
  const host = { name: capture, facts: captureHostFacts(parsed), devices: [...captureDevices(parsed)], isWhole: false };
  const plan = new Planner([host]).plan(read('libvirt', text));
  const [ofHost] = plan.hosts;
  assert(ofHost);
  return applyEdits(text, pinVm(plan, ofHost, text).edits);
}

test('pinVm writes of a domain what libvirt’s schema takes, and makes the command line of that we read from it', {
  skip,
}, async context => {
  const hosts = [['vm-intel-no-iotlb', X86] as const, ['synthetic-smmuv3-no-ats', OF_ARM] as const];
  const texts = hosts.flatMap(([capture, domains]) =>
    Object.entries(domains).map(([name, text]) => ({ name, text, pinned: pinned(text, capture) })),
  );
  const [verdicts, answers] = [isValid(texts.map(one => one.pinned)), toNative(texts.map(one => one.pinned))];
  for (const [i, { name, text, pinned: now }] of texts.entries()) {
    await context.test(name, () => {
      assert.notEqual(now, text);
      assert(verdicts[i], now);
      const answer = answers[i];
      assert(answer && 'argv' in answer, `${JSON.stringify(answer)}\n${now}`);
      const [ours, theirs] = [read('libvirt', now), read('qemu', answer.argv)];
      assert.deepEqual(
        ours.findings.filter(({ severity }) => severity === 'error'),
        [],
      );
      assert.equal(formatDevices(ours), formatDevices(theirs), now);
      assert.equal(formatRest(ours), formatRest(theirs), now);
    });
  }
});
