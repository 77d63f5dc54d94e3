/** The text of Single Root I/O Virtualization. */
import { hexDigits } from '../../../bytes/hex.ts';
import type { CapabilityFields } from '../../../pci/capability.ts';
import { srIov } from '../../../pci/extended/sr-iov.ts';
import { PCI_BASE_ADDRESS_MEM_PREFETCH, PCI_BASE_ADDRESS_MEM_TYPE_64, PCI_BASE_ADDRESS_MEM_TYPE_MASK } from '../../../spec/pci-regs.ts';
import { ALL_ONES, MEMORY_TYPE } from '../../../spec/pcie.ts';
import { formatFlags, renderer, sign } from '../renderer.ts';

type SrIov = CapabilityFields<typeof srIov>;

const UNIMPLEMENTED = [0, ALL_ONES];

/** One line for each VF BAR that is there. A 64-bit one takes the next as its upper half. */
function regionLines(bars: readonly number[]): string[] {
  const lines: string[] = [];
  for (let i = 0; i < bars.length; i++) {
    const bar = bars[i] ?? 0;
    if (UNIMPLEMENTED.includes(bar)) continue;
    const index = i;
    let address = hexDigits((bar & ~MEMORY_TYPE) >>> 0, 8);
    // Behind the last BAR stands no upper half.
    if ((bar & PCI_BASE_ADDRESS_MEM_TYPE_MASK) === PCI_BASE_ADDRESS_MEM_TYPE_64) address = hexDigits(bars[++i] ?? 0, 8) + address;
    const width = (bar & PCI_BASE_ADDRESS_MEM_TYPE_MASK) === 0 ? '32-bit' : '64-bit';
    const prefetchable = (bar & PCI_BASE_ADDRESS_MEM_PREFETCH) === 0 ? 'non-prefetchable' : 'prefetchable';
    lines.push(`Region ${index}: Memory at ${address} (${width}, ${prefetchable})`);
  }
  return lines;
}

function formatControl(control: SrIov['control']): string {
  return formatFlags({
    Enable: control.vfEnable,
    Migration: control.vfMigrationEnable,
    Interrupt: control.vfMigrationInterruptEnable,
    MSE: control.vfMemorySpaceEnable,
    ARIHierarchy: control.ariCapableHierarchy,
    '10BitTagReq': control.vf10BitTagRequesterEnable,
  });
}

export const srIovText = renderer(srIov, fields => {
  const { capabilities, vfMigrationState } = fields;
  const supported = formatFlags({ Migration: capabilities.vfMigrationCapable, '10BitTagReq': capabilities.vf10BitTagRequesterSupported });
  const vfs = `Initial VFs: ${fields.initialVfs}, Total VFs: ${fields.totalVfs}, Number of VFs: ${fields.numVfs}`;
  const pages = `Supported Page Size: ${hexDigits(fields.supportedPageSizes, 8)}, System Page Size: ${hexDigits(fields.systemPageSize, 8)}`;
  return {
    title: 'Single Root I/O Virtualization (SR-IOV)',
    lines: [
      `IOVCap:\t${supported} IntMsgNum ${capabilities.vfMigrationInterruptMessageNumber}`,
      `IOVCtl:\t${formatControl(fields.control)}`,
      `IOVSta:\tMigration${sign(fields.status.vfMigrationStatus)}`,
      `${vfs}, Function Dependency Link: ${hexDigits(fields.functionDependencyLink, 2)}`,
      `VF offset: ${fields.firstVfOffset}, stride: ${fields.vfStride}, Device ID: ${hexDigits(fields.vfDeviceId, 4)}`,
      pages,
      ...regionLines(fields.vfBars),
      `VF Migration: offset: ${hexDigits(vfMigrationState.offset, 8)}, BIR: ${vfMigrationState.bar}`,
    ],
  };
});
