/** Where Cloud Hypervisor cannot map the BAR around MSI-X's table, it makes the BAR larger and moves the arrays into the upper half. */
import { REASONS } from '../../rules/reasons.ts';
import type { DeviceRule } from '../../rules/rule.ts';
import type { Work, WorkCapability } from '../../rules/work.ts';
import {
  PCI_BASE_ADDRESS_0,
  PCI_BASE_ADDRESS_MEM_TYPE_64,
  PCI_BASE_ADDRESS_SPACE_IO,
  PCI_CAP_ID_MSIX,
  PCI_MSIX_ENTRY_SIZE,
  PCI_MSIX_FLAGS,
  PCI_MSIX_FLAGS_QSIZE,
  PCI_MSIX_PBA,
  PCI_MSIX_TABLE,
  PCI_MSIX_TABLE_BIR,
  PCI_MSIX_TABLE_OFFSET,
} from '../../spec/pci-regs.ts';
import { LAST_BAR } from '../../spec/pcie.ts';

const DWORDS = 2 ** 32;
/** Of any host: a table that begins at a multiple of it begins with a page everywhere. */
const LARGEST_PAGE = 65536;

/** The whole pages of both arrays as it counts them: a multiple of 64 vectors gets one quadword of pending bits more than it needs. */
function pagesOf(vectors: number, pageSize: number): number {
  const bytes = PCI_MSIX_ENTRY_SIZE * vectors + 8 * (Math.floor(vectors / 64) + 1);
  return Math.ceil(bytes / pageSize) * pageSize;
}

/** The registers hold 32 bits: an offset beyond 4 GiB loses its upper bits. */
const asOffset = (value: number): number => ((value % DWORDS) + DWORDS) % DWORDS;

interface Sizes {
  readonly bar: number;
  readonly page: number;
}

function move(work: Work, capability: WorkCapability, bar: number, sizes: Sizes): void {
  const vectors = work.bits(capability.offset + PCI_MSIX_FLAGS, 2, PCI_MSIX_FLAGS_QSIZE) + 1;
  const areVectorsKnown = work.areKnown(capability.offset + PCI_MSIX_FLAGS, 2, PCI_MSIX_FLAGS_QSIZE);
  const [table, pending] = [work.u32(capability.offset + PCI_MSIX_TABLE), work.u32(capability.offset + PCI_MSIX_PBA)];
  const start = (value: number) => (value & PCI_MSIX_TABLE_OFFSET) >>> 0;
  const size = 2 * Math.max(sizes.bar, pagesOf(vectors, sizes.page));
  const reason = REASONS['msix.into-pages'];
  const place = (register: number, offset: number, value: number) =>
    work.change(capability, register, 4, 0xffffffff, (asOffset(offset) + (value & PCI_MSIX_TABLE_BIR)) >>> 0, reason);
  place(PCI_MSIX_TABLE, size / 2, table);
  // The pending bits too, even where they are in another BAR.
  place(PCI_MSIX_PBA, size / 2 + start(pending) - start(table), pending);
  if (areVectorsKnown) work.movedArrays = { bar, vectors, ownType: null, size, by: 'vmm' };
}

/** Whether it makes this BAR larger, which it does with 64-bit regions only. */
function isWide(work: Work, bar: number): boolean {
  const type = work.bits(PCI_BASE_ADDRESS_0 + 4 * bar, 1, PCI_BASE_ADDRESS_SPACE_IO | PCI_BASE_ADDRESS_MEM_TYPE_64);
  return type === PCI_BASE_ADDRESS_MEM_TYPE_64;
}

const NONE = -1;

/** The BAR that is doubled for a table, by its register, or `NONE`. */
function barToDouble(work: Work, table: number, pageSize: number): number {
  const bar = table & PCI_MSIX_TABLE_BIR;
  if (bar > LAST_BAR || (table & PCI_MSIX_TABLE_OFFSET) % pageSize === 0) return NONE;
  return isWide(work, bar) ? bar : NONE;
}

export const msixIntoPages: DeviceRule = {
  stage: 'vmm',
  when: 'before',
  name: 'vmm.msix-into-pages',
  holdsFor: 'Cloud Hypervisor 53, by its source',
  summary:
    'a 64-bit BAR in which the table of MSI-X begins inside of a page is doubled, and table and pending bits move into its upper half',
  apply(work) {
    const capability = work.find('standard', PCI_CAP_ID_MSIX);
    if (capability === null) return;
    const { barSizes, pageSize } = work.options;
    const bar = work.certain(() => barToDouble(work, work.u32(capability.offset + PCI_MSIX_TABLE), pageSize ?? LARGEST_PAGE));
    if (bar === NONE) return;
    if (bar === null || barSizes === null || pageSize === null) return work.forget(capability.offset + PCI_MSIX_TABLE, 8);
    const bytes = barSizes[bar] ?? 0;
    if (bytes > 0) move(work, capability, bar, { bar: bytes, page: pageSize });
  },
};
