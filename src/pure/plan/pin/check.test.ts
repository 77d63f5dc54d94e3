import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { captureDevices, captureHostFacts, parseCapture } from '../../capture/index.ts';
import { Planner } from '../plan.ts';
import type { VmPlan } from '../plan-report.ts';
import { NO_CONTEXT, readDefinitions } from '../readers/index.ts';
import { pinFault } from './check.ts';

const capture = parseCapture(readFileSync(new URL('../../../../captures/vm-intel-iotlb.json', import.meta.url), 'utf8'));
const planner = new Planner([{ name: 'a', facts: captureHostFacts(capture), devices: [...captureDevices(capture)], isWhole: false }]);

function planOf(values: string, machine = 'pc-q35-11.1'): VmPlan {
  const text = `qemu-system-x86_64 -M ${machine} -nodefaults -object iommufd,id=i0 -device pcie-root-port,id=rp1 -device vfio-pci,bus=rp1,iommufd=i0,${values}\n`;
  const [definition] = readDefinitions({ file: 'vm', text }, 'qemu', NO_CONTEXT).definitions;
  assert.ok(definition);
  return planner.plan(definition);
}

const NOTHING_TOLD = { open: [], unwritten: [] };
const CARD = 'host=01:00.0';

const WAYS: readonly (readonly [what: string, after: VmPlan | undefined, fault: string | null])[] = [
  ['the same with its value', planOf(`${CARD},ats=on`), null],
  ['no VM at all', undefined, 'the VM is not in it any more'],
  ['another machine', planOf(`${CARD},ats=on`, 'pc-q35-11.0'), 'the machine is pc-q35-11.0, and was pc-q35-11.1'],
  ['another card', planOf('host=03:00.0,ats=on'), 'vfio-pci.1 is another device'],
  ['one that the VMM refuses', planOf(`${CARD},ats=maybe`), 'vfio-pci.1 is failed, and was realized'],
  ['a capability less', planOf(`${CARD},ats=off`), 'the guest sees other bytes of vfio-pci.1'],
  ['AUTO', planOf(CARD), '1 values are auto still, 0 of them told'],
];

for (const [what, after, fault] of WAYS) {
  test(`pinFault compares a VM with what was written: ${what}`, () => {
    assert.equal(pinFault(planOf(CARD), after, NOTHING_TOLD), fault);
  });
}

test('pinFault takes AUTO that was told', () => {
  const open = [{ id: 'vfio-pci.1', name: 'ats', why: '' }];
  assert.equal(pinFault(planOf(CARD), planOf(CARD), { ...NOTHING_TOLD, open }), null);
});
