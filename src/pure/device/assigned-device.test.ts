/** The assigned device: the law with the guest view over any bytes, and what its registers do. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { configSpaces, plausibleConfigSpaces } from '../../../test/fixtures/arbitrary-config.ts';
import { testBackend } from '../../../test/fixtures/backend-compliance.ts';
import { errnoOf, readNumber, writeNumber } from '../../../test/fixtures/device-session.ts';
import { PROFILE_NAMES } from '../../../test/fixtures/profile-names.ts';
import { DEFAULT_SETTINGS, hostIommu, viewOf } from '../../../test/fixtures/realize-with.ts';
import { type GuestView, guestBytes, vfioBytes } from '../guest-view/guest-view.ts';
import { guestMasks } from '../guest-view/masks.ts';
import { realize } from '../guest-view/realize.ts';
import { buildConfigSpace } from '../pci/builder.ts';
import type { ConfigSpace } from '../pci/config-space.ts';
import { PROFILES, type ProfileName } from '../profiles/index.ts';
import { EINVAL } from '../spec/errno.ts';
import { AssignedDevice, type AssignedDeviceOptions } from './assigned-device.ts';
import type { Backend } from './backend.ts';
import { guestAnswers } from './guest-answers.ts';
import type { InterruptSetup } from './interrupt-setup.ts';
import { ReplayBackend } from './replay-backend.ts';

const CONFIG = 7;
const RUNS = 150;

/** The four that can stand behind a view: hardware or raw, with the bytes of user space or the host's. */
const backends: readonly (readonly [name: string, create: (view: GuestView) => Backend])[] = [
  ['vfio bytes', view => new ReplayBackend({ config: vfioBytes(view) })],
  ['host bytes', view => new ReplayBackend({ config: view.input })],
  ['raw vfio bytes', view => new ReplayBackend({ config: vfioBytes(view), isRaw: true })],
  ['raw host bytes', view => new ReplayBackend({ config: view.input, isRaw: true })],
];

const choices = fc.record({
  bytes: fc.constantFrom('host' as const, 'vfio' as const),
  profile: fc.constantFrom(...PROFILE_NAMES),
  ats: fc.constantFrom('on' as const, 'off' as const, 'auto' as const),
  placement: fc.constantFrom('root-port' as const, 'root-complex' as const, 'conventional-bridge' as const),
  viommuPasid: fc.boolean(),
  virtualFunction: fc.constantFrom(null, null, { vendorId: 0x8086, deviceId: 0x1889 }),
  backend: fc.constantFrom(...backends),
});

type Check = (options: AssignedDeviceOptions, device: AssignedDevice) => void;

/** As deepEqual, with words that say where: a whole config space in an error tells nobody anything. */
function assertSame(actual: Uint8Array, wanted: Uint8Array, what = ''): void {
  assert.equal(actual.length, wanted.length, what);
  const at = actual.findIndex((byte, i) => byte !== wanted[i]);
  assert.equal(at, -1, `${what} byte ${at}: ${actual[at]}, wanted ${wanted[at]}`);
}

/** Runs `check` over fresh devices of arbitrary views and backends. */
function forDevices(spaces: fc.Arbitrary<ConfigSpace>, check: Check, runs = RUNS): void {
  let realized = 0;
  fc.assert(
    fc.property(spaces, choices, (config, { profile, ats, backend: [, create], ...choice }) => {
      const input = { ...choice, config, barSizes: null, settings: { ...DEFAULT_SETTINGS, ats }, hostIommu: hostIommu('supported', 20) };
      const view = realize({ ...input, profile: PROFILES[profile] });
      if (view.outcome === 'failed') return;
      realized++;
      const options = { backend: create(view), view };
      check(options, new AssignedDevice(options));
    }),
    { numRuns: runs },
  );
  assert.ok(realized > runs / 10, `only ${realized} of ${runs} were realized`);
}

function configOf(device: AssignedDevice): Uint8Array {
  const into = new Uint8Array(device.regions[CONFIG].size);
  device.readRegion(CONFIG, 0, into);
  return into;
}

