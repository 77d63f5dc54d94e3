/** What properties and identities do to the guest's bytes and to the realize: real QEMU 11.1 and 10.0 over a real kernel, and the profiles of their names. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { formatHex, formatHexBytes } from '../../../src/pure/bytes/hex.ts';
import { parseConfigText } from '../../../src/pure/capture/index.ts';
import { guestBytes, PROFILES, type Realized, realize, settingsOf } from '../../../src/pure/guest-view/index.ts';
import { EXTENDED_SIZE } from '../../../src/pure/pci/config-space.ts';
import {
  type DriverName,
  effectiveProperties,
  judgedProperties,
  type PropertyAssignment,
  parsePropertyAssignment,
  propertyDeclarations,
  propertyEffect,
} from '../../../src/pure/qemu/index.ts';
import { hostIommu, optionsFor } from '../../fixtures/realize-with.ts';
import { missingBed, probeProgram } from '../bed.ts';
import { bootAhead } from '../boot-ahead.ts';
import { type InnerQemuOptions, type InnerQemuResult, runInnerQemus } from '../inner-qemu.ts';
import type { Probe } from '../kernel-stage.ts';
import { OPREGION, opRegion, propertyShapes } from './property-shapes.ts';
import { bootShapedHost, type ShapedHost } from './shaped-host.ts';

type Version = 'qemu-11.1' | 'qemu-10.0';

interface Run {
  readonly shape: string;
  readonly properties: readonly string[];
  readonly version: Version;
  readonly driver: DriverName;
}

const run = (shape: string, ...properties: string[]): Run => ({ shape, properties, version: 'qemu-11.1', driver: 'vfio-pci' });
const inOld = (shape: string, ...properties: string[]): Run => ({ ...run(shape, ...properties), version: 'qemu-10.0' });
const nohotplug = (shape: string, ...properties: string[]): Run => ({ ...run(shape, ...properties), driver: 'vfio-pci-nohotplug' });

const clique = (shape: string, ...more: string[]) => run(shape, 'x-nv-gpudirect-clique=5', ...more);
const vmd = (shape: string, deviceId = '0x201d') => run(shape, 'x-pci-vendor-id=0x8086', `x-pci-device-id=${deviceId}`);
const relocated = (shape: string, bar: string) => run(shape, `x-msix-relocation=${bar}`);

const RUNS: readonly Run[] = [
  ...['wide-bars', 'gpu', 'graphics'].map(shape => run(shape)),
  ...['gpu', 'gpu-c8', 'gpu-cc', 'gpu-hidden', 'gpu-full', 'narrow-bars'].map(shape => clique(shape)),
  clique('gpu', 'x-pci-vendor-id=0x1234'),
  clique('gpu', 'x-pci-class-code=0x040300'),
  { ...clique('gpu'), version: 'qemu-10.0' },
  ...['bar0', 'bar1', 'bar2', 'bar3', 'bar5', 'auto'].map(bar => relocated('wide-bars', bar)),
  ...['bar1', 'bar4'].map(bar => relocated('narrow-bars', bar)),
  relocated('gpu', 'bar2'),
  { ...relocated('wide-bars', 'bar2'), version: 'qemu-10.0' },
  ...['0x201d', '0x9a0b', '0xa77f'].map(id => vmd('vmd', id)),
  vmd('vmd-f4'),
  { ...vmd('vmd'), version: 'qemu-10.0' },
  ...['0x0102', '0x0412', '0x0a84', '0x9a49', '0xa780', '0x7d55', '0x56a0'].map(id => run('graphics', `x-pci-device-id=${id}`)),
  run('graphics', 'x-igd-opregion=off'),
  run('graphics', 'x-igd-gms=3'),
  run('graphics', 'x-igd-gms=3', 'x-pci-device-id=0x0412'),
  run('graphics', 'x-igd-legacy-mode=on'),
  run('graphics', 'x-igd-lpc=on'),
  run('graphics', 'x-pci-class-code=0x020000'),
  run('graphics-without-opregion'),
  run('graphics-without-opregion', 'x-igd-legacy-mode=on', 'x-igd-gms=3'),
  inOld('graphics'),
  inOld('graphics', 'x-igd-opregion=on'),
  inOld('graphics', 'x-igd-gms=3', 'x-pci-device-id=0x9a49'),
  inOld('graphics', 'x-igd-legacy-mode=on'),
  inOld('graphics-without-opregion'),
  inOld('graphics-without-opregion', 'x-igd-opregion=on'),
  run('wide-bars', 'x-balloon-allowed=on'),
  run('gpu', 'display=on'),
  run('wide-bars', 'xres=640'),
  run('wide-bars', 'x-vga=on'),
  run('gpu', 'failover_pair_id=x'),
  run('wide-bars', 'failover_pair_id=x', 'multifunction=on'),
  run('wide-bars', 'failover_pair_id=x'),
  run('wide-bars', 'rombar=0', 'romsize=131072'),
  nohotplug('gpu', 'ramfb=on'),
  nohotplug('gpu', 'x-ramfb-migrate=on'),
];

/** Values other than the default of all properties that leave the view as it is and can be set beside the test's own. */
function harmless(driver: DriverName): string[] {
  const own = new Set(['addr', 'busnr', 'fd', 'host', 'iommufd', 'sysfsdev']);
  const values: Readonly<Record<string, string>> = { 'vf-token': '12345678-1234-1234-1234-123456789abc' };
  const declarations = propertyDeclarations(driver);
  return judgedProperties(driver).flatMap(name => {
    const declaration = declarations.get(name);
    if (declaration === undefined || own.has(name) || propertyEffect(driver, name).changesView) return [];
    const { type, default: value } = declaration;
    if (type.name === 'bool') return [`${name}=${value === true ? 'off' : 'on'}`];
    if (type.name === 'OnOffAuto') return [`${name}=${value === 'on' ? 'off' : 'on'}`];
    return [`${name}=${values[name] ?? (type.name === 'size' ? '8192' : '5')}`];
  });
}

