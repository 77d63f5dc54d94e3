/** Profile qemu-10.0 is what QEMU 10.0 does, and the kernel stage what the kernel does: on QEMU's devices and on devices of our own shapes. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { formatHex, formatHexBytes } from '../../../src/pure/bytes/hex.ts';
import { parseConfigText } from '../../../src/pure/capture/index.ts';
import { guestBytes, PROFILES, type Realized, realize, settingsOf, vfioBytes } from '../../../src/pure/guest-view/index.ts';
import { EXTENDED_SIZE } from '../../../src/pure/pci/config-space.ts';
import { walkExtended } from '../../../src/pure/pci/walk.ts';
import { effectiveProperties, PropertyError } from '../../../src/pure/qemu/index.ts';
import { hostIommu, optionsFor } from '../../fixtures/realize-with.ts';
import { airlockHere } from '../airlock-runs.ts';
import { missingBed, probeProgram } from '../bed.ts';
import { bootAhead } from '../boot-ahead.ts';
import { standardDevices } from '../devices.ts';
import { type InnerQemuResult, runInnerQemus } from '../inner-qemu.ts';
import { type Probe, predictView } from '../kernel-stage.ts';
import { servedShapes } from './served-shapes.ts';
import { bootShapedHost, type ShapedHost } from './shaped-host.ts';

const NAMES = [...standardDevices.map(({ name }) => name), ...Object.keys(servedShapes)];
const ATS = 0x0f;
const HEADER_END = 0x40;

/** Devices with ATS, which the kernel says is unsupported here. */
const WITH_ATS = ['virtio-net', 'accelerator', 'downwards', 'before-hidden', 'abutting', 'hidden-ends'];

interface Refusal {
  readonly property: string;
  readonly value: string;
  /** Whether a realize refuses it, rather than the table of properties. */
  readonly realizes: boolean;
}

/** One run each on the first device. */
const REFUSED: readonly Refusal[] = [
  { property: 'ats', value: 'on', realizes: false },
  { property: 'x-vpasid-cap-offset', value: '0x200', realizes: false },
  { property: 'x-pci-class-code', value: '0x123456', realizes: false },
  { property: 'x-pci-vendor-id', value: '0xffff', realizes: true },
];

interface Measured {
  readonly probe: Probe;
  readonly qemu: InnerQemuResult;
}

/** What differs: `043: 7e, predicted fe`. */
function formatDifferences(got: Uint8Array, predicted: Uint8Array): string[] {
  const offsets = Array.from({ length: Math.max(got.length, predicted.length) }, (_, at) => at);
  const byte = (bytes: Uint8Array, at: number) => (at < bytes.length ? formatHexBytes(bytes.subarray(at, at + 1)) : 'nothing');
  return offsets
    .filter(at => got[at] !== predicted[at])
    .map(at => `${formatHex(at, 3)}: ${byte(got, at)}, predicted ${byte(predicted, at)}`);
}

/** The view of vfio's bytes, in-process. */
function realizeProbed({ config, regions }: Probe, property?: { name: string; value: string }): Realized {
  const size = (wanted: number) => Number(regions.find(({ index }) => index === wanted)?.size ?? 0);
  const properties = effectiveProperties({ profile: PROFILES['qemu-10.0'], device: property === undefined ? [] : [property] });
  return realize(
    optionsFor(parseConfigText(config), {
      ...{ bytes: 'vfio', profile: PROFILES['qemu-10.0'], settings: settingsOf(properties) },
      ...{ hostIommu: hostIommu('unsupported'), barSizes: [0, 1, 2, 3, 4, 5].map(size) },
    }),
  );
}

/** Our words for a property that is refused. */
function ourRefusal(probe: Probe, { property: name, value }: Refusal): string {
  try {
    const realized = realizeProbed(probe, { name, value });
    return realized.outcome === 'failed' ? realized.error.message : 'realizes';
  } catch (error) {
    if (error instanceof PropertyError) return error.message;
    throw error;
  }
}

const skip = missingBed();
const booted = skip === false ? bootAhead(() => bootShapedHost(servedShapes)) : null;

