/** Short names of capabilities by ID, apart from their layouts, for whoever only lists them (PCI Code and ID Assignment §2, §3). */
import { formatHex } from '../bytes/hex.ts';
import type { CapabilityKind } from './walk.ts';

/** From ID 00h. */
const STANDARD: readonly string[] = [
  ...['Null', 'PM', 'AGP', 'VPD', 'Slot ID', 'MSI', 'CompactPCI HS', 'PCI-X'],
  ...['HyperTransport', 'Vendor', 'Debug Port', 'CompactPCI CRC', 'SHPC', 'SSVID', 'AGP3', 'Secure Device'],
  ...['PCI Express', 'MSI-X', 'SATA', 'AF', 'EA', 'FPB'],
];

/** From ID 0000h. */
const EXTENDED: readonly string[] = [
  ...['Null', 'AER', 'VC', 'DSN', 'Power Budgeting', 'RC Link', 'RC Internal Link', 'RCEC'],
  ...['MFVC', 'VC (MFVC)', 'RCRB', 'VSEC', 'CAC', 'ACS', 'ARI', 'ATS'],
  ...['SR-IOV', 'MR-IOV', 'Multicast', 'PRI', 'AMD', 'ReBAR', 'DPA', 'TPH'],
  ...['LTR', 'Secondary PCIe', 'PMUX', 'PASID', 'LNR', 'DPC', 'L1 PM Substates', 'PTM'],
  ...['M-PCIe', 'FRS Queueing', 'RTR', 'DVSEC', 'VF ReBAR', 'Data Link Feature', 'Physical Layer 16GT', 'Lane Margining'],
  ...['Hierarchy ID', 'NPEM', 'Physical Layer 32GT', 'Alternate Protocol', 'SFI', 'Shadow Functions', 'DOE', 'Device 3'],
  ...['IDE', 'Physical Layer 64GT', 'Flit Logging', 'Flit Performance', 'Flit Error Injection', 'Streamlined VC'],
];

/** The field's short name: `ATS`; `unknown (0x2a)` where the specification assigns none. */
export function capabilityName(kind: CapabilityKind, id: number): string {
  return (kind === 'standard' ? STANDARD : EXTENDED)[id] ?? `unknown (${formatHex(id)})`;
}
