import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { NO_HOST_FACTS } from '../../facts/index.ts';
import type { ProfileName } from '../../profiles/index.ts';
import { Planner } from '../plan.ts';
import type { HostPlan } from '../plan-report.ts';
import { NO_CONTEXT, readDefinitions } from '../readers/index.ts';

function planned(words: string, program = 'qemu-system-x86_64', profile?: ProfileName): HostPlan {
  const text = `${program} -nodefaults ${words}`;
  const [definition] = readDefinitions({ file: 'vm', text }, 'qemu', NO_CONTEXT).definitions;
  assert.ok(definition);
  const host = { name: 'h', facts: NO_HOST_FACTS, devices: [], isWhole: false };
  const [plan] = new Planner([host], profile === undefined ? {} : { profile }).plan(definition).hosts;
  return plan ?? assert.fail();
}

const said = ({ outcome, stopsWith }: HostPlan): string => `${outcome}: ${stopsWith?.message ?? ''}`;

describe('plan of options of a machine', () => {
  test('fails for one that no machine of the family has, in QEMU’s words, with what is like it', () => {
    const plan = planned('-M q35,nosuch=1');
    assert.equal(said(plan), "fails: Property 'pc-q35-11.1-machine.nosuch' not found");
    assert.deepEqual(plan.errors[0]?.of, 'machine');
    assert.equal(planned('-machine q35,smn=off').stopsWith?.mend, '-machine smm=off');
    assert.equal(said(planned('-M pc-i440fx-8.0,Smm=off')), "fails: Property 'pc-i440fx-8.0-machine.Smm' not found");
    assert.equal(said(planned('-M virt,hpet=on', 'qemu-system-aarch64')), "fails: Property 'virt-11.1-machine.hpet' not found");
    assert.equal(said(planned('-machine nosuch.part=1')), "fails: Property 'pc-i440fx-11.1-machine.nosuch' not found");
  });

  test('fails before any device, and before the accelerator', () => {
    assert.equal(said(planned('-M q35,nosuch=1 -device vfio-pci,bus=nowhere')), "fails: Property 'pc-q35-11.1-machine.nosuch' not found");
  });

  test('fails for a value that QEMU refuses; the last of two counts', () => {
    assert.equal(said(planned('-M q35,smm=maybe')), "fails: Parameter 'smm' does not accept value 'maybe'");
    assert.equal(said(planned('-M q35,hpet=1')), "fails: Parameter 'hpet' expects 'on' or 'off'");
    assert.equal(said(planned('-M q35,max-ram-below-4g=zz')), "fails: Parameter 'max-ram-below-4g' expects size");
    assert.equal(said(planned('-M q35,smm=maybe -M smm=off')), 'fits: ');
  });

  test('is fine for what QEMU takes, for the accelerator too', () => {
    for (const options of ['kernel_irqchip=split', 'igd-passthru=on', 'mem_merge=off', 'smp.cpus=2', 'memory-backend=a', 'hpet=yes'])
      assert.equal(said(planned(`-M q35,${options}`)), 'fits: ', options);
  });

  test('follows the version of QEMU, and refuses nothing of a machine that is not known', () => {
    assert.equal(said(planned('-M q35,spcr=off')), 'fits: ');
    const older = planned('-M q35,spcr=off', 'qemu-system-x86_64', 'qemu-10.0');
    assert.equal(said(older), "fails: Property 'pc-q35-10.0-machine.spcr' not found");
    assert.equal(planned('-M pc-q35-rhel9.6.0,nosuch=1').outcome, 'unknown');
  });
});
