import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { captureDevices, parseCapture } from '../capture/index.ts';
import { view } from '../guest-view/index.ts';
import { viewJson } from './view-json.ts';

const capture = (name: string) => parseCapture(readFileSync(join(import.meta.dirname, `../../../captures/${name}.json`), 'utf8'));

test('viewJson names the profile, the machine type and what the host answers', () => {
  const rows = [
    ['synthetic-vtd-no-ats', { profile: 'qemu-11.1', machine: 'pc-q35-11.0' }, ['qemu-11.1', 'pc-q35-11.0', 'iommufd', 'unsupported']],
    ['synthetic-vtd-ats', { machine: 'pc-q35-11.1' }, ['airlock', 'pc-q35-11.1', 'iommufd', 'supported']],
    ['synthetic-vtd-ats', { profile: 'cloud-hypervisor-53' }, ['cloud-hypervisor-53', null, 'iommufd', 'supported']],
  ] as const;
  for (const [name, request, wanted] of rows) {
    const [device] = captureDevices(capture(name));
    assert.ok(device !== undefined);
    const { profile, machine, hostIommu } = viewJson(view(device, request), false);
    assert.deepEqual([profile, machine, hostIommu.backend, hostIommu.ats], wanted);
  }
});