function masksOf({ backend, view }: AssignedDeviceOptions) {
  const sizes = backend.regions.map(({ size }) => size);
  return guestMasks(view, sizes.slice(0, 7));
}

/** Whether a capability begins inside of PM's registers: its header changes with the power state, which no view can say. */
function runsThroughPower({ capabilities }: GuestView): boolean {
  const standard = capabilities.filter(({ kind }) => kind === 'standard');
  const powers = standard.filter(({ id }) => id === 0x01);
  return powers.some(power => standard.some(({ offset }) => offset > power.offset && offset < power.offset + 6));
}

test('AssignedDevice reads as the guest view says, at first and after a reset, over any backend', () => {
  for (const spaces of [configSpaces, plausibleConfigSpaces]) {
    forDevices(spaces, ({ view }, device) => {
      assert.equal(device.regions[CONFIG].size, view.size);
      assertSame(configOf(device), guestBytes(view).bytes, 'fresh');
      if (runsThroughPower(view)) return;
      device.reset();
      assertSame(configOf(device), guestBytes(view).bytes, 'after a reset');
    });
  }
});

test('AssignedDevice reads alike in accesses of any length and alignment', () => {
  forDevices(
    plausibleConfigSpaces,
    (_, device) => {
      const whole = configOf(device);
      for (let at = 0, length = 1; at + length <= whole.length; at += length, length = (length % 9) + 1) {
        const into = new Uint8Array(length).fill(0xa5);
        device.readRegion(CONFIG, at, into);
        assert.deepEqual(into, whole.slice(at, at + length));
      }
    },
    50,
  );
});

test('AssignedDevice changes under writes of ones and zeros no bit that the masks do not let through', () => {
  forDevices(configSpaces, (options, fresh) => {
    // Over hardware: a raw backend knows no bits that a 1 clears.
    const backend = new ReplayBackend({ config: vfioBytes(options.view) });
    const device = new AssignedDevice({ ...options, backend });
    assert.equal(device.regions[CONFIG].size, fresh.regions[CONFIG].size);
    const { write } = masksOf({ ...options, backend });
    let before = configOf(device);
    for (const value of [0xff, 0x00]) {
      for (let at = 0; at < before.length; at += 4) {
        device.writeRegion(CONFIG, at, new Uint8Array(Math.min(4, before.length - at)).fill(value));
      }
      const after = configOf(device);
      const strange = after.findIndex((byte, at) => ((byte ^ before[at]) & ~write[at] & 0xff) !== 0);
      assert.equal(strange, -1, `byte ${strange}: ${before[strange]} to ${after[strange]}, write mask ${write[strange]}`);
      before = after;
    }
  });
});

test('AssignedDevice never sends to the backend what the view hides from writes: such bits stay, or are 0 where a 1 would clear', () => {
  let sent = 0;
  forDevices(configSpaces, ({ view }) => {
    const raw = new ReplayBackend({ config: view.input, isRaw: true });
    const barSizes = [...new Array(6).fill(0x1000), 0];
    const { write, cleared } = guestAnswers(view, barSizes);
    const device = new AssignedDevice({ backend: raw, view, barSizes });
    const bytes = () => {
      const into = new Uint8Array(raw.regions[CONFIG].size);
      raw.readRegion(CONFIG, 0, into);
      return into;
    };
    const before = bytes();
    for (const value of [0xff, 0x00]) {
      if (view.size > 0x40) device.writeRegion(CONFIG, 0x40, new Uint8Array(view.size - 0x40).fill(value));
      const after = bytes();
      for (let at = 0x40; at < before.length; at++) {
        const changed = (after[at] ^ before[at]) & ~(at < view.size ? write[at] : 0);
        assert.equal(changed & ~(before[at] & ~after[at] & (cleared[at] ?? 0)), 0, `byte ${at}`);
        if (after[at] !== before[at]) sent++;
      }
    }
  });
  assert.ok(sent > 300, `only ${sent} bytes reached a backend`);
});

