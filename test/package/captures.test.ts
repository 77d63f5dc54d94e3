import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';
import { Ajv } from 'ajv';
import { formatHexBytes } from '../../src/pure/bytes/hex.ts';
import { type Capture, type CaptureDevice, captureIommu, parseCapture, parseConfigText } from '../../src/pure/capture/index.ts';
import { decideAts, PROFILES, realize, settingsOf } from '../../src/pure/guest-view/index.ts';
import { decodeHwInfo } from '../../src/pure/iommu/index.ts';
import { decodeDevice } from '../../src/pure/pci/index.ts';
import { effectiveProperties } from '../../src/pure/qemu/index.ts';
import { differingCaptures, makeCaptures } from '../../tools/make-captures.ts';
import { differingSchemas } from '../../tools/make-schemas.ts';
import { VM_CAPTURES } from '../../tools/make-vm-captures.ts';

const root = resolve(import.meta.dirname, '../..');
const folder = join(root, 'captures');
const names = readdirSync(folder).sort();
const read = (name: string) => [name, parseCapture(readFileSync(join(folder, name), 'utf8'))] as const;
const isSynthesised = (name: string) => name.startsWith('synthetic-');
const captures = new Map(names.filter(isSynthesised).map(read));
/** Made in VMs: emulated devices, a real kernel. What is in them is compared with a running VM by test/vm/on-shared-hosts/captures.test.ts. */
const vmCaptures = new Map(names.filter(name => !isSynthesised(name)).map(read));

const scratch = mkdtempSync(join(tmpdir(), 'airlock-captures-'));
after(() => rmSync(scratch, { recursive: true }));

function run(tool: string, ...args: string[]) {
  return spawnSync(process.execPath, ['--import', 'tsx', join(root, 'tools', tool), ...args], { cwd: root, encoding: 'utf8' });
}

test('make-captures and make-vm-captures make exactly the shipped captures', () => {
  assert.deepEqual(differingCaptures(), []);
  const made = [...makeCaptures().keys(), ...VM_CAPTURES.map(({ file }) => file)];
  assert.deepEqual(made.sort(), names);
  assert.ok(captures.size >= 3);
});

test('make-schemas makes the published schema', () => {
  assert.deepEqual(differingSchemas(), []);
});

for (const [tool, source, victim, differing] of [
  ['make-captures.ts', 'captures', 'synthetic-vtd-ats.json', differingCaptures],
  ['make-schemas.ts', 'schemas', 'capture.schema.json', differingSchemas],
] as const) {
  test(`${tool} --check ends with 0, and with 1 and the name where a file differs or is missing`, () => {
    const copy = join(scratch, source);
    cpSync(join(root, source), copy, { recursive: true });
    assert.equal(run(tool, '--check', copy).status, 0);
    writeFileSync(join(copy, victim), readFileSync(join(copy, victim), 'utf8').replace('1', '2'));
    const changed = run(tool, '--check', copy);
    assert.equal(changed.status, 1);
    assert.match(changed.stderr, new RegExp(`^\\S*${victim} is not as it is made now: run tools/${tool}\\n$`));
    rmSync(join(copy, victim));
    assert.deepEqual(differing(copy), [victim]);
    assert.equal(run(tool, copy).status, 0);
    assert.deepEqual(differing(copy), []);
  });
}

const validate = new Ajv({ allErrors: true }).compile(JSON.parse(readFileSync(join(root, 'schemas/capture.schema.json'), 'utf8')));

for (const name of names) {
  test(`capture.schema.json accepts ${name}, by a validator that is not ours`, () => {
    const isValid = validate(JSON.parse(readFileSync(join(folder, name), 'utf8')));
    assert.deepEqual(validate.errors, null);
    assert.ok(isValid);
  });
}

const BASE = { schemaVersion: 2, format: 'airlock-capture', host: {}, devices: [{ address: '0000:00:00.0', config: '8680' }] };
const device = (changes: object) => ({ ...BASE, devices: [{ ...BASE.devices[0], ...changes }] });

/** Values on which the parser and the published schema must agree. */
const VERDICTS: readonly (readonly [what: string, value: object, isValid: boolean])[] = [
  ['the least', BASE, true],
  ['unknown bytes', device({ config: '86??' }), true],
  ['wrong digits', device({ config: '86xx' }), false],
  ['an odd number of digits', device({ config: '868' }), false],
  ['4096 bytes', device({ config: '00'.repeat(4096) }), true],
  ['4097 bytes', device({ config: '00'.repeat(4097) }), false],
  ['a newer version', { ...BASE, schemaVersion: 3 }, false],
  ['an older version', { ...BASE, schemaVersion: 0 }, false],
  ['bits of bytes that are not known', device({ config: '86??', configBits: [{ at: '0x1', mask: '0f', value: '02' }] }), true],
  ['bits that are all known', device({ config: '86??', configBits: [{ at: '0x1', mask: 'ff', value: '02' }] }), false],
  ['a group as version 1 has it', device({ iommuGroup: 7 }), false],
  ['a time without a zone', { ...BASE, time: '2026-11-28T18:00:00' }, false],
  ['an id that is no hash', { ...BASE, host: { id: { from: 'machine-id', hash: 'node-7' } } }, false],
  ['another format', { ...BASE, format: 'x' }, false],
  ['no devices', { ...BASE, devices: undefined }, false],
  ['a wrong address', device({ address: '0000:00:20.0' }), false],
  ['a driver that is not bound', device({ driver: null }), true],
  ['an unknown backend', device({ iommu: { backend: 'x' } }), false],
  ['a BAR that there is not', device({ bars: [{ index: 7, size: '0x10' }] }), false],
];

