import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deviceFacts, NO_ASSIGNMENT_FACTS, NO_HOST_FACTS } from '../facts/index.ts';
import { Bdf } from '../pci/bdf.ts';
import { buildConfigSpace } from '../pci/builder.ts';
import type { VmDefinition } from './definition.ts';
import type { PlanHost } from './judge/host/plan-host.ts';
import { plan } from './plan.ts';
import { NO_CONTEXT, readDefinitions } from './readers/index.ts';

const CONFIG = buildConfigSpace({ vendorId: 0x1234, deviceId: 1, classCode: 0, standard: [{ id: 0x10, body: '0200' }] });
const MEMBERS = ['0000:01:00.0', '0000:01:00.1'];

function host(name: string): PlanHost {
  const iommuGroup = { number: 7, type: 'DMA', members: MEMBERS, file: null };
  const assignment = { ...NO_ASSIGNMENT_FACTS, driver: { name: 'vfio-pci' }, iommuGroup };
  const devices = MEMBERS.map(address => deviceFacts(CONFIG, { origin: 'capture', bdf: Bdf.parse(address), assignment }));
  return { name, facts: NO_HOST_FACTS, devices, isWhole: true };
}

function vm(name: string, device: string): VmDefinition {
  const text = `qemu-system-x86_64 -name ${name} -M pc-q35-11.1 -nodefaults -object iommufd,id=i0 -device vfio-pci,id=d,host=${device}`;
  const [definition] = readDefinitions({ file: `${name}.txt`, text }, 'qemu', NO_CONTEXT).definitions;
  assert.ok(definition);
  return definition;
}

const found = (...vms: VmDefinition[]): readonly (readonly string[])[] =>
  plan(vms, [host('a'), host('b')]).vms.map(({ findings }) =>
    findings.map(({ severity, code, message }) => {
      assert.deepEqual([severity, code], ['warning', 'device.given-twice-in-plan']);
      return message;
    }),
  );

const LEGACY = "Could not open '/dev/vfio/7': Device or resource busy";
const bind = (words: string) => `error bind device fd=N to iommufd=N: ${words}`;

test('plan says in each of two VMs that a device is given to the other too, with the words of the one that comes second', () => {
  const rows = [
    ['01:00.0', '01:00.0', LEGACY, LEGACY],
    ['01:00.0', '01:00.0,iommufd=i0', LEGACY, bind('Device or resource busy')],
    ['01:00.0,iommufd=i0', '01:00.0,iommufd=i0', bind('Invalid argument'), bind('Invalid argument')],
  ] as const;
  for (const [first, second, ...words] of rows) {
    const says = (other: string, own: string, text: string) =>
      `0000:01:00.0 is given to ${other} too: on one host ${own} does not start while that runs: vfio 0000:01:00.0: ${text}`;
    assert.deepEqual(found(vm('db1', first), vm('db2', second)), [[says('db2', 'db1', words[0])], [says('db1', 'db2', words[1])]]);
  }
});

test('plan says in each of two VMs that members of one group go to both', () => {
  const [[message] = []] = found(vm('db1', '01:00.0,iommufd=i0'), vm('db2', '01:00.1,iommufd=i0'));
  const words = `vfio 0000:01:00.0: ${bind('Operation not permitted')}`;
  assert.equal(
    message,
    `of the group of 0000:01:00.0, a device is given to db2 (0000:01:00.1) too: on one host db1 does not start while that runs: ${words}`,
  );
  assert.match(found(vm('db1', '01:00.0'), vm('db2', '01:00.1'))[1]?.[0] ?? '', /0000:01:00\.1: Could not open '\/dev\/vfio\/7'/);
});

test('plan says nothing of devices that one VM alone is given, and of many VMs names few', () => {
  assert.deepEqual(found(vm('db1', '01:00.0')), [[]]);
  assert.deepEqual(found(vm('db1', '01:00.0'), vm('db2', '77:00.0')), [[], []]);
  const many = Array.from({ length: 6 }, (_, i) => vm(`db${i}`, '01:00.0'));
  assert.match(found(...many)[5]?.[0] ?? '', /^0000:01:00\.0 is given to db0, db1, db2 and 2 more too:/);
});

test('plan names the files of two VMs that have one name', () => {
  const [one, other] = [vm('db', '01:00.0'), vm('db', '01:00.0')];
  const [[said = ''] = []] = found(
    { ...one, source: { ...one.source, file: 'a/db.xml' } },
    { ...other, source: { ...other.source, file: 'b/db.xml' } },
  );
  assert.match(said, /^0000:01:00\.0 is given to db \(b\/db\.xml:1\) too: /);
});

test('plan takes the starts of a log for one VM', () => {
  const inFile = (line: number): VmDefinition => ({ ...vm('db1', '01:00.0'), source: { format: 'qemu', file: 'db1.log', line } });
  assert.deepEqual(found(inFile(1), inFile(9)), [[], []]);
});