/** What differs: `0c8: QEMU 09, ours 00`. */
function differingBytes(theirs: Uint8Array, ours: Uint8Array): string[] {
  const byte = (bytes: Uint8Array, offset: number) => formatHexBytes(bytes.subarray(offset, offset + 1)) || 'nothing';
  return [...theirs.keys()]
    .filter(offset => theirs[offset] !== ours[offset])
    .map(offset => `${formatHex(offset, 3)}: QEMU ${byte(theirs, offset)}, ours ${byte(ours, offset)}`);
}

/** A function of 256 bytes reads as FFh beyond them. */
function wholeSpace(bytes: Uint8Array): Uint8Array {
  const whole = new Uint8Array(EXTENDED_SIZE).fill(0xff);
  whole.set(bytes);
  return whole;
}

function ourView({ config, regions }: Probe, { version, driver, properties }: Run): Realized {
  const size = (wanted: number) => Number(regions.find(({ index }) => index === wanted)?.size ?? 0);
  const device: PropertyAssignment[] = properties.map(parsePropertyAssignment);
  return realize(
    optionsFor(parseConfigText(config), {
      ...{
        bytes: 'vfio',
        profile: PROFILES[version],
        settings: settingsOf(effectiveProperties({ driver, profile: PROFILES[version], device })),
      },
      ...{ hostIommu: hostIommu('unsupported'), barSizes: [0, 1, 2, 3, 4, 5].map(size) },
    }),
  );
}

/** Our words, a failure last; what only we say is left out. */
function ourWords(realized: Realized): string[] {
  const said = realized.messages.filter(({ origin }) => origin === 'vmm').map(({ level, message }) => `${level}: ${message}`);
  return realized.outcome === 'failed' ? [...said, realized.error.message] : said;
}

/** QEMU's words about the device: without its address, and without what is only for information. A hint is on a line of its own. */
function theirWords({ messages, others }: InnerQemuResult, address: string): string[] {
  const said = messages.filter(line => !line.startsWith('info: ')).map(line => line.replace(`vfio ${address}: `, ''));
  return others.length > 0 && said.length > 0 ? [`${said.join()}: ${others.join()}`] : said;
}

