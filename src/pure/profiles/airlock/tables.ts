/** The tables of profile `airlock`. */
import { QEMU_PROPERTIES, qemuMachines } from '../../qemu/index.ts';
import type { ProfileTables } from '../profile-tables.ts';
import { airlockRows } from './compat-rows.ts';

export const airlockTables = {
  name: 'airlock',
  summary: 'strict: what is hidden is gone',
  properties: QEMU_PROPERTIES['11.1'],
  machines: qemuMachines('11.1', airlockRows),
} as const satisfies ProfileTables;
