/** The uapi declarations where no header is at hand: well-known ioctl numbers and the rule that padding is declared. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CType } from '../bytes/c-types.ts';
import { isStruct, type Struct } from '../bytes/struct.ts';
import { _IO } from './ioctl.ts';
import * as iommufd from './iommufd/index.ts';
import * as pciRegs from './pci-regs.ts';
import * as vfio from './vfio/index.ts';

/** Holes that C leaves: the compiler's padding before an aligned field or at the end. */
const HOLES: Readonly<Record<string, number>> = { vfio_iommu_type1_info_cap_migration: 4 };

const declared: unknown[] = Object.values({ ...vfio, ...iommufd });
const structs = declared.filter((value): value is Struct => typeof value === 'object' && isStruct(value as CType));

test('_IO puts the type above the number', () => {
  const vectors: [number, number][] = [
    [_IO(0x3b, 0x8a), 0x3b8a],
    [vfio.VFIO_GET_API_VERSION, 0x3b64],
    [vfio.VFIO_DEVICE_BIND_IOMMUFD, 0x3b76],
    [iommufd.IOMMU_DESTROY, 0x3b80],
    [iommufd.IOMMU_GET_HW_INFO, 0x3b8a],
  ];
  for (const [number, expected] of vectors) assert.equal(number, expected);
});

test('uapi structs declare their padding, as C does', () => {
  assert.ok(structs.length > 60);
  for (const { name, size, fields } of structs) {
    const covered = new Set<number>();
    for (const field of Object.values(fields)) for (let i = 0; i < field.size; i++) covered.add(field.offset + i);
    assert.equal(size - covered.size, HOLES[name] ?? 0, name);
  }
});

test('iommu_hw_info reads a reply as the kernel writes it', () => {
  const reply = new Uint8Array(40);
  iommufd.iommu_hw_info.write({ size: 40, out_data_type: 1, out_max_pasid_log2: 20, out_capabilities: 8n }, reply);
  assert.deepEqual([reply[0], reply[24], reply[28], reply[32]], [40, 1, 20, 8]);
  assert.equal(iommufd.iommu_hw_info.decode(reply).in_data_type, 1);
});

test('capability ids have one name each', () => {
  for (const prefix of ['PCI_CAP_ID_', 'PCI_EXT_CAP_ID_']) {
    const ids = Object.entries(pciRegs).flatMap(([name, id]) => (name.startsWith(prefix) ? [id] : []));
    assert.equal(new Set(ids).size, ids.length, prefix);
  }
});
