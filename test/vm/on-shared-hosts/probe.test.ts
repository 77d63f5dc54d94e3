/** `airlock probe` and `airlock capture` in the host VM against probe.c, which asks the same kernel by its headers alone. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type AirlockRun, airlockInVm } from '../airlock-runs.ts';
import { missingBed, probeProgram } from '../bed.ts';
import { bootAhead } from '../boot-ahead.ts';
import { type DeviceSpec, igb, standardDevices, virtioNetWithAts, vmxnet3 } from '../devices.ts';
import { hostVm } from '../host-vm.ts';
import { packedAirlock } from '../packed-airlock.ts';
import { ATS_NOT_SUPPORTED, answerOf, expectedOf, FLAG_MMAP, foundIn, hex, type Reference, reference } from '../probe-answers.ts';
import type { Iommu } from '../qemu-command.ts';
import { type StandardHost, shareHosts } from '../shared-hosts.ts';
import { bindToVfio, setUnsafeInterrupts } from '../vfio.ts';

const skip = missingBed();
// Each for a describe of its own.
const hosts = skip === false ? shareHosts() : null;
const others = skip === false ? shareHosts() : null;

/** Nothing but one message, and exit code 2. */
function assertRefused({ stdout, stderr, code }: AirlockRun, message: RegExp): void {
  assert.equal(stdout, '');
  assert.match(stderr, message);
  assert.equal(code, 2);
}

/** A VM with our package. */
async function boot(iommu: Iommu, devices: readonly DeviceSpec[]): Promise<StandardHost & AsyncDisposable> {
  const vm = await hostVm({ iommu, devices, package: packedAirlock() });
  try {
    const addresses = await Promise.all(devices.map(async ({ name }) => [name, await vm.address(name)] as const));
    return { vm, addresses: new Map(addresses), [Symbol.asyncDispose]: () => vm.close() };
  } catch (error) {
    await vm.close();
    throw error;
  }
}

/** Every device by both programs, neither of which attaches an address space. */
async function assertSame({ vm, addresses }: StandardHost): Promise<Map<string, Reference>> {
  await vm.copyIn(probeProgram(), '/usr/local/bin/probe');
  const references = new Map<string, Reference>();
  for (const [name, address] of addresses) references.set(name, await reference(vm, address, '--bound'));
  const runs = await airlockInVm(
    vm,
    [...addresses.values()].map(address => ['probe', address, '--json']),
  );
  for (const [index, [name, expected]] of [...references].entries()) {
    const answer = answerOf(runs[index]);
    assert.ok(expected.hwInfo !== undefined);
    assert.deepEqual(foundIn(answer), expectedOf(expected), name);
    const unsupported = (BigInt(expected.hwInfo.capabilities) & ATS_NOT_SUPPORTED) !== 0n;
    assert.equal(answer.ats.answer, unsupported ? 'unsupported' : 'supported', name);
  }
  return references;
}

describe('airlock on intel-iommu with a device IOTLB', { skip }, () => {
  let host: StandardHost;
  let references: Map<string, Reference>;

  before(async () => {
    assert.ok(hosts);
    host = await hosts.standard();
    for (const address of host.addresses.values()) await bindToVfio(host.vm, address);
  });
  after(() => hosts?.release());

  it('airlock probe --json equals what probe.c reports, for every device', async () => {
    references = await assertSame(host);
    const reports = [...references].map(([name, { hwInfo }]) => [name, hwInfo?.dataType, hwInfo?.capabilities]);
    // The kernel's answer is one about the device: without an ATS capability ATS is not supported.
    assert.deepEqual(
      reports,
      standardDevices.map(({ name }) => [name, 1, name === 'virtio-net' ? '0x0' : '0x8']),
    );
    for (const [name, { config, hwInfo }] of references) assert.deepEqual([config.length, hwInfo?.data.length], [8192, 48], name);
    const mappable = [...references.values()].flatMap(({ regions }) => regions.filter(({ flags = 0 }) => (flags & FLAG_MMAP) !== 0));
    assert.ok(mappable.length >= standardDevices.length);
  });

  it('airlock capture holds the same bytes and the same HW_INFO', async () => {
    const { vm, addresses } = host;
    const [run] = await airlockInVm(vm, [['capture', ...addresses.values(), '--include-serials', '--include-addresses']]);
    assert.deepEqual([run.stderr, run.code], ['', 0]);
    const { devices } = JSON.parse(run.stdout) as { devices: Record<'address' | 'config' | 'vfio' | 'iommu', unknown>[] };
    const found = devices.map(({ address, config, vfio, iommu }) => ({ address, config, vfio, iommu }));
    const expected = [...addresses.values()].map(async address => {
      const { config, hardware, hwInfo } = await reference(vm, address);
      assert.ok(hwInfo !== undefined);
      const { dataType, data, capabilities, maxPasidLog2 } = hwInfo;
      const iommu = { backend: 'iommufd', hwInfo: { type: hex(dataType), data, capabilities, maxPasidLog2 } };
      return { address, config: hardware, vfio: config, iommu };
    });
    assert.deepEqual(found, await Promise.all(expected));
    // ATS Control: the host enables ATS in a device with an address space attached, as a capture has it.
    const control = (bytes: unknown) => String(bytes).slice(2 * 0x104, 2 * 0x108);
    const bound = references.get('virtio-net');
    assert.deepEqual([control(found[0].vfio), control(bound?.config)], ['20000080', '20000000']);
  });

  it('airlock probe --backend legacy --json equals what probe.c reports through the group', async () => {
    const address = host.addresses.get('virtio-net') ?? '';
    const expected = await reference(host.vm, address, '--legacy');
    const [run] = await airlockInVm(host.vm, [['probe', address, '--backend', 'legacy', '--json']]);
    const answer = answerOf(run);
    assert.deepEqual(foundIn(answer), expectedOf(expected));
    assert.deepEqual([answer.backend, answer.hwInfo, answer.ats.answer], ['legacy', null, 'unreported']);
    assert.match(answer.path, /^\/dev\/vfio\/\d+$/);
  });

  it('airlock bind, probe and view refuse a root port and say why', async () => {
    const port = '0000:00:08.0';
    const commands = ['bind', 'probe', 'view'].map(command => [command, port]);
    const [bind, probe, view] = await airlockInVm(host.vm, commands);
    const refusal = `airlock: refused: ${port} is a bridge, which is never assigned; wanted an endpoint (kind.bridge)\n`;
    assert.deepEqual(bind, { code: 1, stdout: '', stderr: refusal });
    assertRefused(probe, /^airlock: Cannot open 0000:00:08\.0: a bridge, which is never assigned; wanted an endpoint\n$/);
    assert.equal(view.code, 1);
    const words = view.stdout.replaceAll(/\s+/g, ' ');
    assert.match(words, /realize fails: vfio-pci does not take a function of header type 1: wanted type 0, not a bridge/);
  });
});

