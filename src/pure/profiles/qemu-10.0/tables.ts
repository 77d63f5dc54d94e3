/** The tables of profile `qemu-10.0`. */
import { QEMU_PROPERTIES, qemuMachines } from '../../qemu/index.ts';
import type { ProfileTables } from '../profile-tables.ts';

export const qemu10_0Tables = {
  name: 'qemu-10.0',
  summary: 'as QEMU 10.0 does it: ATS is passed on, and no PASID is synthesised',
  properties: QEMU_PROPERTIES['10.0'],
  machines: qemuMachines('10.0'),
} as const satisfies ProfileTables;