test('AssignedDevice answers writes as its masks say: each bit of its own holds what is written', () => {
  forDevices(
    plausibleConfigSpaces,
    (options, device) => {
      const { write } = masksOf(options);
      // Base addresses and ROM are the VMM's own in every profile.
      for (const at of [0x10, 0x14, 0x18, 0x1c, 0x20, 0x24, 0x30]) {
        const mask = write.subarray(at, at + 4);
        for (const value of [0xff, 0x5a, 0x00]) {
          const before = configOf(device).subarray(at, at + 4);
          device.writeRegion(CONFIG, at, new Uint8Array(4).fill(value));
          assert.deepEqual(
            [...configOf(device).subarray(at, at + 4)],
            [...before].map((byte, i) => (byte & ~mask[i]) | (value & mask[i])),
            `${value} at ${at}`,
          );
        }
      }
    },
    100,
  );
});

const device0 = buildConfigSpace({
  vendorId: 0x8086,
  deviceId: 0x1572,
  classCode: 0x020000,
  command: 0x0407,
  bars: [0xf000000c, 0x80, 0, 0x0000e001, 0, 0],
  interruptPin: 1,
  standard: [
    { id: 0x01, body: '030000000000', offset: 0x40 },
    { id: 0x05, body: `8601${'00'.repeat(20)}`, offset: 0x50 },
    // Four vectors: the table at 1000h, pending bits at 2000h of BAR 0.
    { id: 0x11, body: '03000010000000200000', offset: 0x70 },
    { id: 0x10, body: `02000000001000000f00${'00'.repeat(0x30)}`, offset: 0xa0 },
  ],
  extended: [
    { id: 0x0f, body: '20000080', offset: 0x100 },
    { id: 0x1e, body: 'ff'.repeat(12), offset: 0x140 },
  ],
});
const SIZES = [0x4000, 0, 0, 0x20, 0, 0, 0x10000];

interface Made {
  readonly device: AssignedDevice;
  readonly backend: ReplayBackend;
  readonly setups: string[];
}

function assign(profile: ProfileName = 'airlock', ats: 'on' | 'off' = 'off'): Made {
  const view = viewOf(device0, { profile: PROFILES[profile], settings: { ats } });
  const backend = new ReplayBackend({ config: vfioBytes(view), regionSizes: SIZES });
  const setups: string[] = [];
  const onInterrupts = ({ mode, vectors, isMasked }: InterruptSetup) => {
    const masked = Array.from({ length: vectors }, (_, vector) => (isMasked(vector) ? 'x' : '-')).join('');
    setups.push(`${mode} ${masked}`);
  };
  return { device: new AssignedDevice({ backend, view, onInterrupts }), backend, setups };
}

testBackend(
  'AssignedDevice',
  () => {
    const { device } = assign();
    writeNumber(device, CONFIG, 0x04, 1, 0);
    return device;
  },
  { memoryRegion: null },
);

test('AssignedDevice starts with decoding off, puts addresses into the shadow and sizes them', () => {
  const { device, backend } = assign();
  assert.equal(readNumber(backend, CONFIG, 0x04, 2), 0);
  const cases = [
    [0x10, 0xffffc00c],
    [0x14, 0xffffffff],
    [0x18, 0],
    [0x1c, 0xffffffe1],
    [0x20, 0],
    [0x30, 0xffff0001],
  ];
  for (const [at, wanted] of cases) {
    writeNumber(device, CONFIG, at, 4, 0xffffffff);
    assert.equal(readNumber(device, CONFIG, at, 4), wanted, `register ${at}`);
  }
  // Across two registers and unaligned.
  device.writeRegion(CONFIG, 0x11, Uint8Array.of(0x40, 0x12, 0xfe, 1, 2));
  assert.equal(readNumber(device, CONFIG, 0x10, 4), 0xfe12400c);
  assert.equal(readNumber(device, CONFIG, 0x14, 4), 0xffff0201);
});

