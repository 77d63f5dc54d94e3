import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { captureDevices, captureHostFacts, parseCapture } from '../../../capture/index.ts';
import { Bdf } from '../../../pci/bdf.ts';
import { applyEdits } from '../../pin/edits.ts';
import { pinVm } from '../../pin/pin.ts';
import { plan } from '../../plan.ts';
import type { HostPlan } from '../../plan-report.ts';
import { NO_CONTEXT, readDefinitions } from '../../readers/index.ts';
import type { PlanHost } from './plan-host.ts';

const capture = parseCapture(readFileSync(new URL('../../../../../captures/vm-intel-iotlb.json', import.meta.url), 'utf8'));

/** With 42:00.0 and those functions behind it. */
function hostWith(isWhole: boolean, ...more: readonly string[]): PlanHost {
  const devices = [...captureDevices(capture)];
  const like = devices.find(({ bdf }) => bdf?.text === '0000:01:00.0') ?? assert.fail();
  const added = ['0000:42:00.0', ...more].map(address => ({ ...like, bdf: Bdf.parse(address) }));
  return { name: 'a', facts: captureHostFacts(capture), devices: [...devices, ...added], isWhole };
}

const Q35 = 'ostype: l26\nmachine: pc-q35-11.0+pve1\n';

function planOn(host: PlanHost, text: string, mapping?: string) {
  const related = mapping === undefined ? [] : [{ file: 'pci.cfg', text: mapping }];
  const { definitions } = readDefinitions({ file: '100.conf', text }, 'proxmox', { ...NO_CONTEXT, related });
  const [vm] = plan(definitions, [host]).vms;
  const [found] = vm?.hosts ?? [];
  assert.ok(vm && found);
  return { vm, host: found };
}

const devicesOf = ({ devices }: HostPlan) =>
  devices.map(({ id, host, candidates, place }) => {
    return `${id} ${host ?? candidates?.map(each => each.host).join('|')} ${place?.bus} ${place?.address}`;
  });

test('plan gives a VM every function of a slot that the whole host has', () => {
  const text = `${Q35}hostpci1: 42:00,pcie=1,rombar=0,vendor-id=0x1234\n`;
  const { host } = planOn(hostWith(true, '0000:42:00.1', '0000:42:00.3'), text);
  assert.deepEqual(devicesOf(host), [
    'hostpci1.0 0000:42:00.0 ich9-pcie-port-2 00.0',
    'hostpci1.1 0000:42:00.1 ich9-pcie-port-2 00.1',
    'hostpci1.2 0000:42:00.3 ich9-pcie-port-2 00.2',
  ]);
  assert.deepEqual(
    host.devices.map(({ properties }) => [properties.multifunction?.value, properties.rombar?.value, properties['x-pci-vendor-id']?.value]),
    [
      ['on', '0', '4660'],
      [undefined, undefined, undefined],
      [undefined, undefined, undefined],
    ],
  );
  assert.equal(host.outcome, 'fits');
  const { host: alone } = planOn(hostWith(true), text);
  assert.deepEqual(devicesOf(alone), ['hostpci1 0000:42:00.0 ich9-pcie-port-2 00.0']);
  assert.equal(alone.outcome, 'fits');
});

test('plan does not know how many functions a slot has on a host of which a part is known', () => {
  for (const more of [[], ['0000:42:00.1']]) {
    const { host } = planOn(hostWith(false, ...more), `${Q35}hostpci0: 42:00,pcie=1\n`);
    assert.equal(host.outcome, 'unknown');
    assert.equal(host.devices.length, 1 + more.length);
    assert.deepEqual(
      host.errors.map(({ code, of, mend }) => [code, of, mend]),
      [['host.functions-unknown', 'device hostpci0', 'sudo airlock capture on that host, without naming devices']],
    );
  }
});

test('plan numbers the functions of several parts of a line one after the other', () => {
  const { host } = planOn(hostWith(true, '0000:42:00.1'), `${Q35}hostpci0: 42:00;0000:01:00.0,pcie=1\n`);
  assert.deepEqual(
    host.devices.map(({ id, host: address }) => `${id} ${address}`),
    ['hostpci0.0 0000:42:00.0', 'hostpci0.1 0000:42:00.1', 'hostpci0.2 0000:01:00.0'],
  );
});

test('plan refuses -set of the name that a device of several functions has not', () => {
  const text = `${Q35}args: -set device.hostpci0.ats=off\nhostpci0: 42:00,pcie=1\n`;
  const { host } = planOn(hostWith(true, '0000:42:00.1'), text);
  assert.equal(host.stopsWith?.message, '-set device.hostpci0.ats=off: there is no device "hostpci0" defined');
  assert.equal(host.stopsWith?.mend, 'args: -global vfio-pci.ats=off');
  const { host: alone } = planOn(hostWith(true), text);
  assert.deepEqual([alone.outcome, alone.devices[0]?.properties.ats?.value], ['fits', 'off']);
});

test('plan takes the functions of each device of a mapping together', () => {
  const mapping = 'gpus\n\tmap id=1af4:1041,path=0000:42:00\n\tmap id=1af4:1041,path=0000:43:00.0;0000:43:00.1\n';
  const text = `${Q35}hostpci0: mapping=gpus,pcie=1\n`;
  const { host } = planOn(hostWith(true, '0000:42:00.1', '0000:43:00.0', '0000:43:00.1'), text, mapping);
  assert.deepEqual(devicesOf(host), [
    'hostpci0.0 0000:42:00.0|0000:43:00.0 ich9-pcie-port-1 00.0',
    'hostpci0.1 0000:42:00.1|0000:43:00.1 ich9-pcie-port-1 00.1',
  ]);
  assert.equal(host.outcome, 'fits');
  const { host: differing } = planOn(hostWith(true, '0000:43:00.0', '0000:43:00.1'), text, mapping);
  assert.deepEqual([differing.outcome, differing.errors[0]?.message.slice(0, 28)], ['unknown', 'hostpci0 is 1 or 2 functions']);
});

test('pinVm never names one of several functions in -set, and writes what holds of all', () => {
  const text = `${Q35}hostpci0: 42:00,pcie=1\n`;
  for (const [host, expected] of [
    [hostWith(true), 'args: -set device.hostpci0.ats='],
    [hostWith(true, '0000:42:00.1'), 'args: -global vfio-pci.ats='],
    [hostWith(false), null],
    [hostWith(false, '0000:42:00.1'), null],
  ] as const) {
    const { vm, host: planned } = planOn(host, text);
    const pinned = pinVm(vm, planned, text);
    const result = applyEdits(text, pinned.edits);
    assert.equal(/args: -\S+ [\w.-]+=/.exec(result)?.[0] ?? null, expected, result);
    assert.equal(pinned.unwritten.length, expected === null ? planned.devices.length : 0);
  }
});
