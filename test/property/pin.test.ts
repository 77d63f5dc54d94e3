/** What holds of pins, whatever the definition: the same guest, nothing left to chance that was not told, and nothing more to pin. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { captureDevices, captureHostFacts, parseCapture } from '../../src/pure/capture/index.ts';
import type { DeviceFacts } from '../../src/pure/facts/index.ts';
import { Bdf } from '../../src/pure/pci/bdf.ts';
import { findValue, type VmDefinition } from '../../src/pure/plan/definition.ts';
import {
  applyEdits,
  NO_CONTEXT,
  type Pin,
  type PinnedVm,
  type PlanHost,
  Planner,
  pinFault,
  pinVm,
  readDefinitions,
  type VmPlan,
} from '../../src/pure/plan/index.ts';
import { RUNS } from '../fixtures/arbitrary-config.ts';
import { PIN_TEXTS, type PinText } from './pin-texts.ts';

/** Each is planned on several hosts, before and after. */
const TRIES = Math.ceil(RUNS / 20);

/** The same with a second function of one of its cards, which no capture has. */
function withOtherFunctions(devices: readonly DeviceFacts[]): readonly DeviceFacts[] {
  const of = devices.find(({ bdf }) => bdf?.text === '0000:03:00.0');
  return of === undefined ? devices : [...devices, { ...of, bdf: Bdf.parse('0000:03:00.1') }];
}

const planners = new Map<string, Planner>();

/** A name that ends with `!` is a capture of the whole host. */
function plannerFor(named: string): Planner {
  const known = planners.get(named);
  if (known !== undefined) return known;
  const name = named.replace('!', '');
  const capture = parseCapture(readFileSync(new URL(`../../captures/${name}.json`, import.meta.url), 'utf8'));
  const host: PlanHost = {
    name,
    facts: captureHostFacts(capture),
    devices: withOtherFunctions([...captureDevices(capture)]),
    isWhole: named !== name,
  };
  const made = new Planner([host]);
  planners.set(named, made);
  return made;
}

function plansOf({ format, text }: PinText, host: string): VmPlan[] {
  return readDefinitions({ file: 'vm', text }, format, NO_CONTEXT).definitions.map(definition => plannerFor(host).plan(definition));
}

const pinsOf = (plans: readonly VmPlan[], text: string): PinnedVm[] =>
  plans.map(plan => {
    const [host] = plan.hosts;
    assert.ok(host);
    return pinVm(plan, host, text);
  });

/** The devices with all that their owner wrote, and what was pinned; ids are left out, since libvirt wants its own. */
function devicesOf({ devices }: VmDefinition, pins: readonly Pin[]): string[] {
  return devices.map(device => {
    const values = new Map(
      device.values.map(({ name, value, json }) => [name, json === 'boolean' ? (value === 'true' ? 'on' : 'off') : value]),
    );
    for (const pin of pins) if (pin.device === device) values.set(pin.name, pin.value);
    return JSON.stringify([
      device.driver,
      device.host.kind === 'address' ? device.host.address.text : device.host.kind,
      [...values].sort(),
    ]);
  });
}

/** Pins that became a value of their device, and no global. */
function ofDevices({ pins, unwritten }: PinnedVm, before: VmDefinition, after: VmDefinition): Pin[] {
  const left = new Set(unwritten.map(({ pin }) => pin));
  const isOwn = ({ device, name }: Pin) => {
    const now = device === null ? undefined : after.devices[before.devices.indexOf(device)];
    return now !== undefined && findValue(now.values, name) !== undefined;
  };
  return pins.filter(pin => !left.has(pin) && isOwn(pin));
}

/** How many VMs it was checked on. */
function checkText(input: PinText, host: string): number {
  const before = plansOf(input, host);
  // One that does not start is not pinned.
  if (before.length === 0 || before.some(({ hosts }) => hosts[0]?.outcome === 'fails')) return 0;
  const pinned = pinsOf(before, input.text);
  const text = applyEdits(
    input.text,
    pinned.flatMap(({ edits }) => edits),
  );
  const after = plansOf({ ...input, text }, host);
  assert.equal(after.length, before.length, text);
  const again = pinsOf(after, text);
  for (const [i, plan] of before.entries()) {
    const [now, one] = [after[i], pinned[i]];
    assert.ok(now && one);
    const told = { open: one.open, unwritten: one.unwritten.map(({ pin }) => pin) };
    assert.equal(pinFault(plan, now, told), null, text);
    const [was, is] = [plan.hosts[0]?.definition ?? plan.definition, now.hosts[0]?.definition ?? now.definition];
    assert.deepEqual(devicesOf(is, []), devicesOf(was, ofDevices(one, was, is)), text);
    assert.deepEqual(again[i]?.edits, [], text);
    assert.deepEqual(again[i]?.open.length, one.open.length, text);
    assert.equal(one.findings.length, one.open.length + one.unwritten.length);
  }
  // What was not changed stands as it stood.
  const kept = input.text.split(/\r?\n/).filter(line => /^\s*(?:#|<!--)/.test(line));
  for (const line of kept) assert.ok(text.includes(line), text);
  assert.equal(/[^\r]\n/.test(text), /[^\r]\n/.test(input.text), 'line ends');
  return before.length;
}

for (const [name, texts] of Object.entries(PIN_TEXTS)) {
  test(`pinVm keeps the VM and leaves nothing to pin: ${name}`, context => {
    let count = 0;
    fc.assert(
      fc.property(texts, fc.nat(), (input, number) => {
        count += checkText(input, input.hosts[number % input.hosts.length] ?? '');
      }),
      { numRuns: TRIES },
    );
    context.diagnostic(`${count} VMs of ${TRIES} texts start and are pinned`);
    assert.ok(count >= TRIES / 10, `${count}`);
  });
}