for (const [what, value, isValid] of VERDICTS) {
  test(`capture.schema.json and parseCapture both ${isValid ? 'accept' : 'refuse'} ${what}`, () => {
    const text = JSON.stringify(value);
    assert.equal(validate(JSON.parse(text)), isValid);
    if (isValid) parseCapture(text);
    else assert.throws(() => parseCapture(text), { name: 'CaptureError' });
  });
}

const idsOf = (config: string) => decodeDevice(parseConfigText(config)).capabilities.map(({ name }) => name);

function realizeAuto(capture: Capture, { config, bars, virtualFunction: vf, ...rest }: CaptureDevice) {
  const barSizes = [0, 0, 0, 0, 0, 0, 0];
  for (const { index, size } of bars ?? []) barSizes[index] = Number(size);
  return realize({
    config: parseConfigText(config),
    bytes: 'host',
    profile: PROFILES['qemu-11.1'],
    settings: settingsOf(effectiveProperties({ profile: PROFILES['qemu-11.1'] })),
    hostIommu: captureIommu(capture, { config, ...rest }),
    placement: 'root-port',
    viommuPasid: true,
    barSizes,
    virtualFunction: vf === undefined ? null : { vendorId: Number(vf.vendorId), deviceId: Number(vf.deviceId) },
  });
}

for (const [name, capture] of captures) {
  const [gpu, nvme, nicVf] = capture.devices as [CaptureDevice, CaptureDevice, CaptureDevice];
  const expected = name.includes('-no-ats') ? 'unsupported' : 'supported';

  test(`${name} says that it is synthetic and holds three whole devices without a finding`, () => {
    assert.equal(capture.synthetic, true);
    assert.match(capture.host.kernel ?? '', /^7\.3/);
    assert.equal(capture.devices.length, 3);
    for (const { config, description } of capture.devices) {
      assert.equal(parseConfigText(config).knownLength, 4096);
      assert.deepEqual(decodeDevice(parseConfigText(config)).findings, []);
      assert.match(description ?? '', /not a real product/);
    }
  });

  test(`${name} holds a GPU-like device with what matters, an NVMe-like one, and a VF that says FFFFh`, () => {
    const wanted = ['ATS', 'PASID', 'PRI', 'ReBAR', 'SR-IOV', 'DVSEC', 'AER', 'ARI', 'DOE', 'PTM', 'LTR', 'L1 PM Substates'];
    for (const capability of wanted) assert.ok(idsOf(gpu.config).includes(capability), capability);
    assert.ok(idsOf(nvme.config).includes('MSI-X') && !idsOf(nvme.config).includes('ATS'));
    assert.equal(parseConfigText(nvme.config).read(0x08, 4)?.toString(16), '1080201');
    assert.equal(parseConfigText(nicVf.config).read(0x00, 4), 0xffffffff);
    assert.deepEqual(nicVf.virtualFunction, { vendorId: '0x1234', deviceId: '0xa103' });
  });

  test(`${name} reports ATS as ${expected} for the devices that have it, and no data that is not decoded`, () => {
    assert.equal(captureIommu(capture, gpu).atsSupport(), expected);
    assert.equal(captureIommu(capture, nicVf).atsSupport(), expected);
    // pci_ats_supported() is false for a device without the capability.
    assert.equal(captureIommu(capture, nvme).atsSupport(), 'unsupported');
    const report = captureIommu(capture, gpu).report;
    assert.ok(report);
    const decoded = decodeHwInfo(report);
    assert.ok(capture.host.iommus?.some(({ kind }) => kind === decoded.type));
    assert.ok(!formatHexBytes(report.data).match(/^0*$/));
    assert.equal(report.maxPasidLog2, 20);
  });

  test(`${name} realizes: every device under the default properties, its guest's ATS as the table says`, () => {
    for (const device of capture.devices) {
      const realized = realizeAuto(capture, device);
      assert.equal(realized.outcome, 'realized');
      if (realized.outcome !== 'realized') continue;
      const ats = realized.capabilities.find(({ kind, id }) => kind === 'extended' && id === 0x0f);
      const { result } = decideAts('auto', captureIommu(capture, device).atsSupport());
      if (idsOf(device.config).includes('ATS')) assert.equal(ats?.status, result === 'masked' ? 'hidden' : 'shown');
      else assert.equal(ats, undefined);
    }
  });
}

for (const [name, capture] of vmCaptures) {
  const expected = name === 'vm-intel-iotlb.json' ? 'supported' : 'unsupported';

  test(`${name} says where it comes from, and holds whole devices with vfio's bytes, without a finding`, () => {
    assert.equal(capture.synthetic, true);
    assert.match(capture.description ?? '', /^QEMU's .*, Linux 7\.3\.4 says: ATS /);
    assert.match(capture.host.kernel ?? '', /^7\.3\.4/);
    for (const { config, vfio, driver, description } of capture.devices) {
      assert.match(description ?? '', /^QEMU 11\.1\.3's .*; not hardware$/);
      assert.equal(driver, 'vfio-pci');
      assert.equal(parseConfigText(vfio ?? '').knownLength, 4096);
      assert.deepEqual(decodeDevice(parseConfigText(config)).findings, []);
    }
  });

  test(`${name} reports ATS as ${expected} for the device that has it, by a report that is decoded`, () => {
    for (const device of capture.devices) {
      const hasAts = idsOf(device.config).includes('ATS');
      const { report, atsSupport } = captureIommu(capture, device);
      // pci_ats_supported() is false for a device without the capability.
      assert.equal(atsSupport(), hasAts ? expected : 'unsupported');
      assert.ok(report);
      assert.ok(capture.host.iommus?.some(({ kind }) => kind === decodeHwInfo(report).type));
    }
    assert.equal(capture.devices.filter(({ config }) => idsOf(config).includes('ATS')).length, 1);
  });
}
