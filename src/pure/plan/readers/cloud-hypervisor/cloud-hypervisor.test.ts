import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { VmDefinition } from '../../definition.ts';
import { formatOrigin } from '../../origin.ts';
import { DefinitionError, NO_CONTEXT, readDefinitions } from '../index.ts';

const CONFIG = `{
  "payload": {"kernel": "/k"}, "memory": {"size": 4294967296, "shared": true},
  "platform": { "num_pci_segments": 2, "iommu_segments": [1], "iommufd": true, "vfio_p2p_dma": false },
  "disks": [ { "path": "/d.raw", "pci_device_id": 2 } ],
  "devices": [ { "path": "/sys/bus/pci/devices/10000:3b:00.0/", "iommu": true, "id": "nic0", "pci_segment": 1, "pci_device_id": 3, "x_exclude_mmap_bars": [1, 3] } ],
  "user_devices": [ { "socket": "/run/nvme.sock", "id": "d0" } ], "iommu": false
}
`;

function read(text: string): VmDefinition {
  const { definitions } = readDefinitions({ file: 'dir/vm.json', text }, null, NO_CONTEXT);
  assert.equal(definitions.length, 1);
  return definitions[0] ?? assert.fail();
}

/** With the line, and what stands at the place in the text. */
const said = ({ findings }: VmDefinition, text: string) =>
  findings.map(
    ({ severity, message, origin }) =>
      `${severity} ${message.slice(0, 60)} | ${text.slice(origin?.span?.start ?? 0, origin?.span?.end ?? 0).slice(0, 30)}`,
  );

test('cloudHypervisorReader reads devices, their places and backends', () => {
  const vm = read(CONFIG);
  assert.deepEqual([vm.name, vm.vmm.family, vm.source.line], ['vm', 'cloud-hypervisor', 1]);
  assert.deepEqual(
    vm.devices.map(({ driver, id, values, host, isAddressLate }) => [
      driver,
      id,
      values.map(({ name, value, json }) => `${name}=${value}:${json}`).join(' '),
      host.kind === 'address' ? host.address.text : host.kind === 'socket' ? host.path : host.kind,
      isAddressLate ?? false,
    ]),
    [
      ['virtio-iommu', null, '', 'emulated', true],
      ['virtio-block', null, 'pci_device_id=2:number', 'emulated', false],
      [
        'vfio',
        'nic0',
        'iommu=true:boolean pci_segment=1:number pci_device_id=3:number x_exclude_mmap_bars=[1,3]:array',
        '10000:3b:00.0',
        false,
      ],
      ['vfio-user', 'd0', '', '/run/nvme.sock', true],
    ],
  );
  assert.deepEqual(
    vm.machine.values.map(({ name, value, origin }) => `${name}=${value} ${formatOrigin(origin)}`),
    [
      'num_pci_segments=2 dir/vm.json:3:37',
      'iommu_segments=[1] dir/vm.json:3:58',
      'iommufd=true dir/vm.json:3:74',
      'vfio_p2p_dma=false dir/vm.json:3:96',
    ],
  );
  assert.deepEqual(
    vm.objects.map(({ type }) => type),
    ['iommufd'],
  );
  assert.deepEqual(vm.findings, []);
});

test('cloudHypervisorReader finds keys that Cloud Hypervisor ignores, and what it refuses to take', () => {
  const text = CONFIG.replace('"pci_segment": 1', '"ats": "on", "pci_segmnet": 1')
    .replace('"iommu": true', '"iommu": "on"')
    .replace('"payload"', '"paylod": 1, "payload"')
    .replace('"id": "d0"', '"id": "d0", "id": "d1"');
  assert.deepEqual(said(read(text), text), [
    'error id stands twice in one object: Cloud Hypervisor refuses the  | id',
    'warning the configuration has no key paylod (did you mean payload?): | paylod',
    'warning devices[0] has no key ats: Cloud Hypervisor ignores it witho | ats',
    'warning devices[0] has no key pci_segmnet (did you mean pci_segment? | pci_segmnet',
    'error iommu of devices[0] is string, Cloud Hypervisor wants boolea | on',
  ]);
});

test('cloudHypervisorReader says what Cloud Hypervisor refuses, in its words', () => {
  const refused: readonly (readonly [string, string, string])[] = [
    ['"num_pci_segments": 2', '"num_pci_segments": 97', 'Number of PCI segments (97) not in range of 1 to 96'],
    ['[1]', '[2]', 'Invalid PCI segment id: 2'],
    ['"pci_segment": 1', '"pci_segment": 2', 'Invalid PCI segment id: 2'],
    ['"iommu": true, ', '', 'Device is on an IOMMU PCI segment (1) but not placed behind IOMMU'],
    ['"pci_device_id": 3', '"pci_device_id": 32', 'Given PCI device ID (32) is out of the supported range of 0..32'],
    [
      '"pci_device_id": 2 }',
      '"pci_device_id": 2 }, { "path": "/e", "pci_device_id": 2 }',
      'Valid PCI device identifier but already used: 2',
    ],
    ['"pci_device_id": 2', '"pci_device_id": 0', 'Given PCI device ID (0) is reserved'],
    ['"iommufd": true', '"iommufd": false, "iommufd_fd": 3', 'Platform `iommufd_fd=<fd>` requires `iommufd=on`'],
    ['"path": "/sys/bus/pci/devices/10000:3b:00.0/"', '"fd": 7', 'VFIO device `fd=` requires platform `iommufd_fd=<fd>`'],
    ['"path": "/sys/bus/pci/devices/10000:3b:00.0/", ', '', 'VFIO device config must specify `path=` or `fd=`'],
    ['"id": "nic0"', '"id": "nic0", "fd": 7', 'VFIO device config must specify at most one of `path=` or `fd=`'],
    ['"id": "nic0"', '"x_nv_gpudirect_clique": 1', 'Device with x_nv_gpudirect_clique requires vfio_p2p_dma=on'],
    ['[1, 3]', '[1, 6]', 'Invalid VFIO excluded-mmap BAR index: 6'],
    ['"id": "d0"', '"id": "nic0"', 'Identifier nic0 is not unique'],
    ['"id": "d0"', '"id": "__d0"', 'Identifier __d0 is not valid'],
    ['"id": "d0"', '"iommu": true', 'Device does not support being placed behind IOMMU'],
    ['"shared": true', '"shared": false', 'Using user devices requires using shared memory or huge pages'],
  ];
  for (const [from, to, words] of refused) {
    assert(CONFIG.includes(from), from);
    const { findings } = read(CONFIG.replace(from, to));
    assert.deepEqual(
      findings.filter(({ severity }) => severity === 'error').map(({ message }) => message),
      [words],
      to,
    );
  }
});

