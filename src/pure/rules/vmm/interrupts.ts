/** What the VMM changes in MSI and MSI-X: both are emulated, so the guest starts with them disabled and unprogrammed. */

import { formatHex } from '../../bytes/hex.ts';
import {
  PCI_CAP_ID_MSI,
  PCI_CAP_ID_MSIX,
  PCI_DEVICE_ID,
  PCI_MSI_ADDRESS_LO,
  PCI_MSI_DATA_32,
  PCI_MSI_DATA_64,
  PCI_MSI_FLAGS,
  PCI_MSI_FLAGS_64BIT,
  PCI_MSI_FLAGS_MASKBIT,
  PCI_MSI_FLAGS_QMASK,
  PCI_MSIX_ENTRY_SIZE,
  PCI_MSIX_FLAGS,
  PCI_MSIX_FLAGS_QSIZE,
  PCI_MSIX_PBA,
  PCI_MSIX_TABLE,
  PCI_MSIX_TABLE_BIR,
  PCI_MSIX_TABLE_OFFSET,
  PCI_VENDOR_ID,
} from '../../spec/pci-regs.ts';
import { LAST_BAR, pendingBytes } from '../../spec/pcie.ts';
import { standardSize } from '../capability-extent.ts';
import { REASONS } from '../reasons.ts';
import type { CapabilityRule, DeviceRule } from '../rule.ts';
import type { Work, WorkCapability } from '../work.ts';
import { isRelocated } from './msix-relocation.ts';

const standard = { stage: 'vmm', when: 'capability', kind: 'standard', holdsFor: 'QEMU 10.0, 11.1' } as const;

const MSI_FIXED = PCI_MSI_FLAGS_QMASK | PCI_MSI_FLAGS_64BIT | PCI_MSI_FLAGS_MASKBIT;

/** The VMM emulates the first MSI capability of the list; any other stays as the device has it. */
function isFirst(work: Work, capability: WorkCapability): boolean {
  return work.find('standard', capability.id) === capability;
}

export const msi: CapabilityRule = {
  ...standard,
  name: 'vmm.msi',
  ids: [PCI_CAP_ID_MSI],
  summary: 'MSI keeps its shape; enable, vectors, address, data, mask and pending bits start at 0',
  apply(work, capability) {
    if (!isFirst(work, capability)) return;
    const control = work.bits(capability.offset + PCI_MSI_FLAGS, 2, MSI_FIXED);
    const data = (control & PCI_MSI_FLAGS_64BIT) === 0 ? PCI_MSI_DATA_32 : PCI_MSI_DATA_64;
    work.change(capability, PCI_MSI_FLAGS, 2, 0xffff, control, REASONS['msi.emulated']);
    work.change(capability, PCI_MSI_ADDRESS_LO, data - PCI_MSI_ADDRESS_LO, 0xffffffff, 0, REASONS['msi.emulated']);
    work.change(capability, data, 2, 0xffff, 0, REASONS['msi.emulated']);
    if ((control & PCI_MSI_FLAGS_MASKBIT) !== 0) work.change(capability, data + 4, 8, 0xffffffff, 0, REASONS['msi.emulated']);
  },
};

interface Window {
  readonly bar: number;
  readonly start: number;
}

/** Where a Table or PBA register says its array is: BAR Indicator [2:0], offset [31:3] (PCI 3.0 §6.8.2.4). */
function windowOf(work: Work, register: number): Window {
  const value = work.u32(register);
  return { bar: value & PCI_MSIX_TABLE_BIR, start: (value & PCI_MSIX_TABLE_OFFSET) >>> 0 };
}

/** Devices whose PBA register is known to be wrong, and where in the same BAR their pending bits are. */
const PENDING_ELSEWHERE = [
  { vendorId: 0x1425, deviceId: 0x5800, deviceMask: 0xff00, start: 0x1000 },
  { vendorId: 0x1d22, deviceId: 0x3685, deviceMask: 0xffff, start: 0xb400 },
] as const;

