import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseHexBytes } from '../bytes/hex.ts';
import { redact } from '../capture/redact.ts';
import { buildConfigSpace } from './builder.ts';
import { STANDARD_CAPABILITIES } from './capabilities/index.ts';
import { type CapabilityType, decodeCapability } from './capability.ts';
import { capabilityFacts } from './capability-facts.ts';
import { ConfigSpace } from './config-space.ts';
import { EXTENDED_CAPABILITIES } from './extended/index.ts';

const TYPES: readonly CapabilityType[] = [...STANDARD_CAPABILITIES, ...EXTENDED_CAPABILITIES];
const label = ({ kind, id, title }: CapabilityType) => `${kind} ${id.toString(16)}h ${title}`;

/** Bytes from the start of the capability up to the last one that its layout looks at, where all registers hold `byte`. */
function reach(type: CapabilityType, byte: number): number {
  const config = new ConfigSpace(new Uint8Array(4096).fill(byte));
  let end = 0;
  const read = (at: number, length: 1 | 2 | 4) => {
    end = Math.max(end, at + length);
    return config.read(at, length);
  };
  decodeCapability(type, { read }, 0);
  return end;
}

test('capabilityFacts gives each capability a length, or says that it ends where the next one begins', () => {
  for (const type of TYPES) {
    const { length } = type.facts;
    assert.ok(length === 'to-next' || typeof length === 'function' || Number.isInteger(length), label(type));
    if (typeof length === 'number')
      assert.ok(length >= reach(type, 0), `${label(type)} has ${length} bytes, and registers up to ${reach(type, 0)}`);
  }
});

test('capabilityFacts are the same for all forms of an ID', () => {
  for (const type of TYPES) assert.deepEqual(type.facts, capabilityFacts(type.kind, type.id), label(type));
});

/** Names of all registers and fields that a layout has, whatever the bytes. */
function names(type: CapabilityType): Set<string> {
  const found = new Set<string>(Object.keys(type.registers.pieces));
  const collect = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [name, part] of Object.entries(value)) {
      if (!Array.isArray(value)) found.add(name);
      collect(part);
    }
  };
  for (const byte of [0, 0x11, 0xff]) {
    const config = new ConfigSpace(new Uint8Array(4096).fill(byte));
    collect(decodeCapability(type, config, 0).fields);
  }
  return found;
}

/** Registers that are called as what is private is, and hold nothing of the kind. */
const HARMLESS: Readonly<Record<string, string>> = {
  'standard 2': 'flags that say what kinds of address there are',
  'standard 5': "the platform's one address for interrupts, which its specification tells",
  'standard 7': 'the log of a past error, as that of AER',
  'standard 8': 'unit numbers, and the same address for interrupts',
  'extended 20': 'addresses of registers in a PHY',
  'extended 2c': 'the address of a register in config space',
};

test('capabilityFacts say of each capability with an address, a base or a serial number what of it is private', () => {
  const looksPrivate = /address|^base(?!Power)|memoryBase|serial|guid/i;
  for (const type of TYPES) {
    if (type.facts.privatePlaces !== 'nothing') continue;
    const suspects = [...names(type)].filter(name => looksPrivate.test(name));
    const reason = HARMLESS[`${type.kind} ${type.id.toString(16)}`];
    assert.ok(suspects.length === 0 || reason !== undefined, `${label(type)}: ${suspects.join(', ')}`);
  }
});

/** Of a capability that has private places in one form only: the start of its body in that form. */
const BODIES: Readonly<Record<string, string>> = { 'extended 23': '981e00040000', 'extended 30': '020000000000000001000000' };

test('redact changes nothing of a capability but the places that it calls private', () => {
  for (const type of TYPES) {
    const body = new Uint8Array(0x70).fill(0x11);
    body.set(parseHexBytes(BODIES[`${type.kind} ${type.id.toString(16)}`] ?? ''));
    const part = { id: type.id, body };
    const express = { id: 0x10, body: `0200${'00'.repeat(0x38)}`, offset: 0x40 };
    const config =
      type.kind === 'standard'
        ? buildConfigSpace({ vendorId: 0x1234, deviceId: 1, classCode: 0, standard: [{ ...part, offset: 0x80 }] })
        : buildConfigSpace({ vendorId: 0x1234, deviceId: 1, classCode: 0, standard: [express], extended: [part] });
    const { places } = redact([config], ['serials', 'addresses']);
    assert.equal(places.length > 0, type.facts.privatePlaces !== 'nothing', label(type));
    for (const { at } of places) assert.ok(at >= 0x80 && at < (type.kind === 'standard' ? 0x100 : 0x180), label(type));
  }
});
