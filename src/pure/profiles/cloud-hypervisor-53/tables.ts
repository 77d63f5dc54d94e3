/** The tables of profile `cloud-hypervisor-53`. */
import type { ProfileTables } from '../profile-tables.ts';
import { cloudHypervisorProperties } from './properties.ts';

export const cloudHypervisor53Tables = {
  name: 'cloud-hypervisor-53',
  summary: 'as Cloud Hypervisor 53 does it: what is hidden reads as ID 0 and keeps its place',
  properties: cloudHypervisorProperties,
  machines: null,
} as const satisfies ProfileTables;
