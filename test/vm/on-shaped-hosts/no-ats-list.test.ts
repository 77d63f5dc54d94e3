/** The list of devices whose ATS Linux never uses, against a Linux whose IOMMU can use the ATS of every other device. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type EndpointServer, serveDevice } from '../../../src/linux/unix-transport/index.ts';
import { ReplayBackend } from '../../../src/pure/device/index.ts';
import { expectNoAts, findNoAtsDevice, NO_ATS_DEVICES, noReportDevice } from '../../../src/pure/iommu/index.ts';
import { buildConfigSpace } from '../../../src/pure/pci/builder.ts';
import { hostIdentity } from '../../../src/pure/rules/pci-identity.ts';
import { missingBed } from '../bed.ts';
import { type HostVm, hostVm } from '../host-vm.ts';
import { runProbe } from '../run-probe.ts';
import { bindToVfio } from '../vfio.ts';
import type { Shape } from './served-shapes.ts';

interface Ids {
  readonly vendorId: number;
  readonly deviceId: number;
  readonly revisionId?: number;
  readonly subsystemVendorId?: number;
  readonly subsystemId?: number;
}

const RAVEN = { vendorId: 0x1002, deviceId: 0x15d8 };
const E2000 = { vendorId: 0x8086, deviceId: 0x1452 };

/** On the list as they stand there, but for the two whose revision or board decides; those come with what decides, and without. */
const DEVICES: readonly Ids[] = [
  ...NO_ATS_DEVICES.flatMap(({ vendorId, deviceIds, boards }) =>
    boards === null ? deviceIds.map(deviceId => ({ vendorId, deviceId })) : [],
  ),
  ...[0xce19, 0xcc10, 0xcc08].map(subsystemId => ({ ...RAVEN, revisionId: 0xcf, subsystemVendorId: 0xea50, subsystemId })),
  { ...RAVEN, revisionId: 0xcf, subsystemVendorId: 0xea50, subsystemId: 0xcc09 },
  { ...RAVEN, revisionId: 0xcf, subsystemVendorId: 0x1043, subsystemId: 0xcc08 },
  { ...RAVEN, revisionId: 0xce, subsystemVendorId: 0xea50, subsystemId: 0xcc08 },
  { ...E2000, revisionId: 0x1f },
  { ...E2000, revisionId: 0x20 },
  { vendorId: 0x1002, deviceId: 0x7350 },
  { vendorId: 0x1af5, deviceId: 0x731f },
];

/** The indexes of those that the kernel is also asked about through iommufd: by its id, by its revision, by its board, and not at all. */
const ASKED: readonly number[] = [
  DEVICES.findIndex(({ deviceId }) => deviceId === 0x731f),
  ...DEVICES.flatMap(({ deviceId, revisionId }, i) => (deviceId === E2000.deviceId && revisionId !== undefined ? [i] : [])),
  DEVICES.findIndex(({ subsystemId }) => subsystemId === 0xcc08),
  DEVICES.findIndex(({ subsystemId }) => subsystemId === 0xcc09),
];

const ATS_NOT_SUPPORTED = 8n;

function shapeOf(ids: Ids): Shape {
  const config = buildConfigSpace({
    // Of no class that a driver takes by itself.
    ...{ classCode: 0xff0000, bars: [0], ...ids },
    standard: [{ id: 0x10, body: `0200${'00'.repeat(0x38)}` }],
    extended: [{ id: 0x0f, body: '20000000' }],
  });
  return { config, regionSizes: [0x1000, 0, 0, 0, 0, 0, 0] };
}

const shapes = DEVICES.map(shapeOf);
const FIRST_SLOT = 0x14;
const slot = (index: number): string => `${(FIRST_SLOT + (index >> 3)).toString(16)}.${index & 7}`;

function deviceArguments(folder: string): string[] {
  // Without caching mode QEMU refuses to watch what a served device may reach.
  const words = ['-device', 'intel-iommu,intremap=on,device-iotlb=on,caching-mode=on'];
  for (const index of DEVICES.keys()) {
    const port = { driver: 'pcie-root-port', id: `p${index}`, bus: 'pcie.0', addr: slot(index), chassis: index + 1, multifunction: true };
    const device = { driver: 'vfio-user-pci', bus: port.id, socket: { type: 'unix', path: join(folder, `${index}.sock`) } };
    words.push('-device', JSON.stringify(port), '-device', JSON.stringify(device));
  }
  return words;
}

const skip = missingBed();

describe("Linux's list of devices whose ATS it never uses", { skip, timeout: 600_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'airlock-no-ats-'));
  // All in this thread: each is asked for little.
  const servers: EndpointServer[] = [];
  let vm: HostVm;

  before(async () => {
    for (const [index, shape] of shapes.entries()) servers.push(serveDevice(new ReplayBackend(shape), join(folder, `${index}.sock`)));
    vm = await hostVm({ iommu: 'none', devices: [], qemuArguments: deviceArguments(folder), bootSeconds: 400 });
  });
  after(async () => {
    await vm?.close();
    await Promise.all(servers.map(server => server.close()));
    rmSync(folder, { recursive: true, force: true });
  });

  /** Addresses by device. */
  async function addresses(): Promise<string[]> {
    const script = [...DEVICES.keys()].map(index => `ls -d /sys/bus/pci/devices/0000:00:${slot(index)}/????:??:??.?`).join(';');
    return (await vm.output(script))
      .trim()
      .split('\n')
      .map(path => path.slice(path.lastIndexOf('/') + 1));
  }

  it('is what the kernel says when it finds the devices', async () => {
    const log = await vm.output('dmesg');
    const told = (await addresses()).map(address => log.includes(`pci ${address}: disabling ATS`));
    const listed = shapes.map(({ config }) => findNoAtsDevice(hostIdentity(config, null))?.isSure === true);
    assert.deepEqual(told, listed);
    assert.ok(told.includes(true) && told.includes(false));
  });

  it('is what the kernel reports through iommufd', async () => {
    const all = await addresses();
    for (const index of ASKED) {
      const address = all[index] ?? '';
      await bindToVfio(vm, address);
      const { hwInfo } = await runProbe(vm, address);
      const expected = expectNoAts(hostIdentity(shapes[index].config, null), noReportDevice(vm.release));
      const isUnsupported = (BigInt(hwInfo.capabilities) & ATS_NOT_SUPPORTED) !== 0n;
      assert.equal(isUnsupported, expected?.code === 'ats.quirk.expected-unsupported' && expected.isSure, JSON.stringify(DEVICES[index]));
    }
  });
});
