/** The kernel's stage against a real kernel: vfio's bytes are those predicted from the hardware's, and so is what each write becomes. */
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { formatHex, formatHexBytes } from '../../../src/pure/bytes/hex.ts';
import { parseConfigText } from '../../../src/pure/capture/index.ts';
import { type GuestView, PROFILES, realize, vfioBytes } from '../../../src/pure/guest-view/index.ts';
import { ConfigSpace } from '../../../src/pure/pci/config-space.ts';
import { applyPatch, type Patch } from '../../../src/pure/rules/patch.ts';
import { optionsFor } from '../../fixtures/realize-with.ts';
import { missingBed, probeProgram } from '../bed.ts';
import { bootAhead } from '../boot-ahead.ts';
import {
  conventionalDevices,
  type DeviceSpec,
  nvmeWithDoe,
  nvmeWithSriovAndDoe,
  standardDevices,
  virtioNetWithAer,
  xhciWithMsi,
} from '../devices.ts';
import { type HostVm, hostVm } from '../host-vm.ts';
import {
  type BitRow,
  bitsOf,
  findMismatches,
  type Measured,
  type Mismatch,
  measure,
  offsetsOf,
  type Place,
  type Probe,
  predictView,
  showWrites,
} from '../kernel-stage.ts';
import { bindToVfio } from '../vfio.ts';

const VF = 'nvme-vf';

function devicesWith(port: number): readonly DeviceSpec[] {
  const doe = [nvmeWithDoe(port), nvmeWithSriovAndDoe(port)];
  return [...standardDevices, ...doe, virtioNetWithAer, xhciWithMsi, ...conventionalDevices];
}

const NAMES = [VF, ...devicesWith(0).map(({ name }) => name)];

const ALL = 0xffffffff;
const PM = 0x01;
const MSI = 0x05;
const VENDOR = 0x09;
const EXPRESS = 0x10;
const MSIX = 0x11;
const AER = 0x01;
const ATS = 0x0f;
const SRIOV = 0x10;
const DVSEC = 0x23;

const header = (offset: number): Place => ({ kind: 'header', id: 0, offset });
const standard = (id: number, offset: number): Place => ({ kind: 'standard', id, offset });
const extended = (id: number, offset: number): Place => ({ kind: 'extended', id, offset });

/** Writable registers of which vfio-pci has a copy of its own, which alone takes the write. */
const KEPT: readonly BitRow[] = [
  { ...header(0x10), length: 24, mask: ALL, reason: 'the host programs base addresses' },
  { ...header(0x30), length: 4, mask: ALL, reason: 'and that of the ROM' },
  { ...header(0x3c), length: 4, mask: 0xff, reason: 'Interrupt Line is a word between the guest and its firmware' },
  {
    ...standard(MSI, 0),
    length: 4,
    mask: 0xff0000,
    reason: 'low byte of Message Control: user space sets MSI up with VFIO_DEVICE_SET_IRQS',
  },
  { ...standard(MSI, 4), length: 8, mask: ALL, reason: 'Message Address: as above' },
  { ...standard(MSI, 12), length: 4, mask: 0xffff, reason: 'Message Data: as above' },
  { ...standard(EXPRESS, 8), length: 4, mask: 0x70e0, reason: 'Max_Payload_Size and Max_Read_Request_Size: the path decides them' },
];

/** Where the answer is not as predicted, and why it is not. The second word says of which devices and writes. */
const EXCEPTIONS: readonly (BitRow & { readonly wrote: Mismatch['wrote']; readonly devices: readonly string[] })[] = [
  {
    ...standard(MSI, 0),
    length: 4,
    mask: 0x710000,
    wrote: 'ones',
    devices: ['igb', 'e1000e', 'vmxnet3', 'xhci-msi', 'ahci', 'edu'],
    reason: 'Enable and Multiple Message Enable stay 0 until VFIO_DEVICE_SET_IRQS; the test with MSI set up shows them taken',
  },
  {
    ...standard(EXPRESS, 8),
    length: 4,
    mask: 0x000f,
    wrote: 'ones',
    devices: ['virtio-net', 'virtio-aer'],
    reason: 'the write has Initiate FLR in it: without VFIO the reset clears the error enables, the kernel puts them back after it',
  },
];