/** The OpRegion in the VM's memory, which its kernel leaves alone. */
function opRegionArguments(folder: string): string[] {
  const path = join(folder, 'opregion');
  writeFileSync(path, opRegion());
  return ['-device', `loader,file=${path},addr=0x${OPREGION.toString(16)},force-raw=on`];
}

const folder = mkdtempSync(join(tmpdir(), 'airlock-opregion-'));
const skip = missingBed();
const booted =
  skip === false
    ? bootAhead(() =>
        bootShapedHost(propertyShapes, {
          devices: [],
          qemuArguments: opRegionArguments(folder),
          kernelArguments: [`memmap=64K$0x${OPREGION.toString(16)}`],
        }),
      )
    : null;

const nameOf = ({ shape, properties, version, driver }: Run): string =>
  `${version}${driver === 'vfio-pci' ? '' : ` ${driver}`}: ${shape} ${properties.join(',')}`.trim();

describe('properties of vfio-pci, devices that QEMU knows, and the profiles', { skip, timeout: 1_200_000 }, () => {
  let host: ShapedHost;
  const probes = new Map<string, Probe>();
  const results = new Map<Run, InnerQemuResult>();
  const addressOf = (shape: string): string => host.addresses.get(shape) ?? assert.fail(shape);

  const quiet = ['wide-bars', 'gpu', 'graphics'].map(shape => run(shape, ...harmless('vfio-pci')));

  function optionsOf({ shape, properties, version, driver }: Run): InnerQemuOptions {
    const program = version === 'qemu-10.0' ? { program: host.qemu10 } : {};
    if (driver !== 'vfio-pci' && driver !== 'vfio-pci-nohotplug') throw new RangeError(`${driver} is no device to assign`);
    return { address: addressOf(shape), machine: 'q35', backend: 'iommufd', driver, properties, ...program };
  }

  before(async () => {
    assert.ok(booted);
    host = await booted();
    await host.vm.copyIn(probeProgram(), '/usr/local/bin/probe');
    const waiting = Object.keys(propertyShapes);
    // A device is one QEMU's at a time; each waits for resets half of its time.
    const lane = async () => {
      for (let shape = waiting.shift(); shape !== undefined; shape = waiting.shift()) {
        probes.set(shape, JSON.parse(await host.vm.output(['probe', addressOf(shape)], { timeoutSeconds: 120 })));
        const own = [...RUNS, ...quiet].filter(other => other.shape === shape);
        for (const [index, result] of (await runInnerQemus(host.vm, own.map(optionsOf))).entries()) results.set(own[index], result);
      }
    };
    await Promise.all([lane(), lane(), lane(), lane()]);
  });
  after(async () => {
    await host?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  for (const one of RUNS) {
    it(nameOf(one), () => {
      const result = results.get(one) ?? assert.fail('was not run');
      const ours = ourView(probes.get(one.shape) ?? assert.fail(one.shape), one);
      assert.deepEqual(theirWords(result, addressOf(one.shape)), ourWords(ours));
      assert.equal(result.code === 0, ours.outcome === 'realized');
      if (ours.outcome !== 'failed')
        assert.deepEqual(differingBytes(result.guest ?? new Uint8Array(), wholeSpace(guestBytes(ours).bytes)), []);
    });
  }

  it('leaves every byte as it is for all properties at once of which nothing else is said', () => {
    for (const one of quiet) {
      assert.ok(one.properties.length > 20, one.properties.join());
      const plain = RUNS.find(({ shape, properties }) => shape === one.shape && properties.length === 0) ?? assert.fail(one.shape);
      const [without, beside] = [plain, one].map(each => results.get(each) ?? assert.fail('was not run'));
      assert.equal(beside.code, 0, beside.messages.join());
      assert.deepEqual(differingBytes(beside.guest ?? new Uint8Array(), without.guest ?? new Uint8Array()), []);
    }
  });
});
