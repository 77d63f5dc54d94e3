/** The captures of VMs that the package ships: they are what a VM gives now, and a view of one is a view of the live device. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { captureArguments, VM_CAPTURES, type VmCapture, vmCapture } from '../../../tools/make-vm-captures.ts';
import { type AirlockRun, airlockHere, airlockInVm } from '../airlock-runs.ts';
import { missingBed } from '../bed.ts';
import { shareHosts } from '../shared-hosts.ts';

const skip = missingBed();
const hosts = skip === false ? shareHosts('amd') : null;
const folder = resolve(import.meta.dirname, '../../../captures');

/** Under which the views of live device and capture are compared. */
const VARIANTS: readonly (readonly string[])[] = [['--json'], ['--json', '--profile', 'qemu-11.1', '--backend', 'legacy', '--ats', 'on']];

/** Text says where the device comes from between its heading and the profile; that alone may differ. JSON does not say it. */
const withoutOrigin = (text: string) => text.replace(/(?<=^.*\n)(?: {2}(?!profile ).*\n)*(?= {2}profile )/, '');

interface Measured {
  readonly capture: AirlockRun;
  /** By device, then by variant; the last is text. */
  readonly views: ReadonlyMap<string, readonly AirlockRun[]>;
}

const EXPLAIN = ['--explain'];
const VIEWS = [...VARIANTS, EXPLAIN];

async function measure(wanted: VmCapture): Promise<Measured> {
  assert.ok(hosts);
  const host = await hosts.get(wanted.iommu);
  const addresses = wanted.devices.map(name => host.addresses[name]);
  const views = addresses.flatMap(address => VIEWS.map(options => ['view', address, ...options]));
  const [capture, ...runs] = await airlockInVm(host.vm, [captureArguments(wanted, host), ...views]);
  assert.ok(capture);
  const byAddress = addresses.map((address, at) => [address, runs.slice(at * VIEWS.length, (at + 1) * VIEWS.length)] as const);
  return { capture, views: new Map(byAddress) };
}

describe('captures/vm-*.json', { skip }, () => {
  const scratch = mkdtempSync(join(tmpdir(), 'airlock-vm-captures-'));
  let measured = new Map<string, Measured>();
  before(async () => {
    // Two at once, as the test bed has processors for.
    const [last, ...first] = VM_CAPTURES.toReversed();
    const measureAll = (wanted: readonly VmCapture[]) =>
      Promise.all(wanted.map(async capture => [capture.file, await measure(capture)] as const));
    measured = new Map([...(await measureAll(first)), ...(await measureAll(last === undefined ? [] : [last]))]);
  });
  after(async () => {
    rmSync(scratch, { recursive: true });
    await hosts?.release();
  });

  for (const wanted of VM_CAPTURES) {
    const { file } = wanted;
    it(`${file} is what tools/make-vm-captures.ts makes now, byte for byte`, () => {
      const { capture } = measured.get(file) ?? {};
      assert.deepEqual([capture?.code, capture?.stderr], [0, '']);
      assert.equal(vmCapture(wanted, capture?.stdout ?? ''), readFileSync(join(folder, file), 'utf8'));
    });

    it(`${file}: airlock view of the capture, on this machine, equals airlock view of the live device`, () => {
      const { capture, views = new Map<string, AirlockRun[]>() } = measured.get(file) ?? {};
      assert.equal(views.size, wanted.devices.length);
      const fresh = join(scratch, file);
      writeFileSync(fresh, capture?.stdout ?? '');
      for (const path of [fresh, join(folder, file)]) {
        for (const [address, live] of views) {
          const here = airlockHere(VIEWS.map(options => ['view', path, '-s', address, ...options]));
          for (const [index, options] of VIEWS.entries()) {
            const [left, right] = [here[index], live[index]];
            assert.ok(left && right);
            const what = `${address} ${options.join(' ')}`;
            assert.deepEqual([left.code, left.stderr], [right.code, right.stderr], what);
            if (options === EXPLAIN) assert.equal(withoutOrigin(left.stdout), withoutOrigin(right.stdout), what);
            else assert.deepEqual(JSON.parse(left.stdout), JSON.parse(right.stdout), what);
          }
        }
      }
    });
  }

  it('airlock view of the live device through its own process equals the driver of these tests', async () => {
    assert.ok(hosts);
    const { vm, addresses } = await hosts.get('intel');
    const { code, stdout, stderr } = await vm.run(['airlock', 'view', addresses['virtio-net'], '--json'], { timeoutSeconds: 120 });
    const [driven] = measured.get('vm-intel-iotlb.json')?.views.get(addresses['virtio-net']) ?? [];
    assert.deepEqual({ code, stdout, stderr }, driven);
  });
});