/** Where the pending bits really are on a device whose register is known to be wrong; null for any other device. */
function correctedStart(work: Work): number | null {
  const [vendorId, deviceId] = [work.u16(PCI_VENDOR_ID), work.u16(PCI_DEVICE_ID)];
  const known = PENDING_ELSEWHERE.find(other => other.vendorId === vendorId && other.deviceId === (deviceId & other.deviceMask));
  return known?.start ?? null;
}

/** Checks, before any capability is visited, that both arrays are in a BAR and that the pending bits begin inside theirs. */
export const msixArrays: DeviceRule = {
  stage: 'vmm',
  when: 'before',
  holdsFor: 'QEMU 11.1',
  name: 'vmm.msix-arrays',
  summary: 'MSI-X whose table or pending bits are in no BAR fails the realize',
  fails: { code: 'msix.misplaced', text: 'where MSI-X has its table and its pending bits is not known' },
  apply(work) {
    const capability = work.find('standard', PCI_CAP_ID_MSIX);
    if (capability === null) return;
    const table = windowOf(work, capability.offset + PCI_MSIX_TABLE);
    const pending = windowOf(work, capability.offset + PCI_MSIX_PBA);
    if (table.bar > LAST_BAR || pending.bar > LAST_BAR) {
      return work.fail('msix.bir-invalid', `invalid MSI-X BIR, table_bar=${table.bar} pba_bar=${pending.bar}`);
    }
    const { barSizes } = work.options;
    if (barSizes === null || pending.start < (barSizes[pending.bar] ?? 0)) return;
    const start = correctedStart(work);
    if (start !== null) return work.change(capability, PCI_MSIX_PBA, 4, 0xffffffff, start | pending.bar, REASONS['msix.pending-corrected']);
    work.fail('msix.misplaced', 'hardware reports invalid configuration, MSIX PBA outside of specified BAR');
  },
};

/** Whether the arrays do not overlap and, as far as sizes are known, end inside their BARs. */
function fits(work: Work, { offset }: WorkCapability): boolean {
  const { barSizes } = work.options;
  const vectors = work.bits(offset + PCI_MSIX_FLAGS, 2, PCI_MSIX_FLAGS_QSIZE) + 1;
  const table = windowOf(work, offset + PCI_MSIX_TABLE);
  const pending = windowOf(work, offset + PCI_MSIX_PBA);
  const tableEnd = table.start + PCI_MSIX_ENTRY_SIZE * vectors;
  const pendingEnd = pending.start + pendingBytes(vectors);
  if (table.bar === pending.bar && table.start < pendingEnd && pending.start < tableEnd) return false;
  return barSizes === null || (tableEnd <= (barSizes[table.bar] ?? 0) && pendingEnd <= (barSizes[pending.bar] ?? 0));
}

export const msix: CapabilityRule = {
  ...standard,
  name: 'vmm.msix',
  ids: [PCI_CAP_ID_MSIX],
  summary: 'MSI-X keeps its table and pending bits where they are; enable and function mask start at 0',
  fails: { code: 'msix.misplaced', text: 'where MSI-X has its table and its pending bits is not known' },
  apply(work, capability) {
    const first = work.find('standard', PCI_CAP_ID_MSIX) ?? capability;
    // Arrays that the property moved always fit. Of several MSI-X capabilities QEMU names the last, but checks the arrays of the first.
    if (!isRelocated(work) && !fits(work, first)) {
      const at = `${formatHex(PCI_CAP_ID_MSIX)}[${formatHex(standardSize(work, capability.offset))}]@${formatHex(capability.offset)}`;
      return work.fail(
        'msix.misplaced',
        `failed to add PCI capability ${at}: table & pba overlap, or they don't fit in BARs, or don't align`,
      );
    }
    if (capability !== first) return;
    work.change(
      capability,
      PCI_MSIX_FLAGS,
      2,
      0xffff,
      work.bits(capability.offset + PCI_MSIX_FLAGS, 2, PCI_MSIX_FLAGS_QSIZE),
      REASONS['msix.emulated'],
    );
  },
};
