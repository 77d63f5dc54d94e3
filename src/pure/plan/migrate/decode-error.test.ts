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
    ['0000:3b:00.0: VFIO migration init failed: VFIO_MIGRATION_STOP_COPY is not supported', 'migration.kernel-unsupported', '0000:3b:00.0'],
    ['VFIO migration is not supported in kernel', 'migration.kernel-unsupported', null],
    ["VFIO device doesn't support migration", 'migration.kernel-unsupported', null],
    ['domain has assigned non-USB host devices', 'libvirt.hostdev', null],
    ['reason: HostDeviceNotLiveMigratable', 'kubevirt.hostdev', null],
    ['Length mismatch: 0000:00:02.0:00.0/vfio.rom: 0x40000 in != 0x80000', 'size.differs', '0000:00:02.0:00.0/vfio.rom'],
    ['Failed to load PCIDevice:config', 'element.refused', null],
    ['Missing section footer for 0000:00:02.0/vfio', 'section.footer', '0000:00:02.0/vfio'],
    ['0000:3b:00.0: Failed setting device state to RESUMING, err: Device or resource busy', 'device.state', '0000:3b:00.0'],
    ['load of migration failed: Invalid argument', 'load.failed', null],
    ['{"message":"load of migration failed: Input/output error\\n"}', 'load.failed', null],
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

test('decodeMigrationError knows the words of a VM that does not start', () => {
  const vectors: [text: string, code: string, device: string | null][] = [
    ['vfio 0000:01:00.0: group 9 is not viable', 'group.not-viable', '0000:01:00.0'],
    ['vfio 0000:00:03.0: no iommu_group found: No such file or directory', 'group.none', '0000:00:03.0'],
    [
      "vfio 0000:01:00.0: failed to setup container for group 9: Could not open '/dev/vfio/vfio': No such file or directory",
      'vfio.container-absent',
      '0000:01:00.0',
    ],
    ["vfio 0000:01:00.0: Could not open '/dev/vfio/9': Device or resource busy", 'vfio.group-file', '0000:01:00.0'],
    ['vfio 0000:01:00.0: failed to open /dev/vfio/9: Permission denied', 'vfio.group-file', '0000:01:00.0'],
    ['vfio 0000:01:00.0: error getting device from group 9: Invalid argument', 'vfio.group-device', '0000:01:00.0'],
    ['vfio 0000:01:00.0: error bind device fd=12 to iommufd=10: Operation not permitted', 'iommufd.bind', '0000:01:00.0'],
    ['VFIO_MAP_DMA failed: Cannot allocate memory', 'memory.limit', null],
    ['vfio_container_dma_map(0x55d3, 0x0, 0xa0000, 0x7f3e) = -12 (Cannot allocate memory)', 'memory.limit', null],
    [
      'vfio /sys/bus/pci/devices/0000:09:00.0: no such host device: No such file or directory',
      'host.device-absent',
      '/sys/bus/pci/devices/0000:09:00.0',
    ],
    ['PCI device 0000:01:00.0 is in use by driver QEMU, domain win10', 'device.in-use', '0000:01:00.0'],
    ['vfio 0000:01:00.0: vfio-pci: ATS requested but not supported by kernel', 'ats.required.kernel-unsupported', null],
  ];
  for (const [text, code, device] of vectors) {
    const found = decodeMigrationError(`qemu-system-x86_64: -device vfio-pci,host=01:00.0: ${text}\n`);
    assert.deepEqual(
      found.map(one => [one.code, one.device]),
      [[code, device]],
      text,
    );
  }
});

test('decodeMigrationError names the register of the header, where every layout has it or it is no bridge', () => {
  const plainOf = (at: string): string =>
    decodeMigrationError(`Bad config data: i=${at} read: 4 device: 3 cmask: ff wmask: 0 w1cmask:0`)[0]?.plain ?? '';
  assert.match(plainOf('0x12'), /0x12 \(BAR 0\)/);
  assert.match(plainOf('0x24'), /0x24 \(BAR 5 where it is no bridge\)/);
  assert.match(plainOf('0x8'), /\(Revision ID\)/);
  assert.doesNotMatch(plainOf('0x104'), /\(/);
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
  for (const piece of [
    'Target a',
    'a.',
    'a:',
    '0000:3b:00.0: ',
    "of device '",
    'error while loading state for instance 0x0',
    'VFIO migration ',
    'vfio /a',
    'load of migration failed: a',
    'a: Failed setting device state to A',
    'VFIO_MAP_DMA a',
    '\\',
  ]) {
    const begin = performance.now();
    decodeMigrationError(piece.repeat(200_000));
    assert.ok(performance.now() - begin < 20_000, piece);
  }
  fc.assert(fc.property(fc.string({ maxLength: 300 }), text => decodeMigrationError(text).length <= 64));
});
