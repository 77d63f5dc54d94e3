/** The tables of profile `qemu-11.1`. */
import { QEMU_PROPERTIES, qemuMachines } from '../../qemu/index.ts';
import type { ProfileTables } from '../profile-tables.ts';

export const qemu11_1Tables = {
  name: 'qemu-11.1',
  summary: 'as QEMU 11.1 does it: what is hidden is unlinked and stays readable',
  properties: QEMU_PROPERTIES['11.1'],
  machines: qemuMachines('11.1'),
} as const satisfies ProfileTables;
