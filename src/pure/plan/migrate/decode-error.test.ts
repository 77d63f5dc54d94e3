import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeMigrationError } from './decode-error.ts';
import { formatRefused } from './load-config.ts';

const codesOf = (text: string): string[] => decodeMigrationError(text).map(({ code }) => code);

test('decodeMigrationError finds the byte and the device that the next line names, within the error of a manager', () => {
  const text = `Live migration failed: internal error: QEMU unexpectedly closed the monitor: 2026-11-29T00:00:00.000000Z qemu-kvm: get_pci_config_device: Bad config data: i=0x1b2 read: 60 device: 40 cmask: ff wmask: 0 w1cmask:0
2026-11-29T00:00:00.000001Z qemu-kvm: load of migration failed: Invalid argument: error while loading state for instance 0x0 of device '0000:00:02.1:00.0/vfio': Failed to load element of type pci config for config`;
  const [byte, device] = decodeMigrationError(text);
  assert.deepEqual(byte?.byte, { at: 0x1b2, read: 0x60, device: 0x40, cmask: 0xff, wmask: 0, w1cmask: 0 });
  assert.equal(byte?.device, '0000:00:02.1:00.0/vfio');
  assert.match(byte?.plain ?? '', /the bits 0x20 must be the same/);
  assert.equal(device?.code, 'device.refused');
});

test('decodeMigrationError reads the name that a newer QEMU gives its function, and JSON within a log', () => {
  assert.deepEqual(codesOf('load_pci_config_device: Bad config data: i=0x2 read: d2 device: d3 cmask: ff wmask: 0 w1cmask:0'), [
    'config.refused',
  ]);
  const json = `{"msg":"error while loading state for instance 0x0 of device \\"0000:00:01.0/pcie-root-port\\""}`;
  assert.equal(decodeMigrationError(json)[0]?.device, '0000:00:01.0/pcie-root-port');
});

test('decodeMigrationError knows the words of QEMU and libvirt', () => {
  const vectors: [text: string, code: string, device: string | null][] = [
    ["Machine type received is 'pc-q35-11.1' and local is 'pc-q35-11.0'", 'machine.differs', null],
    ['Unknown ramblock "0000:00:01.0:00.0/e1000e.rom", cannot accept migration', 'ramblock.unknown', '0000:00:01.0:00.0/e1000e.rom'],
    ["Unknown section or instance '0000:00:01.0:00.0/virtio-rng' 0. Make sure", 'section.unknown', '0000:00:01.0:00.0/virtio-rng'],
    ['Size mismatch: 0000:00:01.0/x.rom: 0x40000 != 0x20000', 'size.differs', '0000:00:01.0/x.rom'],
    ['ERROR: Cannot migrate while device properties (subsys/subsys_ven) differ', 'subsystem.differs', null],
    ['0000:3b:00.0: Migration is disabled for VFIO device', 'migration.disabled', '0000:3b:00.0'],
    ['0000:3b:00.0: VFIO migration init failed: migration is not supported in kernel', 'migration.kernel-unsupported', '0000:3b:00.0'],
    ['0000:3b:00.0: VFIO migration is not supported in kernel', 'migration.kernel-unsupported', '0000:3b:00.0'],
    ["0000:3b:00.0: VFIO device doesn't support device and IOMMU dirty tracking", 'migration.dirty-tracking', '0000:3b:00.0'],
    ['net0: Migration is currently not supported with vIOMMU enabled', 'migration.viommu', 'net0'],
    ['0000:3b:00.0: VFIO migration is not supported with postcopy migration', 'migration.postcopy', '0000:3b:00.0'],
    ['Multiple VFIO devices migration is supported only if all of them support P2P migration', 'migration.p2p', null],
    ['Migration not supported with SMMUv3 accelerator mode enabled', 'migration.smmuv3-accel', null],
    ["State blocked by non-migratable device 'amd-iommu'", 'migration.unmigratable', 'amd-iommu'],
    ["cannot migrate a domain with <hostdev mode='subsystem' type='pci'>", 'libvirt.hostdev', null],
    ['Target domain IOMMU device aw_bits value 48 does not match source 39', 'libvirt.differs', null],
  ];
  for (const [text, code, device] of vectors) {
    const found = decodeMigrationError(`error: operation failed: ${text}\n`);
    assert.deepEqual(
      found.map(one => [one.code, one.device]),
      [[code, device]],
      text,
    );
  }
});

test('decodeMigrationError reads what formatRefused writes', () => {
  const byte = fc.nat(255);
  fc.assert(
    fc.property(fc.nat(4095), byte, byte, byte, byte, (at, read, device, cmask, wmask) => {
      const refused = { at, read, device, cmask, wmask, w1cmask: 0 };
      assert.deepEqual(decodeMigrationError(formatRefused(refused))[0]?.byte, refused);
    }),
  );
});

test('decodeMigrationError ends in time on any text', () => {
  assert.deepEqual(decodeMigrationError('nothing of the kind'), []);
  for (const piece of ['Target a', 'a.', 'a:', '0000:3b:00.0: ', "of device '", 'error while loading state for instance 0x0', '\\']) {
    const begin = performance.now();
    decodeMigrationError(piece.repeat(200_000));
    assert.ok(performance.now() - begin < 20_000, piece);
  }
  fc.assert(fc.property(fc.string({ maxLength: 300 }), text => decodeMigrationError(text).length <= 64));
});
