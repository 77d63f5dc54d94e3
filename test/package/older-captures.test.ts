/** Captures of version 1, as Airlock wrote them: they are read, give what they gave, and what they lack is told. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Ajv } from 'ajv';
import {
  type Capture1,
  captureDevices,
  captureHostFacts,
  captureIommu,
  formatCapture,
  formatConfigText,
  parseCapture,
} from '../../src/pure/capture/index.ts';
import { airlock, ROOT } from './airlock.ts';

const folder = join(ROOT, 'test/fixtures/captures/version-1');
const names = readdirSync(folder);
const validate = new Ajv({ allErrors: true }).compile(JSON.parse(readFileSync(join(ROOT, 'schemas/capture-1.schema.json'), 'utf8')));

test('the package ships each capture that there was in version 1', () => {
  const shipped = readdirSync(join(ROOT, 'captures'));
  assert.equal(names.length, 7);
  assert.deepEqual(
    names.filter(name => !shipped.includes(name)),
    [],
  );
});

/** The same view but for what the ports above pass, which version 1 has not. */
function withoutPath(text: string): unknown {
  return JSON.parse(text, (key, value) => (key === 'endEndPrefixes' ? { ...value, host: null, guest: null } : value));
}

for (const name of names) {
  const text = readFileSync(join(folder, name), 'utf8');
  const old = JSON.parse(text) as Capture1;

  test(`${name} of version 1 is as its schema says`, () => {
    assert.equal(old.schemaVersion, 1);
    validate(old);
    assert.deepEqual(validate.errors, null);
  });

  test(`${name} of version 1 gives the devices that stand in it, and knows nothing besides`, () => {
    const capture = parseCapture(text);
    const devices = [...captureDevices(capture)];
    assert.equal(devices.length, old.devices.length);
    for (const [i, device] of old.devices.entries()) {
      const facts = devices[i];
      assert.ok(facts);
      const known = { address: facts.bdf?.text, config: formatConfigText(facts.config), description: facts.description };
      assert.deepEqual(known, { address: device.address, config: device.config, description: device.description });
      assert.equal(facts.vfio === null ? undefined : formatConfigText(facts.vfio), device.vfio);
      assert.deepEqual(
        facts.regions?.regions.map(({ index, size, kind }) => [index, size, kind]),
        device.bars?.map(({ index, size }) => [index, BigInt(size), null]),
      );
      assert.equal(facts.virtualFunction?.deviceId, device.virtualFunction && Number(device.virtualFunction.deviceId));
      const capabilities = facts.hostIommu?.report?.capabilities;
      assert.equal(capabilities, BigInt(device.iommu?.hwInfo?.capabilities ?? -1));
      const { driver, iommuGroup, cdev, bridges, checks } = facts.assignment ?? {};
      const group = { number: device.iommuGroup, type: null, members: null, file: null };
      assert.deepEqual([driver, iommuGroup, cdev, bridges, checks], [{ name: device.driver }, group, null, null, null]);
      assert.deepEqual([facts.above, facts.reportedAtomicOps], [null, null]);
    }
    const { kernel, architecture, id, time, kernelOptions, iommufd, noAts } = captureHostFacts(capture);
    assert.deepEqual([kernel, architecture, noAts], [old.host.kernel, old.host.architecture, old.host.noAts ?? null]);
    assert.deepEqual([id, time, kernelOptions, iommufd], [null, null, null, null]);
  });

  test(`${name} of version 1 gives the views that it gives in the current version, and tells what it lacks`, () => {
    const before = airlock(['view', join(folder, name), '--json']);
    const now = airlock(['view', join(ROOT, 'captures', name), '--json']);
    assert.deepEqual([before.status, now.status, now.stderr], [0, 0, '']);
    assert.deepEqual(withoutPath(before.stdout), withoutPath(now.stdout));
    assert.match(
      before.stderr,
      /^airlock: warning: .*: a capture of version 1, in which these are not known: .*; sudo airlock capture on that host tells\n$/,
    );
    const rewritten = airlock(['view', '-', '--json'], formatCapture(parseCapture(text)));
    assert.deepEqual([rewritten.stdout, rewritten.stderr], [before.stdout, '']);
  });
}

test('captureIommu of a capture of version 1 answers as that of the current version', () => {
  for (const name of names) {
    const answers = [folder, join(ROOT, 'captures')].map(path => {
      const capture = parseCapture(readFileSync(join(path, name), 'utf8'));
      return capture.devices.map(device => captureIommu(capture, device).atsSupport());
    });
    assert.deepEqual(answers[0], answers[1]);
  }
});
