/** What vfio-pci changes in the header: what a virtual function lacks, and the state a device is opened in (vfio_pci_config). */
import { doesNotAnswer, NO_ANSWER, NO_ANSWER_TEXT } from '../../pci/no-answer.ts';
import {
  PCI_BASE_ADDRESS_0,
  PCI_BASE_ADDRESS_MEM_TYPE_64,
  PCI_BASE_ADDRESS_MEM_TYPE_MASK,
  PCI_BASE_ADDRESS_SPACE_IO,
  PCI_COMMAND,
  PCI_COMMAND_INTX_DISABLE,
  PCI_COMMAND_IO,
  PCI_COMMAND_MASTER,
  PCI_COMMAND_MEMORY,
  PCI_HEADER_TYPE,
  PCI_HEADER_TYPE_MASK,
  PCI_INTERRUPT_PIN,
  PCI_STD_NUM_BARS,
} from '../../spec/pci-regs.ts';
import { REASONS } from '../reasons.ts';
import type { DeviceRule } from '../rule.ts';
import type { Work } from '../work.ts';

/** A function whose config space reads as all ones does not answer, in host bytes and in vfio bytes alike. */
const answers = (stage: 'kernel' | 'vmm'): DeviceRule => ({
  name: `${stage}.answers`,
  stage,
  when: 'before',
  summary: 'a function that does not answer cannot be assigned',
  holdsFor: 'Linux 7.3, QEMU 11.1.3',
  apply(work) {
    if (doesNotAnswer(work.options.config)) work.fail(NO_ANSWER, NO_ANSWER_TEXT);
  },
});

export const kernelAnswers = answers('kernel');
export const vmmAnswers = answers('vmm');

/** vfio-pci binds to header type 0 alone: bridges and ports stay with the host. */
export const headerType: DeviceRule = {
  name: 'kernel.header-type',
  stage: 'kernel',
  when: 'before',
  summary: 'a function whose header type is not 0 cannot be assigned',
  fails: { code: 'kernel.header-type-refused', text: 'it does if the function is a bridge' },
  holdsFor: 'Linux 7.3',
  apply(work) {
    const type = work.bits(PCI_HEADER_TYPE, 1, PCI_HEADER_TYPE_MASK);
    if (type !== 0)
      work.fail('kernel.header-type-refused', `vfio-pci does not take a function of header type ${type}: wanted type 0, not a bridge`);
  },
};

/** The host's driver has let go of the device and vfio-pci has opened it, so what that driver switched on is off. */
export const opened: DeviceRule = {
  name: 'kernel.opened',
  stage: 'kernel',
  when: 'before',
  summary: 'Bus Master Enable and Interrupt Disable read as 0 until the guest sets them',
  holdsFor: 'Linux 7.3',
  apply(work) {
    work.patch(PCI_COMMAND, 2, PCI_COMMAND_MASTER | PCI_COMMAND_INTX_DISABLE, 0, REASONS['kernel.opened'], 'first-state');
  },
};

/**
 * Memory and I/O Space Enable as the regions need them. Where sizes are not known, a base address of 0 counts as no region: the kernel
 * does not open a device that has a region without an address.
 */
function decodedSpaces(work: Work): number {
  const { barSizes } = work.options;
  let spaces = 0;
  for (let index = 0; index < PCI_STD_NUM_BARS; index++) {
    const at = PCI_BASE_ADDRESS_0 + 4 * index;
    const isThere = barSizes === null ? work.u32(at) !== 0 : (barSizes[index] ?? 0) > 0;
    if (!isThere) continue;
    if (work.bits(at, 1, PCI_BASE_ADDRESS_SPACE_IO) !== 0) spaces |= PCI_COMMAND_IO;
    else {
      const type = work.bits(at, 1, PCI_BASE_ADDRESS_MEM_TYPE_MASK);
      spaces |= PCI_COMMAND_MEMORY;
      // The next register is the upper half of this one's address.
      if ((type & PCI_BASE_ADDRESS_MEM_TYPE_MASK) === PCI_BASE_ADDRESS_MEM_TYPE_64) index++;
    }
  }
  return spaces;
}

const SPACES = PCI_COMMAND_IO | PCI_COMMAND_MEMORY;

export const enabled: DeviceRule = {
  name: 'kernel.enabled',
  stage: 'kernel',
  when: 'before',
  summary: 'Memory and I/O Space Enable are set where the device has such regions',
  holdsFor: 'Linux 6.12, 7.3',
  apply(work) {
    // A virtual function has no such bits: the rule below sets its own.
    const off = SPACES & ~(work.bytes[PCI_COMMAND] ?? 0);
    if (off === 0 || work.options.virtualFunction !== null) return;
    const spaces = work.certain(() => decodedSpaces(work));
    if (spaces === null) work.forget(PCI_COMMAND, 1);
    else if ((spaces & off) !== 0) work.patch(PCI_COMMAND, 1, spaces, spaces, REASONS['kernel.enabled'], 'first-state');
  },
};

/**
 * A virtual function's Command has no memory enable bit (PCIe 6.0 §9.3.4.1.3), its Vendor and Device ID read FFFFh and its BARs 0:
 * vfio-pci takes them from the physical function.
 */
export const virtualFunction: DeviceRule = {
  name: 'kernel.virtual-function',
  stage: 'kernel',
  when: 'before',
  summary: 'a virtual function gets its real identity, the types of its BARs, a memory enable that is set, and no interrupt pin',
  holdsFor: 'Linux 7.3',
  apply(work) {
    const identity = work.options.virtualFunction;
    if (identity === null) return;
    work.patch(0x00, 4, 0xffffffff, (identity.vendorId | (identity.deviceId << 16)) >>> 0, REASONS['kernel.vf-identity']);
    work.patch(PCI_COMMAND, 2, PCI_COMMAND_MEMORY, PCI_COMMAND_MEMORY, REASONS['kernel.memory-enable']);
    for (const [i, type] of (identity.bars ?? []).entries())
      work.patch(PCI_BASE_ADDRESS_0 + 4 * i, 4, 0xffffffff, type, REASONS['kernel.vf-bars']);
    work.patch(PCI_INTERRUPT_PIN, 1, 0xff, 0, REASONS['kernel.interrupt-pin']);
  },
};