const COMMAND = `#!/bin/sh
sudo ./cloud-hypervisor --kernel /k --memory size=4G,shared=on --disk path=/d.raw path=/e.raw,pci_device_id=4 \\
  --platform num_pci_segments=2,iommu_segments=[1],iommufd=on,iommu_address_width=48 \\
  --device path=/sys/bus/pci/devices/0000:3b:00.0,iommu=on,id=nic0,pci_segment=1,pci_device_id=3,x_exclude_mmap_bars=[1,3] fd=5 \\
  --user-device socket=/run/nvme.sock
echo done
`;

test('cloudHypervisorReader reads command lines with several values behind one option', () => {
  const vm = read(COMMAND);
  assert.deepEqual([vm.vmm.program, vm.source.line], ['./cloud-hypervisor', 2]);
  assert.deepEqual(
    vm.devices.map(
      ({ driver, id, values, host }) => `${driver} ${id} ${host.kind} ${values.map(({ name, value }) => `${name}=${value}`).join(' ')}`,
    ),
    [
      'virtio-iommu null emulated ',
      'virtio-block null emulated ',
      'virtio-block null emulated pci_device_id=4',
      'vfio nic0 address iommu=on pci_segment=1 pci_device_id=3 x_exclude_mmap_bars=[1,3]',
      'vfio null late ',
      'vfio-user null socket ',
    ],
  );
  const slot = vm.devices[3]?.values[2]?.origin;
  assert.deepEqual([slot?.line, COMMAND.slice(slot?.span?.start, slot?.span?.end)], [4, '3']);
  assert.deepEqual(said(vm, COMMAND), ['error VFIO device `fd=` requires platform `iommufd_fd=<fd>` | 5']);
  const nul = COMMAND.split('\n').slice(1, -2).join(' ').replaceAll('\\', '').replace('sudo ', '').split(/ +/).join('\0');
  assert.deepEqual(
    read(nul).devices.map(({ driver }) => driver),
    vm.devices.map(({ driver }) => driver),
  );
});

test('cloudHypervisorReader refuses options that Cloud Hypervisor does not know, in its words', () => {
  const text = COMMAND.replace('id=nic0', 'ats=on,id')
    .replace('iommu=on', 'iommu=maybe')
    .replace('num_pci_segments=2', 'num_pci_segments=many')
    .replace('--user-device', '--user-devices x --user-device')
    .replace('.sock', '.sock,iommu=[on');
  assert.deepEqual(
    read(text)
      .findings.filter(({ code }) => code.startsWith('cloud-hypervisor.option'))
      .map(({ message }) => message),
    [
      'Error parsing --platform: Unable to convert many for num_pci_segments',
      'Error parsing --device: Unable to convert maybe for iommu',
      'Error parsing --device: Unknown option: ats',
      'Error parsing --device: Invalid syntax: id',
      "unexpected argument '--user-devices' found (did you mean --user-device?)",
      'Error parsing --user-device: Invalid syntax: socket=/run/nvme.sock,iommu=[on',
    ],
  );
});

test('cloudHypervisorReader refuses what is no JSON, with its place', () => {
  for (const text of [CONFIG.replace('"iommu": false', '"iommu": false,'), `${CONFIG}{}`, CONFIG.slice(0, -3)]) {
    assert.throws(
      () => read(text),
      error =>
        error instanceof DefinitionError &&
        /^dir\/vm\.json (?:is no JSON: it has what YAML|cannot be read as YAML or JSON: )/.test(error.message) &&
        error.origin !== null,
    );
  }
});

test('cloudHypervisorReader reads the configuration in what the API says of a VM that runs', () => {
  const vm = read(`{"config": ${CONFIG.trimEnd()}, "state": "Running", "memory_actual_size": 1, "device_tree": {}}\n`);
  assert.deepEqual(
    [vm.devices, vm.findings].map(({ length }) => length),
    [read(CONFIG).devices, read(CONFIG).findings].map(({ length }) => length),
  );
  assert.ok(vm.devices.length > 1);
});

test('cloudHypervisorReader does not call a device a descriptor that names neither path nor fd', () => {
  const words = (option: string) => {
    const text = `cloud-hypervisor --kernel k --device ${option}\n`;
    const host = readDefinitions({ file: 'ch.sh', text }, null, NO_CONTEXT).definitions[0]?.devices.at(-1)?.host;
    return host?.kind === 'late' ? host.words : null;
  };
  assert.equal(words('host=01:00.0'), 'the device has neither path nor fd, and so names none');
  assert.equal(words('fd=3'), 'the device is an open descriptor, which names none');
});
