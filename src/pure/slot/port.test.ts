import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildConfigSpace } from '../pci/builder.ts';
import { ConfigSpace } from '../pci/config-space.ts';
import { PROFILES } from '../profiles/index.ts';
import { describePort, type PortFacts } from './port.ts';

const ROUTING = 0x40;
const ALL = 0x380;
const PREFIX = 0x20_0000;

const hex = (value: number, bytes: number): string =>
  Buffer.from(Uint32Array.of(value).buffer)
    .toString('hex')
    .slice(0, 2 * bytes);

interface Express {
  readonly type: number;
  readonly version?: number;
  readonly capabilities2?: number;
  readonly control2?: number;
}

function express({ type, version = 2, capabilities2 = 0, control2 = 0 }: Express): ConfigSpace {
  const flags = hex((type << 4) | version, 2);
  const body = `${flags}${'00'.repeat(0x20)}${hex(capabilities2, 4)}${hex(control2, 2)}${'00'.repeat(0x10)}`;
  return buildConfigSpace({
    vendorId: 1,
    deviceId: 2,
    classCode: 0,
    headerType: type > 3 && type < 9 ? 1 : 0,
    standard: [{ id: 0x10, body }],
  });
}

const ENDPOINT = express({ type: 0, capabilities2: ALL | PREFIX });
const ROOT = express({ type: 4, capabilities2: ALL | PREFIX });
const UP = express({ type: 5, capabilities2: ROUTING | PREFIX });
const DOWN = express({ type: 6, capabilities2: ROUTING | PREFIX });

/** `32 64 128 CODE`, with `?` behind a size that is not known. */
function atomics(facts: Partial<PortFacts>): string {
  const base = {
    config: ENDPOINT,
    above: [ROOT],
    isVirtual: false,
    reportedAtomicOps: null,
    profile: PROFILES['qemu-11.1'],
    placement: 'root-port',
    multifunction: false,
  } as const;
  const { bits32, bits64, bits128, code } = describePort({ ...base, ...facts }).atomicCompletion;
  const held = Object.entries({ 32: bits32, 64: bits64, 128: bits128 }).flatMap(([bits, holds]) =>
    holds === false ? [] : [`${bits}${holds ? '' : '?'}`],
  );
  return [...held, code.replace('atomics.', '')].join(' ');
}

test('describePort: a plain root port completes what the device and its path on the host do', () => {
  assert.equal(atomics({}), '32 64 128 host-path');
  assert.equal(atomics({ above: [express({ type: 4, capabilities2: 0x180 })] }), '32 64 host-path');
  assert.equal(atomics({ config: express({ type: 1, capabilities2: 0x80 }) }), '32 host-path');
  assert.equal(atomics({ above: [DOWN, UP, ROOT] }), '32 64 128 host-path');
});

test('describePort: no completion where a switch does not route AtomicOps or blocks them upwards', () => {
  assert.equal(atomics({ above: [express({ type: 6 }), UP, ROOT] }), 'host-has-none');
  assert.equal(atomics({ above: [DOWN, express({ type: 5, capabilities2: ROUTING, control2: 0x80 }), ROOT] }), 'host-has-none');
  assert.equal(atomics({ above: [express({ type: 6, capabilities2: ROUTING, control2: 0x80 }), UP, ROOT] }), '32 64 128 host-path');
});

test('describePort: no completion of a device that completes none itself, is integrated, or has no such register', () => {
  assert.equal(atomics({ config: express({ type: 0 }), above: null }), 'host-has-none');
  assert.equal(atomics({ config: express({ type: 9, capabilities2: ALL }), above: [] }), 'host-has-none');
  assert.equal(atomics({ config: express({ type: 0, version: 1, capabilities2: ALL }) }), 'host-has-none');
  assert.equal(atomics({ config: buildConfigSpace({ vendorId: 1, deviceId: 2, classCode: 0 }) }), 'host-has-none');
});

test('describePort: a device on the root bus is believed where it is enabled as a requester', () => {
  assert.equal(atomics({ above: [] }), 'host-has-none');
  assert.equal(atomics({ above: [], config: express({ type: 0, capabilities2: ALL, control2: 0x40 }) }), '32 64 128 host-path');
});