test('AssignedDevice answers in a region while Command decodes it and the function is not in D3hot', () => {
  const { device, backend } = assign();
  writeNumber(backend, 0, 0x10, 4, 0x12345678);
  writeNumber(backend, 3, 0, 4, 0x9abcdef0);
  const reads = () => [readNumber(device, 0, 0x10, 4), readNumber(device, 3, 0, 4)];
  assert.deepEqual(reads(), [0xffffffff, 0xffffffff]);
  writeNumber(device, 0, 0x10, 4, 0);
  writeNumber(device, CONFIG, 0x04, 2, 2);
  assert.deepEqual(reads(), [0x12345678, 0xffffffff]);
  writeNumber(device, CONFIG, 0x04, 2, 1);
  assert.deepEqual(reads(), [0xffffffff, 0x9abcdef0]);
  writeNumber(device, CONFIG, 0x04, 2, 3);
  writeNumber(device, CONFIG, 0x44, 2, 3);
  assert.deepEqual(reads(), [0xffffffff, 0xffffffff]);
});

test('AssignedDevice loses what the guest programmed on FLR, from D3hot to D0 and on a reset', () => {
  const ways: readonly (readonly [what: string, run: (device: AssignedDevice) => void])[] = [
    ['FLR', device => writeNumber(device, CONFIG, 0xa8, 2, 0x8010)],
    [
      'D3hot',
      device =>
        [3, 0].forEach(state => {
          writeNumber(device, CONFIG, 0x44, 2, state);
        }),
    ],
    ['reset', device => device.reset()],
  ];
  for (const [what, run] of ways) {
    const { device, backend, setups } = assign();
    const fresh = configOf(device);
    writeNumber(device, CONFIG, 0x10, 4, 0xfe000000);
    writeNumber(device, CONFIG, 0x04, 2, 6);
    writeNumber(device, CONFIG, 0x72, 2, 0x8000);
    writeNumber(device, 0, 0x100, 4, 7);
    run(device);
    assert.deepEqual(configOf(device), fresh, what);
    assert.equal(readNumber(backend, 0, 0x100, 4), 0, what);
    assert.deepEqual(setups, ['msix xxxx', 'intx -'], what);
  }
});

test('AssignedDevice tells which interrupts the guest asks for, once for each change', () => {
  const { device, setups } = assign();
  const steps: readonly (readonly [region: number, at: number, value: number, wanted: readonly string[]])[] = [
    [CONFIG, 0x04, 0x0002, []],
    [CONFIG, 0x04, 0x0402, ['none ']],
    [CONFIG, 0x52, 0x0021, ['msi ----']],
    [CONFIG, 0x60, 0x0005, ['msi x-x-']],
    [CONFIG, 0x52, 0x0000, ['none ']],
    [CONFIG, 0x72, 0xc000, ['msix xxxx']],
    [CONFIG, 0x72, 0x8000, []],
    [0, 0x100c, 0, ['msix -xxx']],
    [0, 0x1000, 0xfee00000 % 0x10000, []],
    [0, 0x102c, 0, ['msix -x-x']],
    [CONFIG, 0x72, 0xc000, ['msix xxxx']],
    [CONFIG, 0x72, 0x0000, ['none ']],
    [CONFIG, 0x04, 0x0002, ['intx -']],
  ];
  for (const [region, at, value, wanted] of steps) {
    setups.length = 0;
    writeNumber(device, region, at, 2, value);
    assert.deepEqual(setups, wanted, `${value} at ${at} of region ${region}`);
  }
});

