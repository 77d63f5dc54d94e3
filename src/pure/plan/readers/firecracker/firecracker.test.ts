import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatOrigin } from '../../origin.ts';
import { NO_CONTEXT, readDefinitions } from '../index.ts';

const CONFIG = `{
  "boot-source": { "kernel_image_path": "vmlinux.bin" },
  "drives": [], "machine-config": { "vcpu_count": 2, "mem_size_mib": 1024 }
}
`;

const read = (text: string) => readDefinitions({ file: 'vm_config.json', text }, null, NO_CONTEXT).definitions;

test('firecrackerReader has one finding: no device of the host reaches the VM', () => {
  const [vm, ...others] = read(CONFIG);
  assert.deepEqual(others, []);
  assert.deepEqual([vm?.name, vm?.vmm.family, vm?.devices], ['vm_config', 'firecracker', []]);
  assert.deepEqual(
    vm?.findings.map(({ severity, message }) => `${severity} ${message}`),
    ['note Firecracker 1.16 has no device assignment: no device of the host reaches this VM'],
  );
});

test('firecrackerReader warns where devices are written all the same', () => {
  const [vm] = read(CONFIG.replace('"drives"', '"vfio": [], "drives"'));
  assert.deepEqual(
    vm?.findings.map(({ severity, origin }) => `${severity} ${origin === null ? '' : formatOrigin(origin)}`),
    ['warning vm_config.json:3:4'],
  );
  const [asking] = read(CONFIG.replace('"drives"', '"vfio": [{ "path": "/sys/bus/pci/devices/0000:01:00.0" }], "drives"'));
  assert.deepEqual(
    asking?.findings.map(({ severity, code }) => `${severity} ${code}`),
    ['error firecracker.no-assignment'],
  );
});
