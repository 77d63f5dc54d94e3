import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Choices, effectOf, hostIommu } from '../../../../test/fixtures/realize-with.ts';
import { noReportDevice } from '../../iommu/index.ts';
import { buildConfigSpace } from '../../pci/builder.ts';
import { ats } from './ats.ts';
import { noAts, noAtsPassedOn } from './no-ats.ts';

const device = (vendorId: number, deviceId: number, ...ids: number[]) =>
  buildConfigSpace({
    ...{ vendorId, deviceId, classCode: 0, standard: [{ id: 0x10, body: '0200' }] },
    extended: ids.map(id => ({ id, body: '00000000' })),
  });

const navi = device(0x1002, 0x731f, 0x0f);

function said(config: ReturnType<typeof device>, choices: Choices, rule = noAts): string[] {
  const effect = effectOf([ats, rule], config, choices);
  return typeof effect === 'string'
    ? [effect]
    : effect.messages
        .filter(words => words.includes('ats.quirk'))
        .map(words => words.replace(/ \(airlock\): .*?; (?=ats=|the guest)/, ': '));
}

const GUEST = 'note ats.quirk.guest-never-uses (airlock): a Linux guest of 5.17 or newer never uses ATS on 1002:731f (AMD Navi 10)';

test('vmm.no-ats says before a report what a kernel will report and what follows; the view stays as it is', () => {
  const hosts = { known: noReportDevice('7.3.4'), unknown: noReportDevice() };
  const expected = 'ats.quirk.expected-unsupported';
  const on = { settings: { ats: 'on' } } as const;
  assert.deepEqual(said(navi, { ...on, hostIommu: hosts.known }), [`warning ${expected}: ats=on will fail to realize there`, GUEST]);
  assert.deepEqual(said(navi, { ...on, hostIommu: hosts.unknown }), [`warning ${expected}: ats=on will fail to realize there`, GUEST]);
  assert.deepEqual(said(navi, { hostIommu: hosts.known }), [`warning ${expected}: ats=auto will mask it there`, GUEST]);
  assert.deepEqual(said(navi, { hostIommu: hosts.unknown }), [`note ${expected}: ats=auto will mask it there`, GUEST]);
  assert.deepEqual(said(navi, { settings: { ats: 'off' }, hostIommu: hosts.known }), []);
  const effect = effectOf([ats, noAts], navi, { hostIommu: hosts.known });
  assert.deepEqual(typeof effect === 'string' ? effect : effect.capabilities, ['0f@100 shown ats.shown.unreported']);
});

test('vmm.no-ats leaves the last word to a report, and to a device without ATS', () => {
  assert.deepEqual(said(navi, { hostIommu: hostIommu('unsupported') }), []);
  assert.deepEqual(said(navi, { hostIommu: hostIommu('supported') }), [GUEST]);
  assert.deepEqual(said(device(0x1002, 0x731f, 0x13), { hostIommu: noReportDevice() }), []);
  assert.deepEqual(said(device(0x1234, 0x731f, 0x0f), { hostIommu: noReportDevice() }), []);
});

test('vmm.no-ats takes the ids of a virtual function from its physical function, and those of the guest from the properties', () => {
  const vf = device(0xffff, 0xffff, 0x0f);
  const virtualFunction = { vendorId: 0x8086, deviceId: 0x145c };
  const first = ([words = '']: string[]) => words.split(' ').slice(0, 2).join(' ').replace(/:$/, '');
  assert.equal(first(said(vf, { virtualFunction, hostIommu: noReportDevice('7.3') })), 'warning ats.quirk.expected-unsupported');
  assert.equal(first(said(vf, { hostIommu: noReportDevice('7.3') })), '');
  const renamed = { settings: { vendorId: 0x1002, deviceId: 0x731f }, hostIommu: noReportDevice('7.3') };
  assert.deepEqual(said(device(0x1234, 0x5678, 0x0f), renamed), [GUEST]);
});

test('vmm.no-ats-passed-on says that the ATS does nothing, whatever would be reported', () => {
  const words = said(navi, { hostIommu: hostIommu('unsupported'), settings: { ats: 'auto' } }, noAtsPassedOn);
  assert.deepEqual(words, []);
  const effect = effectOf([noAtsPassedOn], navi, { hostIommu: hostIommu('unsupported') });
  assert.match(
    typeof effect === 'string' ? effect : effect.messages.join('\n'),
    /ats\.quirk\.never-used .*this VMM does not ask; the guest's ATS does nothing there/,
  );
});
