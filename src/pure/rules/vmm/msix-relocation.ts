/** x-msix-relocation: MSI-X's table and pending bits move behind the registers of a BAR, or into a BAR of their own. */

import { formatHex, hexDigits } from '../../bytes/hex.ts';
import type { BarSizes } from '../../pci/regions.ts';
import {
  PCI_BASE_ADDRESS_0,
  PCI_BASE_ADDRESS_MEM_PREFETCH,
  PCI_BASE_ADDRESS_MEM_TYPE_64,
  PCI_BASE_ADDRESS_SPACE_IO,
  PCI_CAP_ID_MSIX,
  PCI_DEVICE_ID,
  PCI_MSIX_ENTRY_SIZE,
  PCI_MSIX_FLAGS,
  PCI_MSIX_FLAGS_QSIZE,
  PCI_MSIX_PBA,
  PCI_MSIX_TABLE,
  PCI_VENDOR_ID,
} from '../../spec/pci-regs.ts';
import { LAST_BAR, pendingBytes } from '../../spec/pcie.ts';
import { REASONS } from '../reasons.ts';
import type { DeviceRule } from '../rule.ts';
import type { Work, WorkCapability } from '../work.ts';

/** The BAR that the property names, or null where it names none. */
function targetOf({ options }: Work): number | null {
  const { msixRelocation } = options.settings;
  if (msixRelocation === 'off') return null;
  const [, bar] = /^bar([0-5])$/.exec(msixRelocation) ?? [];
  return bar === undefined ? null : Number(bar);
}

/** Whether the property moves the arrays away from where the device's registers say. */
export function isRelocated(work: Work): boolean {
  return targetOf(work) !== null;
}

/** The bytes that both arrays take, rounded up to a power of two of at least a page of the host, in which BARs are mapped. */
function arraysSize(vectors: number, pageSize: number): number {
  const bytes = PCI_MSIX_ENTRY_SIZE * vectors + pendingBytes(vectors);
  return 2 ** Math.ceil(Math.log2(Math.ceil(bytes / pageSize) * pageSize));
}

/** The bytes of a BAR of `size` bytes once the arrays have moved into it, on a host with pages of `pageSize` bytes. */
export function relocatedBarSize(size: number, vectors: number, pageSize: number): number {
  const arrays = arraysSize(vectors, pageSize);
  return size === 0 ? arrays : Math.max(size, arrays) * 2;
}

/** QEMU's words where the arrays cannot move into the BAR, else null. */
function refusal(work: Work, bar: number): string | null {
  const type = work.bits(PCI_BASE_ADDRESS_0 + 4 * bar, 1, PCI_BASE_ADDRESS_SPACE_IO);
  if ((type & PCI_BASE_ADDRESS_SPACE_IO) !== 0) return `Invalid MSI-X relocation BAR ${bar}, I/O port BAR`;
  const before = bar === 0 ? 0 : work.bits(PCI_BASE_ADDRESS_0 + 4 * (bar - 1), 1, PCI_BASE_ADDRESS_SPACE_IO | PCI_BASE_ADDRESS_MEM_TYPE_64);
  if ((before & (PCI_BASE_ADDRESS_SPACE_IO | PCI_BASE_ADDRESS_MEM_TYPE_64)) === PCI_BASE_ADDRESS_MEM_TYPE_64)
    return `Invalid MSI-X relocation BAR ${bar}, consumed by 64-bit BAR ${bar - 1}`;
  return null;
}

interface KnownSizes {
  readonly bars: BarSizes;
  readonly page: number;
}

function move(work: Work, capability: WorkCapability, bar: number, { bars, page }: KnownSizes): void {
  const areVectorsKnown = work.areKnown(capability.offset + PCI_MSIX_FLAGS, 2, PCI_MSIX_FLAGS_QSIZE);
  const vectors = work.bits(capability.offset + PCI_MSIX_FLAGS, 2, PCI_MSIX_FLAGS_QSIZE) + 1;
  const size = bars[bar] ?? 0;
  const whole = relocatedBarSize(size, vectors, page);
  const start = size === 0 ? 0 : whole / 2;
  const isWide = bar < LAST_BAR && (bars[bar + 1] ?? 0) === 0;
  const ownType = size === 0 ? PCI_BASE_ADDRESS_MEM_PREFETCH | (isWide ? PCI_BASE_ADDRESS_MEM_TYPE_64 : 0) : null;
  if (ownType !== null) work.patch(PCI_BASE_ADDRESS_0 + 4 * bar, 4, 0xffffffff, ownType, REASONS['msix.own-bar']);
  work.change(capability, PCI_MSIX_TABLE, 4, 0xffffffff, start | bar, REASONS['msix.relocated']);
  if (areVectorsKnown) work.movedArrays = { bar, vectors, ownType, size: whole, by: 'x-msix-relocation' };
  work.change(capability, PCI_MSIX_PBA, 4, 0xffffffff, (start + PCI_MSIX_ENTRY_SIZE * vectors) | bar, REASONS['msix.relocated']);
}

/** Runs after the rule that gives base address registers their types. The size of the BAR decides where in it the arrays go. */
export const msixRelocation: DeviceRule = {
  stage: 'vmm',
  when: 'before',
  holdsFor: 'QEMU 10.0, 11.1',
  name: 'vmm.msix-relocation',
  fails: { code: 'msix.relocation-refused', text: 'where MSI-X has its table, and which BARs there are, is not known' },
  summary: 'x-msix-relocation moves the table and the pending bits of MSI-X behind those of a BAR, or into a BAR of their own',
  apply(work) {
    const { settings, barSizes, pageSize } = work.options;
    if (settings.msixRelocation === 'off') return;
    const capability = work.find('standard', PCI_CAP_ID_MSIX);
    const bar = targetOf(work);
    if (capability === null) {
      if (work.unknownAt.standard !== null && bar !== null) work.forget(PCI_BASE_ADDRESS_0 + 4 * bar, 4);
      return;
    }
    if (bar === null) {
      const [vendor, device] = [work.u16(PCI_VENDOR_ID), work.u16(PCI_DEVICE_ID)].map(id => hexDigits(id, 4));
      return work.fail('msix.relocation-refused', `No automatic MSI-X relocation available for device ${vendor}:${device}`);
    }
    const words = refusal(work, bar);
    if (words !== null) {
      // Where unknown bytes decide this, the arrays may move after all.
      work.forget(capability.offset + PCI_MSIX_TABLE, 8);
      return work.fail('msix.relocation-refused', words);
    }
    if (barSizes !== null && pageSize !== null) return move(work, capability, bar, { bars: barSizes, page: pageSize });
    work.forget(capability.offset + PCI_MSIX_TABLE, 8);
    // A register of 0 may belong to no BAR; the VMM then makes it one.
    if (work.u8(PCI_BASE_ADDRESS_0 + 4 * bar) === 0) work.forget(PCI_BASE_ADDRESS_0 + 4 * bar, 4);
    const unknown = barSizes === null ? 'whose size is not known' : 'in pages of the host, whose size is not known';
    const where = `MSI-X at ${formatHex(capability.offset)} moves to BAR ${bar}, ${unknown}`;
    work.tell('warning', 'msix.relocation-unknown', `${where}: where in it the table and the pending bits stand is not known`, 'airlock');
  },
};