/** Registers whose writes tell something: bits that get through vfio, and bits that the hardware takes and the kernel does not let through. */
const REGISTERS: readonly (readonly [what: string, place: Place, through: number, guarded: number])[] = [
  ['Vendor and Device ID', header(0x00), 0, 0],
  ['Command, Status', header(0x04), 0x0507, 0],
  ['Revision, Class', header(0x08), 0, 0],
  ['Cache Line Size', header(0x0c), 0xff, 0],
  ['ROM', header(0x30), 0xfffe0001, 0],
  ['Capabilities Pointer', header(0x34), 0, 0],
  ['Interrupt Line, Pin', header(0x3c), 0xff, 0],
  ['PMCSR: PME_En is guarded', standard(PM, 4), 0x1e03, 0x100],
  ['MSI Message Control', standard(MSI, 0), 0x8e0000, 0],
  ['MSI Message Address', standard(MSI, 4), ALL, 0],
  ['virtio: BAR, offset and window in PCI Configuration Access', standard(VENDOR, 8), ALL, 0],
  ['PCI Express: Device Control', standard(EXPRESS, 8), 0x70ef, 0],
  ['PCI Express: Link Control', standard(EXPRESS, 0x10), 0, 0xc0],
  ['PCI Express: Device Control 2', standard(EXPRESS, 0x28), 0x8000, 0],
  ['MSI-X Message Control: Enable and Function Mask', standard(MSIX, 0), 0, 0xc0000000],
  ['AER: Uncorrectable Error Mask', extended(AER, 0x08), 0x03fff030, 0],
  ['AER: Uncorrectable Error Severity', extended(AER, 0x0c), 0x03fff030, 0],
  ['AER: Correctable Error Mask', extended(AER, 0x14), 0xf1c1, 0],
  ['AER: Capabilities and Control', extended(AER, 0x18), 0x140, 0],
  ['ATS Control: Enable and STU', extended(ATS, 0x04), 0, 0x800f0000],
  ['SR-IOV Control', extended(SRIOV, 0x08), 0, 0x19],
  ['NumVFs', extended(SRIOV, 0x10), 0, 0xffff],
  ['System Page Size', extended(SRIOV, 0x20), 0, 0x553],
  ['VF BAR 0', extended(SRIOV, 0x24), 0, 0xffffc000],
  ['DVSEC: raw', extended(DVSEC, 0x0c), ALL, 0],
];

/** Reasons of all changes that the kernel's stage makes to these devices. */
const REASONS_AT_WORK = [
  'chain.placeholder',
  'chain.relinked',
  'kernel.opened',
  'kernel.pme-hidden',
  'kernel.vf-bars',
  'kernel.vf-identity',
];

/** A TCP port that takes connections and says nothing: QEMU's DOE mailbox wants a responder to be there. */
async function silentResponder(): Promise<{ server: Server; port: number }> {
  const server = createServer(socket => socket.on('error', () => {}).unref());
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the responder has no port');
  return { server, port: address.port };
}

/** What differs: `043: 7e, predicted fe`. */
function formatDifferences(got: Uint8Array, predicted: Uint8Array): string[] {
  const byte = (bytes: Uint8Array, at: number) => (at < bytes.length ? formatHexBytes(bytes.subarray(at, at + 1)) : 'nothing');
  const offsets = Array.from({ length: Math.max(got.length, predicted.length) }, (_, at) => at);
  const wrong = offsets.filter(at => got[at] !== predicted[at]);
  return wrong.map(at => `${formatHex(at, 3)}: ${byte(got, at)}, predicted ${byte(predicted, at)}`);
}

const formatMismatch = ({ device, at, wrote, side, got, predicted }: Mismatch): string =>
  `${device} ${formatHex(at, 3)}, ${wrote} written: ${side} ${formatHex(got, 8)}, predicted ${formatHex(predicted, 8)}`;

const skip = missingBed();

interface Booted extends AsyncDisposable {
  readonly vm: HostVm;
  readonly devices: readonly DeviceSpec[];
}

const booted = skip === false ? bootAhead(boot) : null;

async function boot(): Promise<Booted> {
  const { server, port } = await silentResponder();
  const devices = devicesWith(port);
  const vm = await hostVm({ iommu: 'intel', devices });
  return {
    vm,
    devices,
    async [Symbol.asyncDispose]() {
      server.close();
      await vm.close();
    },
  };
}