test('AssignedDevice keeps the vector table to itself and the pending bits from writes, in accesses that run across them', () => {
  const { device, backend } = assign();
  writeNumber(device, CONFIG, 0x04, 2, 2);
  device.writeRegion(0, 0xffc, new Uint8Array(0x4c).fill(0xff));
  const below = new Uint8Array(0x4c);
  backend.readRegion(0, 0xffc, below);
  assert.deepEqual([...below], [...new Array(4).fill(0xff), ...new Array(0x40).fill(0), ...new Array(8).fill(0xff)]);
  const above = new Uint8Array(0x4c);
  device.readRegion(0, 0xffc, above);
  const entry = [...new Array(12).fill(0xff), 1, 0, 0, 0];
  assert.deepEqual([...above], [...new Array(4).fill(0xff), ...entry, ...entry, ...entry, ...entry, ...new Array(8).fill(0xff)]);
  device.writeRegion(0, 0x1ffc, new Uint8Array(16).fill(0xff));
  assert.equal(readNumber(device, 0, 0x2000, 4), 0);
  assert.equal(readNumber(device, 0, 0x2008, 4), 0xffffffff);
});

test('AssignedDevice hides what is masked: reads of 0 and no writes under airlock, registers that stay under qemu-11.1', () => {
  const strict = assign('airlock');
  assert.deepEqual(
    [0x100, 0x104, 0x144].map(at => readNumber(strict.device, CONFIG, at, 4)),
    [0, 0, 0],
  );
  writeNumber(strict.device, CONFIG, 0x144, 4, 0x12345678);
  assert.equal(readNumber(strict.backend, CONFIG, 0x144, 4), 0xffffffff);
  const loose = assign('qemu-11.1');
  assert.equal(readNumber(loose.device, CONFIG, 0x104, 4), 0x80000020);
  assert.equal(readNumber(loose.device, CONFIG, 0x144, 4), 0xffffffff);
  assert.equal(readNumber(assign('airlock', 'on').device, CONFIG, 0x104, 4), 0x80000020);
});

test('AssignedDevice carries shadow, vector table and backend to another one, and not to another view', () => {
  const [from, to] = [assign(), assign()];
  writeNumber(from.device, CONFIG, 0x10, 4, 0xfe000000);
  writeNumber(from.device, CONFIG, 0x04, 2, 6);
  writeNumber(from.device, CONFIG, 0x72, 2, 0x8000);
  writeNumber(from.device, 0, 0x100c, 1, 0);
  writeNumber(from.device, 0, 0x3ffc, 4, 0x12345678);
  const state = from.device.migration?.save() ?? new Uint8Array(0);
  to.device.migration?.load(state);
  assert.deepEqual(configOf(to.device), configOf(from.device));
  assert.equal(readNumber(to.device, 0, 0x3ffc, 4), 0x12345678);
  assert.deepEqual(to.setups, ['msix -xxx']);
  const other = assign('airlock', 'on').device;
  const before = configOf(other);
  assert.equal(
    errnoOf(() => other.migration?.load(state)),
    EINVAL,
  );
  assert.deepEqual(configOf(other), before);
});

test('AssignedDevice maps what the backend maps, but for the pages of the vector table', () => {
  const view = viewOf(device0);
  const replay = new ReplayBackend({ config: vfioBytes(view), regionSizes: SIZES });
  const mapping = { handle: { close() {} }, offset: 0, areas: [{ offset: 0, size: 0x4000 }] };
  const backend = Object.create(replay, {
    regions: { value: replay.regions.map((it, i) => (i === 0 ? { ...it, mapping } : it)) },
  }) as ReplayBackend;
  for (const method of ['readRegion', 'writeRegion'] as const)
    Object.defineProperty(backend, method, { value: replay[method].bind(replay) });
  const { regions } = new AssignedDevice({ backend, view });
  assert.deepEqual(regions[0].mapping?.areas, [
    { offset: 0, size: 0x1000 },
    { offset: 0x2000, size: 0x2000 },
  ]);
});

test('AssignedDevice refuses a backend whose config space is shorter than the view', () => {
  const view = viewOf(device0);
  const backend = new ReplayBackend({ config: buildConfigSpace({ vendorId: 1, deviceId: 1, classCode: 0 }) });
  assert.throws(() => new AssignedDevice({ backend, view }), /256 bytes of config space for a view of 4096/);
});
