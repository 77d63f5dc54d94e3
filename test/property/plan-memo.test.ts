/** What planners keep between plans changes nothing: a plan is what it would be if nothing had been planned before. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { domainXml } from '../../bench/plan-inputs.ts';
import { captureDevices, captureHostFacts, parseCapture } from '../../src/pure/capture/index.ts';
import {
  changesOf,
  NO_CONTEXT,
  type PlanHost,
  Planner,
  type PlanOptions,
  readDefinitions,
  type VmDefinition,
} from '../../src/pure/plan/index.ts';
import { vmPlanJson } from '../../src/pure/reports/plan-json.ts';
import { RUNS } from '../fixtures/arbitrary-config.ts';
import { PIN_TEXTS, type PinText } from './pin-texts.ts';

const TRIES = Math.ceil(RUNS / 30);
const CAPTURES = ['synthetic-vtd-no-ats', 'vm-amd', 'vm-arm-smmuv3', 'vm-intel-iotlb'].map(name => ({
  name,
  capture: parseCapture(readFileSync(new URL(`../../captures/${name}.json`, import.meta.url), 'utf8')),
}));

/** Hosts that nothing was asked of yet. */
const freshHosts = (): PlanHost[] =>
  CAPTURES.map(({ name, capture }) => ({
    name,
    facts: captureHostFacts(capture),
    devices: [...captureDevices(capture)],
    isWhole: name.startsWith('synthetic'),
  }));

const freshDefinitions = ({ format, text }: Pick<PinText, 'format' | 'text'>): readonly VmDefinition[] =>
  readDefinitions({ file: 'vm', text }, format, NO_CONTEXT).definitions;

const anyText: fc.Arbitrary<Pick<PinText, 'format' | 'text'>> = fc.oneof(
  ...Object.values(PIN_TEXTS),
  fc.record({ format: fc.constant('libvirt' as const), text: fc.nat(10_000).map(n => domainXml(n)) }),
  fc.record({ format: fc.constant('libvirt' as const), text: fc.nat(10_000).map(n => domainXml(n, 'own')) }),
);

const anyOptions: fc.Arbitrary<PlanOptions> = fc.record(
  {
    profile: fc.constantFrom('qemu-10.0', 'qemu-11.1', 'airlock'),
    assumed: fc.record(
      {
        kernel: fc.constantFrom('6.12.0', '7.0.9', '7.3.4'),
        machine: fc.constantFrom('pc-q35-11.0', 'virt-11.1'),
        ats: fc.constantFrom('on', 'off', 'auto'),
        backend: fc.constantFrom('iommufd', 'legacy'),
      },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: [] },
);

/** Hosts that were asked already, and will be again. */
const asked = freshHosts();

test('a plan is the same, whatever was planned of the VM and of the hosts before', () => {
  fc.assert(
    fc.property(anyText, fc.array(anyOptions, { minLength: 1, maxLength: 4 }), (text, all) => {
      const definitions = freshDefinitions(text);
      for (const options of all) {
        const planner = new Planner(asked, options);
        const kept = definitions.map(definition => planner.plan(definition));
        const fresh = new Planner(freshHosts(), options);
        const alone = freshDefinitions(text).map(definition => fresh.plan(definition));
        assert.deepEqual(kept.map(vmPlanJson), alone.map(vmPlanJson));
      }
    }),
    { numRuns: TRIES },
  );
});

test('changes are the same, whether messages say what mends them or not', () => {
  fc.assert(
    fc.property(anyText, anyOptions, anyOptions, (text, before, after) => {
      const [old, now] = [before, after].map(options => new Planner(asked, { ...options, mends: false }));
      const [mendedOld, mendedNow] = [before, after].map(options => new Planner(freshHosts(), options));
      for (const definition of freshDefinitions(text)) {
        assert.ok(old && now && mendedOld && mendedNow);
        const { hosts } = changesOf(old.plan(definition), now.plan(definition));
        const mended = changesOf(mendedOld.plan(definition), mendedNow.plan(definition));
        assert.deepEqual(hosts, mended.hosts);
      }
    }),
    { numRuns: TRIES },
  );
});
