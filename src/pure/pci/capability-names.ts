/** The names of capabilities by ID, the one home of them: short labels and titles (PCI Code and ID Assignment §2, §3; PCIe 6.3, 7.0). */
import { formatHex } from '../bytes/hex.ts';
import type { CapabilityKind } from './walk.ts';

/** The field's short label and the specification's title; one word where both are the same. */
type Names = readonly [label: string, title?: string];

/** From ID 00h. */
const STANDARD: readonly Names[] = [
  ['Null', 'Null Capability'],
  ['PM', 'Power Management'],
  ['AGP', 'Accelerated Graphics Port'],
  ['VPD', 'Vital Product Data'],
  ['Slot ID', 'Slot Identification'],
  ['MSI', 'Message Signalled Interrupts'],
  ['CompactPCI HS', 'CompactPCI Hot Swap'],
  ['PCI-X'],
  ['HyperTransport'],
  ['Vendor', 'Vendor Specific Information'],
  ['Debug Port', 'EHCI Debug Port'],
  ['CompactPCI CRC', 'CompactPCI Central Resource Control'],
  ['SHPC', 'Standard Hot-Plug Controller'],
  ['SSVID', 'Subsystem ID and Subsystem Vendor ID'],
  ['AGP3', 'AGP 8x'],
  ['Secure Device'],
  ['PCI Express'],
  ['MSI-X'],
  ['SATA', 'SATA Data/Index Configuration'],
  ['AF', 'Advanced Features'],
  ['EA', 'Enhanced Allocation'],
  ['FPB', 'Flattening Portal Bridge'],
];

/** From ID 0000h. */
const EXTENDED: readonly Names[] = [
  ['Null', 'Null Capability'],
  ['AER', 'Advanced Error Reporting'],
  ['VC', 'Virtual Channel'],
  ['DSN', 'Device Serial Number'],
  ['Power Budgeting'],
  ['RC Link', 'Root Complex Link Declaration'],
  ['RC Internal Link', 'Root Complex Internal Link Control'],
  ['RCEC', 'Root Complex Event Collector Endpoint Association'],
  ['MFVC', 'Multi-Function Virtual Channel'],
  // A Virtual Channel of a function beside one with MFVC.
  ['VC (MFVC)', 'Virtual Channel'],
  ['RCRB', 'Root Complex Register Block Header'],
  ['VSEC', 'Vendor-Specific Extended Capability'],
  ['CAC', 'Configuration Access Correlation'],
  ['ACS', 'Access Control Services'],
  ['ARI', 'Alternative Routing-ID Interpretation'],
  ['ATS', 'Address Translation Service'],
  ['SR-IOV', 'Single Root I/O Virtualization'],
  ['MR-IOV', 'Multi-Root I/O Virtualization'],
  ['Multicast'],
  ['PRI', 'Page Request Interface'],
  ['AMD', 'Reserved for AMD'],
  ['ReBAR', 'Resizable BAR'],
  ['DPA', 'Dynamic Power Allocation'],
  ['TPH', 'TPH Requester'],
  ['LTR', 'Latency Tolerance Reporting'],
  ['Secondary PCIe', 'Secondary PCI Express'],
  ['PMUX', 'Protocol Multiplexing'],
  ['PASID', 'Process Address Space ID'],
  ['LNR', 'LN Requester'],
  ['DPC', 'Downstream Port Containment'],
  ['L1 PM Substates'],
  ['PTM', 'Precision Time Measurement'],
  ['M-PCIe', 'PCI Express over M-PHY'],
  ['FRS Queueing', 'Function Readiness Status Queueing'],
  ['RTR', 'Readiness Time Reporting'],
  ['DVSEC', 'Designated Vendor-Specific Extended Capability'],
  ['VF ReBAR', 'VF Resizable BAR'],
  ['Data Link Feature'],
  ['Physical Layer 16GT', 'Physical Layer 16.0 GT/s'],
  ['Lane Margining', 'Lane Margining at the Receiver'],
  ['Hierarchy ID'],
  ['NPEM', 'Native PCIe Enclosure Management'],
  ['Physical Layer 32GT', 'Physical Layer 32.0 GT/s'],
  ['Alternate Protocol'],
  ['SFI', 'System Firmware Intermediary'],
  ['Shadow Functions'],
  ['DOE', 'Data Object Exchange'],
  ['Device 3'],
  ['IDE', 'Integrity and Data Encryption'],
  ['Physical Layer 64GT', 'Physical Layer 64.0 GT/s'],
  ['Flit Logging'],
  ['Flit Performance', 'Flit Performance Measurement'],
  ['Flit Error Injection'],
  ['SVC', 'Streamlined Virtual Channel'],
  ['MRBL', 'MMIO Register Block Locator'],
  ['NOP Flit'],
  ['SIOV', 'Scalable I/O Virtualization'],
  ['Physical Layer 128GT', 'Physical Layer 128.0 GT/s'],
  ['Captured Data'],
];

function namesOf(kind: CapabilityKind, id: number): Names | undefined {
  return (kind === 'standard' ? STANDARD : EXTENDED)[id];
}

/** The field's short label: `ATS`; `unknown (0x3f)` where no public document assigns the ID. */
export function capabilityName(kind: CapabilityKind, id: number): string {
  return namesOf(kind, id)?.[0] ?? `unknown (${formatHex(id)})`;
}

/** The specification's title: `Address Translation Service`; `Capability ID 0x003f` where no public document assigns the ID. */
export function capabilityTitle(kind: CapabilityKind, id: number): string {
  const [label, title = label] = namesOf(kind, id) ?? [`Capability ID ${formatHex(id, kind === 'standard' ? 2 : 4)}`];
  return title;
}