describe('QEMU 10.0 and profile qemu-10.0', { skip }, () => {
  let host: ShapedHost;
  const measured = new Map<string, Measured>();
  const refused = new Map<string, InnerQemuResult>();

  const get = (name: string): Measured => {
    const found = measured.get(name);
    assert.ok(found, `${name} was not measured`);
    return found;
  };
  const addressOf = (name: string): string => host.addresses.get(name) ?? assert.fail(name);
  const run = (runs: readonly { readonly name: string; readonly properties: readonly string[] }[]): Promise<InnerQemuResult[]> =>
    runInnerQemus(
      host.vm,
      runs.map(({ name, properties }) => ({
        ...{ address: addressOf(name), machine: 'q35', backend: 'iommufd', program: host.qemu10, properties },
      })),
    );
  const measure = async (names: readonly string[]): Promise<void> => {
    const probes: Probe[] = [];
    for (const name of names) probes.push(JSON.parse(await host.vm.output(['probe', addressOf(name)], { timeoutSeconds: 120 })));
    const results = await run(names.map(name => ({ name, properties: [] })));
    for (const [index, name] of names.entries()) measured.set(name, { probe: probes[index], qemu: results[index] });
  };

  before(async () => {
    assert.ok(booted);
    host = await booted();
    await host.vm.copyIn(probeProgram(), '/usr/local/bin/probe');
    const [first, ...others] = NAMES;
    const refusals = async () => {
      await measure([first]);
      const results = await run(REFUSED.map(({ property, value }) => ({ name: first, properties: [`${property}=${value}`] })));
      for (const [index, { property }] of REFUSED.entries()) refused.set(property, results[index]);
    };
    // Beside each other, since each waits for resets half of its time.
    const half = others.length / 2;
    await Promise.all([measure(others.slice(0, half)), measure(others.slice(half)), refusals()]);
  });
  after(async () => {
    await host?.[Symbol.asyncDispose]();
  });

  for (const name of NAMES) {
    it(`${name}: the guest's 4096 bytes and QEMU's words are those of realize()`, () => {
      const { probe, qemu } = get(name);
      const realized = realizeProbed(probe);
      assert.deepEqual([qemu.code, qemu.messages, qemu.others], [0, [], []]);
      assert.ok(realized.outcome === 'realized' && qemu.guest !== null);
      // QEMU says nothing of any of them; where it shows ATS that cannot be used, we do.
      const told = realized.messages.map(({ origin, code }) => `${origin} ${code}`);
      assert.deepEqual(told, WITH_ATS.includes(name) ? ['airlock ats.shown.kernel-unsupported'] : []);
      // Beyond the end of a function FFh is read.
      const expected = new Uint8Array(EXTENDED_SIZE).fill(0xff);
      expected.set(guestBytes(realized).bytes);
      assert.deepEqual(formatDifferences(qemu.guest, expected), []);
      const hasAts = walkExtended(guestBytes(realized)).capabilities.some(({ id }) => id === ATS);
      assert.equal(hasAts, WITH_ATS.includes(name));
    });

    it(`${name}: the kernel's bytes are those predicted from the hardware's`, () => {
      const { probe } = get(name);
      const { bytes } = vfioBytes(predictView(parseConfigText(probe.hardware), null, 'qemu-10.0'));
      assert.deepEqual(formatDifferences(parseConfigText(probe.config).bytes, bytes), []);
    });
  }

  it('served shapes reach the kernel as hardware with their own capabilities', () => {
    for (const [name, { config }] of Object.entries(servedShapes)) {
      const hardware = parseConfigText(get(name).probe.hardware).bytes;
      // Below the header the outer QEMU changes ReBAR, MSI and what it hides; identity is the shape's.
      assert.deepEqual(hardware.slice(0, 4), config.bytes.slice(0, 4), name);
      assert.ok(hardware.subarray(HEADER_END).some(byte => byte !== 0));
    }
  });

  for (const refusal of REFUSED) {
    const { property, value, realizes } = refusal;
    it(`${property}=${value} is refused in QEMU's words`, () => {
      const { code, messages } = refused.get(property) ?? assert.fail(property);
      const words = ourRefusal(get(NAMES[0]).probe, refusal);
      assert.deepEqual([code, messages], [1, [realizes ? `vfio ${addressOf(NAMES[0])}: ${words}` : words]]);
    });
  }

  it('airlock view --bytes vfio --profile qemu-10.0 gives the same bytes, and refuses ats', () => {
    const folder = mkdtempSync(join(tmpdir(), 'airlock-qemu-10-view-'));
    try {
      const { probe, qemu } = get('accelerator');
      const path = join(folder, 'accelerator.bin');
      writeFileSync(path, parseConfigText(probe.config).bytes);
      const words = ['view', path, '--bytes', 'vfio', '--profile', 'qemu-10.0', '--hw-caps', '0x8'];
      const [view, wrong] = airlockHere([
        [...words, '--json'],
        [...words, '--ats', 'on'],
      ]);
      const { guest, warnings } = JSON.parse(view?.stdout ?? '').devices[0];
      assert.equal(guest, Buffer.from(qemu.guest ?? []).toString('hex'));
      assert.deepEqual(
        warnings.map(({ code }: { code: string }) => code),
        ['ats.shown.kernel-unsupported'],
      );
      assert.equal(wrong?.code, 2);
      assert.match(wrong?.stderr ?? '', /Property 'vfio-pci\.ats' not found/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