describe('airlock on other IOMMUs', { skip }, () => {
  const [withAts, withoutAts] = [virtioNetWithAts, vmxnet3];
  const bootedAmd = skip === false ? bootAhead(() => boot('amd-no-iotlb', [withAts, withoutAts])) : null;
  const bootedWithout = skip === false ? bootAhead(() => boot('none', [withAts])) : null;

  after(() => others?.release());

  async function assertBoth(host: StandardHost, ...expected: unknown[]): Promise<void> {
    const found = [...(await assertSame(host)).values()];
    const reports = found.map(({ hwInfo }) => [hwInfo?.dataType, hwInfo?.capabilities, hwInfo?.maxPasidLog2]);
    assert.deepEqual(reports, [expected, expected]);
  }

  it('amd-no-iotlb: airlock probe --json equals what probe.c reports', async () => {
    assert.ok(bootedAmd);
    const host = await bootedAmd();
    await using vm = host.vm;
    for (const address of host.addresses.values()) await bindToVfio(vm, address);
    await setUnsafeInterrupts(vm, true);
    await assertBoth(host, 4, '0x8', 0);
  });

  const rows = [
    ['intel-no-iotlb', 1],
    ['amd', 4],
  ] as const;
  for (const [iommu, type] of rows) {
    it(`${iommu}: airlock probe --json equals what probe.c reports`, async () => {
      assert.ok(others);
      const { vm, addresses } = await others.get(iommu);
      const both = [withAts.name, igb.name] as const;
      await assertBoth({ vm, addresses: new Map(both.map(name => [name, addresses[name as keyof typeof addresses]])) }, type, '0x8', 0);
      if (iommu !== 'amd') return;
      // The same host as it boots: without interrupt remapping that the kernel trusts, nobody may bind to iommufd.
      const address = addresses['virtio-net'];
      await setUnsafeInterrupts(vm, false);
      const [runs, plain] = await Promise.all([airlockInVm(vm, [['probe', address, '--json']]), vm.run(['probe', address])]).finally(() =>
        setUnsafeInterrupts(vm, true),
      );
      const [refused] = runs;
      assertRefused(
        refused,
        /^airlock: Cannot bind .*EPERM, .*switch interrupt remapping on, or take the risk with iommufd\.allow_unsafe_interrupts=1/,
      );
      assert.equal(JSON.parse(plain.stdout).error.name, 'EPERM');
    });
  }

  it('no IOMMU: vfio-pci does not take the device, and airlock says that none stands behind it', async () => {
    assert.ok(bootedWithout);
    await using host = await bootedWithout();
    const { vm, addresses } = host;
    const address = addresses.get(withAts.name) ?? '';
    await assert.rejects(bindToVfio(vm, address), /no driver has it/);
    await vm.copyIn(probeProgram(), '/usr/local/bin/probe');
    const plain = await vm.run(['probe', address]);
    assert.deepEqual([plain.code, JSON.parse(plain.stdout).error.name], [1, 'ENOENT']);
    const [refused] = await airlockInVm(vm, [['probe', address, '--json']]);
    assertRefused(refused, /^airlock: Cannot open 0000:01:00\.0: no IOMMU, wanted one that stands behind it: airlock doctor\n$/);
  });
});