test('describePort: what is not known of the host is unknown', () => {
  assert.equal(atomics({ above: null }), '32? 64? 128? host-path-unknown');
  const cut = new ConfigSpace(ROOT.bytes.slice(0, 0x40));
  assert.equal(atomics({ above: [cut] }), '32? 64? 128? host-path-unknown');
  assert.equal(atomics({ above: [UP] }), '32? 64? 128? host-path-unknown', 'a chain that ends before a root port');
  assert.equal(atomics({ config: new ConfigSpace(ENDPOINT.bytes.slice(0, 0x40)) }), '32? 64? 128? host-path-unknown');
  assert.equal(atomics({ config: new ConfigSpace(ENDPOINT.bytes.slice(0, 0x40)), above: [express({ type: 4 })] }), 'host-has-none');
  assert.equal(atomics({ isVirtual: true }), '32? 64? 128? host-path-unknown', "its physical function's registers count");
});

test('describePort: nothing takes completion away from a device of which it is not known whether it completes any', () => {
  const whole = express({ type: 0 });
  const elsewhere = [{ placement: 'root-complex' }, { profile: PROFILES.airlock }, { multifunction: true }] as const;
  for (const more of elsewhere) {
    for (const length of [0x40, 0x42, 0x50]) {
      const cut = new ConfigSpace(whole.bytes.slice(0, length));
      assert.equal(atomics({ ...more, config: cut }), '32? 64? 128? host-path-unknown', `of ${length} bytes`);
      assert.equal(atomics({ ...more, config: cut, above: null }), '32? 64? 128? host-path-unknown', `of ${length} bytes`);
    }
    assert.equal(atomics({ ...more, config: whole }), 'host-has-none');
  }
});

test('describePort: what the kernel reports beats what is expected of it', () => {
  assert.equal(atomics({ reportedAtomicOps: 0x100, above: null }), '64 reported');
  assert.equal(atomics({ reportedAtomicOps: 0, above: null }), 'host-has-none');
  assert.equal(atomics({ reportedAtomicOps: 0x380, config: express({ type: 0 }), multifunction: true }), 'multifunction');
});

test('describePort: multifunction and any place but a root port take completion away, and vfio-user has no word for it', () => {
  assert.equal(atomics({ multifunction: true }), 'multifunction');
  assert.equal(atomics({ multifunction: true, above: null }), 'multifunction');
  assert.equal(atomics({ placement: 'root-complex' }), 'no-root-port');
  assert.equal(atomics({ placement: 'conventional' }), 'no-root-port');
  assert.equal(atomics({ profile: PROFILES.airlock }), 'not-reported');
  assert.equal(atomics({ profile: PROFILES['qemu-10.0'] }), '32 64 128 host-path');
});

test('describePort: End-End TLP Prefixes need the device and, on the host, every port', () => {
  const prefixes = (facts: Partial<PortFacts>) => {
    const base = {
      config: ENDPOINT,
      above: [ROOT],
      isVirtual: false,
      reportedAtomicOps: null,
      profile: PROFILES.airlock,
      placement: 'root-port',
      multifunction: false,
    } as const;
    const { guest, host, code } = describePort({ ...base, ...facts }).endEndPrefixes;
    return [guest, host, code.replace('prefixes.', '')];
  };
  assert.deepEqual(prefixes({}), [true, true, 'passed']);
  assert.deepEqual(prefixes({ above: [DOWN, UP, express({ type: 4 })] }), [true, false, 'passed']);
  assert.deepEqual(prefixes({ above: null }), [true, null, 'passed']);
  assert.deepEqual(prefixes({ config: express({ type: 0 }) }), [false, false, 'device-has-none']);
  assert.deepEqual(prefixes({ config: new ConfigSpace(ENDPOINT.bytes.slice(0, 0x40)) }), [null, null, 'device-unknown']);
  assert.deepEqual(prefixes({ config: new ConfigSpace(ENDPOINT.bytes.slice(0, 0x40)), above: [express({ type: 4 })] }), [
    null,
    false,
    'device-unknown',
  ]);
  assert.deepEqual(prefixes({ placement: 'conventional-bridge' }), [false, true, 'conventional-bus']);
  assert.deepEqual(prefixes({ placement: 'root-complex' }), [true, true, 'passed']);
});