describe('the kernel stage', { skip }, () => {
  let vm: HostVm;
  let host: Booted;
  const measured = new Map<string, Measured>();
  const views = new Map<string, GuestView>();

  const get = (name: string): Measured => {
    const found = measured.get(name);
    if (found === undefined) throw new Error(`${name} was not measured`);
    return found;
  };
  const viewOf = (name: string): GuestView => {
    const { probe, virtualFunction } = get(name);
    const view = views.get(name) ?? predictView(parseConfigText(probe.hardware), virtualFunction, 'qemu-11.1');
    views.set(name, view);
    return view;
  };
  const excepted = (name: string, view: GuestView, at: number, wrote: Mismatch['wrote']): number =>
    bitsOf(
      EXCEPTIONS.filter(row => row.wrote === wrote && row.devices.includes(name)),
      view,
      at,
    );
  const isUnexpected = ({ device, at, wrote, got, predicted }: Mismatch): boolean =>
    ((got ^ predicted) & ~excepted(device, viewOf(device), at, wrote)) !== 0;

  before(async () => {
    assert.ok(booted);
    host = await booted();
    vm = host.vm;
    const { devices } = host;
    await vm.copyIn(probeProgram(), '/usr/local/bin/probe');
    const physical = `/sys/bus/pci/devices/${await vm.address('nvme')}`;
    const virtual = await vm.output(`echo 1 >${physical}/sriov_numvfs && basename "$(readlink ${physical}/virtfn0)"`);
    measured.set(VF, await measure(vm, VF, virtual.trim()));
    await vm.output(`echo 0 >${physical}/sriov_numvfs`);
    for (const { name } of devices) measured.set(name, await measure(vm, name, await vm.address(name)));
  });
  after(() => host?.[Symbol.asyncDispose]());

  for (const name of NAMES) {
    // There is no list of volatile bits: none of these devices changes one between the reads.
    it(`vfioBytes() of ${name} are those of the kernel, from the open hardware and from what it was with its host driver`, () => {
      const { before, probe, virtualFunction } = get(name);
      const vfio = parseConfigText(probe.config).bytes;
      assert.ok(vfio.length === 256 || vfio.length === 4096);
      for (const hardware of [parseConfigText(probe.hardware), new ConfigSpace(before)]) {
        for (const profile of ['airlock', 'qemu-11.1'] as const) {
          const { bytes } = vfioBytes(predictView(hardware, virtualFunction, profile));
          assert.deepEqual(formatDifferences(vfio, bytes), [], profile);
        }
      }
    });

    it(`each dword of ${name} takes ones and zeros as predicted, and so does the hardware behind it`, () => {
      const { probe, bare } = get(name);
      const dwords = Array.from({ length: probe.config.length / 8 }, (_, index) => 4 * index);
      for (const sweeps of [probe.writes, bare])
        assert.deepEqual(
          sweeps.map(({ at }) => at),
          dwords,
        );
      assert.deepEqual(findMismatches(get(name), viewOf(name), KEPT).filter(isUnexpected).map(formatMismatch), []);
    });
  }

  it('the bytes that differ from the hardware are changed by these rules, and no rule but these is shown', () => {
    const codes = NAMES.flatMap(name => {
      const { before, virtualFunction } = get(name);
      const { input, patches } = predictView(new ConfigSpace(before), virtualFunction, 'qemu-11.1');
      const isChange = (patch: Patch) => {
        const bytes = input.bytes.slice();
        applyPatch(bytes, patch);
        return bytes.some((byte, at) => byte !== input.bytes[at]);
      };
      return patches.filter(patch => patch.stage === 'kernel' && isChange(patch)).map(({ reason }) => reason.code);
    });
    assert.deepEqual([...new Set(codes)].sort(), REASONS_AT_WORK);
  });

  for (const row of KEPT) {
    it(`without the row "${row.reason}" the prediction fails`, () => {
      const others = KEPT.filter(other => other !== row);
      const wrong = NAMES.flatMap(name => findMismatches(get(name), viewOf(name), others)).filter(isUnexpected);
      const inRow = wrong.filter(({ device, at }) => bitsOf([row], viewOf(device), at) !== 0);
      assert.ok(inRow.length > 0);
      assert.deepEqual(wrong.map(formatMismatch), inRow.map(formatMismatch));
    });
  }

  for (const { reason, devices, wrote, ...row } of EXCEPTIONS) {
    it(`the exception is there on every device it names: ${reason}`, () => {
      const matched = NAMES.filter(name =>
        findMismatches(get(name), viewOf(name), KEPT).some(
          found => found.wrote === wrote && ((found.got ^ found.predicted) & bitsOf([{ ...row, reason }], viewOf(name), found.at)) !== 0,
        ),
      );
      assert.deepEqual(matched.sort(), [...devices].sort());
    });
  }

  it('bits that writes reach and bits that the kernel guards are those of the table, over all devices', () => {
    const found = REGISTERS.map(([what, place]) => {
      let [through, guarded, places] = [0, 0, 0];
      for (const name of NAMES) {
        const shown = showWrites(get(name), viewOf(name));
        for (const at of offsetsOf(place, viewOf(name))) {
          places++;
          through |= shown[at / 4].through;
          guarded |= shown[at / 4].guarded;
        }
      }
      assert.ok(places > 0, what);
      return [what, formatHex(through >>> 0, 8), formatHex(guarded >>> 0, 8)];
    });
    const expected = REGISTERS.map(([what, , through, guarded]) => [what, formatHex(through, 8), formatHex(guarded, 8)]);
    assert.deepEqual(found, expected);
  });

  it('every bit that the kernel guards is in the table', () => {
    const known = REGISTERS.filter(([, , , guarded]) => guarded !== 0).map(([, place]) => place);
    const vfBars: Place[] = [0x28, 0x30, 0x34].map(offset => extended(SRIOV, offset));
    for (const name of NAMES) {
      const places = [...known, ...vfBars].flatMap(place => offsetsOf(place, viewOf(name)));
      const guarded = showWrites(get(name), viewOf(name)).flatMap((shown, index) => (shown.guarded === 0 ? [] : [4 * index]));
      assert.deepEqual(
        guarded.filter(at => !places.includes(at)),
        [],
        name,
      );
    }
  });

  it('MSI Enable and as many messages as were set up can be written once VFIO_DEVICE_SET_IRQS has been called', async () => {
    const address = await vm.address('xhci-msi');
    await bindToVfio(vm, address);
    const words = ['probe', address, '--msi', '4', '--sweep', '0x70', '0x74'];
    const { writes } = JSON.parse(await vm.output(words)) as Probe;
    const [, control] = writes;
    assert.deepEqual([control.ones[0], control.zeros[0]], ['00af0005', '00000005']);
  });

  it('a write to a capability that the kernel unlinked reaches the hardware', async () => {
    const address = await vm.address('nvme-doe');
    await bindToVfio(vm, address);
    assert.equal(get('nvme-doe').probe.config.slice(2 * 0x100, 2 * 0x104), '00000000');
    const words = ['probe', address, '--write', '0x108', '4', '2'];
    const { writes } = JSON.parse(await vm.output(words)) as { writes: { before: string[]; after: string[] }[] };
    const [{ before, after }] = writes;
    assert.deepEqual(
      [before, after],
      [
        ['00000000', '00000000'],
        ['00000002', '00000002'],
      ],
    );
  });

  it('vfioBytes() of what nobody had enabled are those of the kernel, which enables the regions that the device has', async () => {
    // None with SR-IOV: its registers come back when the device is reset, after what is read here.
    for (const [name, command] of [
      ['ahci', '0300'],
      ['edu', '0200'],
      ['e1000', '0300'],
    ] as const) {
      const address = await vm.address(name);
      const sysfs = `/sys/bus/pci/devices/${address}`;
      await vm.output(
        `[ ! -e ${sysfs}/driver ] || echo ${address} >${sysfs}/driver/unbind; ` +
          `printf '\\000\\000' | dd of=${sysfs}/config bs=1 seek=4 conv=notrunc 2>&1`,
      );
      const { bytes } = await vm.run(['cat', `${sysfs}/config`]);
      const hardware = new ConfigSpace(Uint8Array.from(bytes.stdout));
      assert.equal(hardware.read(4, 2), 0);
      await bindToVfio(vm, address);
      const { config } = JSON.parse(await vm.output(['probe', address])) as Probe;
      assert.equal(config.slice(8, 12), command, name);
      const { bytes: predicted } = vfioBytes(predictView(hardware, null, 'airlock'));
      assert.deepEqual(formatDifferences(parseConfigText(config).bytes, predicted), [], name);
    }
  });

  it('vfio-pci takes no root port, as realize() says', async () => {
    const port = '0000:00:08.0';
    const { bytes } = await vm.run(['cat', `/sys/bus/pci/devices/${port}/config`]);
    const refused = realize(optionsFor(new ConfigSpace(Uint8Array.from(bytes.stdout)), { profile: PROFILES['qemu-11.1'] }));
    assert.equal(refused.outcome === 'failed' && refused.error.code, 'kernel.header-type-refused');
    await assert.rejects(bindToVfio(vm, port), /^Error: Cannot give 0000:00:08\.0 to vfio-pci: no driver has it$/);
    assert.match(await vm.output('dmesg'), /vfio-pci 0000:00:08\.0: probe with driver vfio-pci failed with error -22/);
  });
});
