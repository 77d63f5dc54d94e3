/** What the VMM changes in the header: identity, the multi-function bit, base addresses and the expansion ROM. */

import {
  PCI_BASE_ADDRESS_0,
  PCI_BASE_ADDRESS_MEM_TYPE_64,
  PCI_BASE_ADDRESS_MEM_TYPE_MASK,
  PCI_BASE_ADDRESS_SPACE_IO,
  PCI_CARDBUS_CIS,
  PCI_CLASS_PROG,
  PCI_COMMAND,
  PCI_COMMAND_INTX_DISABLE,
  PCI_COMMAND_IO,
  PCI_COMMAND_MASTER,
  PCI_COMMAND_MEMORY,
  PCI_DEVICE_ID,
  PCI_HEADER_TYPE,
  PCI_HEADER_TYPE_MASK,
  PCI_HEADER_TYPE_MFD,
  PCI_INTERRUPT_PIN,
  PCI_ROM_ADDRESS,
  PCI_STD_NUM_BARS,
  PCI_SUBSYSTEM_ID,
  PCI_SUBSYSTEM_VENDOR_ID,
  PCI_VENDOR_ID,
} from '../../spec/pci-regs.ts';
import { BAR_COUNTS, IO_TYPE, LAST_PIN, MEMORY_TYPE } from '../../spec/pcie.ts';
import { REASONS } from '../reasons.ts';
import type { DeviceRule } from '../rule.ts';
import { overridesIdentity } from '../settings.ts';
import type { Work } from '../work.ts';

const facts = { stage: 'vmm', when: 'before', holdsFor: 'QEMU 10.0, 11.1' } as const;

/** Where an identity is set, how large it may be, and the words where it is larger. In the order in which they are checked. */
const IDENTITY = [
  { setting: 'vendorId', at: PCI_VENDOR_ID, length: 2, most: 0xfffe, words: 'vendor ID' },
  { setting: 'deviceId', at: PCI_DEVICE_ID, length: 2, most: 0xffff, words: 'device ID' },
  { setting: 'subsystemVendorId', at: PCI_SUBSYSTEM_VENDOR_ID, length: 2, most: 0xffff, words: 'subsystem vendor ID' },
  { setting: 'subsystemId', at: PCI_SUBSYSTEM_ID, length: 2, most: 0xffff, words: 'subsystem device ID' },
  { setting: 'classCode', at: PCI_CLASS_PROG, length: 3, most: 0xffffff, words: 'class code' },
] as const;

export const identity: DeviceRule = {
  ...facts,
  name: 'vmm.identity',
  summary: 'x-pci-vendor-id, x-pci-device-id, x-pci-sub-vendor-id, x-pci-sub-device-id and x-pci-class-code replace what the device says',
  apply(work) {
    if (!overridesIdentity(work.options.settings)) return;
    for (const { setting, at, length, most, words } of IDENTITY) {
      const value = work.options.settings[setting];
      if (value === null) continue;
      if (value > most) return work.fail('header.id-invalid', `invalid PCI ${words} provided`);
      work.patch(at, length, length === 2 ? 0xffff : 0xffffff, value, REASONS['header.id-overridden']);
    }
  },
};

/** What a function decodes and does by itself (PCI 3.0 §6.2.2). */
const COMMAND_SWITCHES = PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_INTX_DISABLE;

/** A guest finds every device switched off (PCI 3.0 §6.2.2: state after reset); SERR# Enable and others stay as they are. */
export const commandReset: DeviceRule = {
  ...facts,
  name: 'vmm.command-reset',
  summary: "the device decodes nothing and is no bus master until the guest's firmware enables it",
  apply(work) {
    work.patch(PCI_COMMAND, 2, COMMAND_SWITCHES, 0, REASONS['header.command-reset'], 'first-state');
  },
};

export const multifunction: DeviceRule = {
  ...facts,
  name: 'vmm.multifunction',
  summary: "the multi-function bit is that of the guest's device, not of the host's",
  apply(work) {
    work.patch(
      PCI_HEADER_TYPE,
      1,
      PCI_HEADER_TYPE_MFD,
      work.options.settings.multifunction ? PCI_HEADER_TYPE_MFD : 0,
      REASONS['header.multifunction'],
    );
  },
};

/** The type of a BAR: four bits, two for I/O; null where the reserved bit of I/O is not known. */
function typeBits(work: Work, at: number): number | null {
  const isIo = work.bits(at, 1, PCI_BASE_ADDRESS_SPACE_IO) !== 0;
  if (isIo && !work.areKnown(at, 1, IO_TYPE)) return null;
  return work.bits(at, 1, isIo ? IO_TYPE : MEMORY_TYPE);
}

/**
 * BAR types stay as the device has them (PCI 3.0 §6.2.5.1); addresses are the guest's own and start at 0. A register without a
 * region, such as the upper half of a 64-bit address, is 0.
 */
export const baseAddresses: DeviceRule = {
  ...facts,
  name: 'vmm.base-addresses',
  summary: 'base address registers keep their types and start unprogrammed',
  apply(work) {
    const count = BAR_COUNTS[work.bits(PCI_HEADER_TYPE, 1, PCI_HEADER_TYPE_MASK)] ?? PCI_STD_NUM_BARS;
    const sizes = work.options.barSizes;
    let upperHalf = false;
    // Adjacent registers that end up as 0 share one patch: most registers do.
    let zeros = PCI_BASE_ADDRESS_0;
    for (let index = 0, at = PCI_BASE_ADDRESS_0; index < PCI_STD_NUM_BARS; index++, at += 4) {
      const there: boolean = sizes === null ? index < count && !upperHalf : (sizes[index] ?? 0) > 0;
      const low: number | null = there ? typeBits(work, at) : 0;
      if (low === null) {
        upperHalf = false;
        if (zeros < at) work.patch(zeros, at - zeros, 0xffffffff, 0, REASONS['bar.emulated']);
        work.forget(at, 4);
        zeros = at + 4;
        continue;
      }
      const io: boolean = (low & PCI_BASE_ADDRESS_SPACE_IO) !== 0;
      upperHalf = !io && (low & PCI_BASE_ADDRESS_MEM_TYPE_MASK) === PCI_BASE_ADDRESS_MEM_TYPE_64;
      const type = low & (io ? IO_TYPE : MEMORY_TYPE);
      if (type === 0) continue;
      if (zeros < at) work.patch(zeros, at - zeros, 0xffffffff, 0, REASONS['bar.emulated']);
      work.patch(at, 4, 0xffffffff, type, REASONS['bar.emulated']);
      zeros = at + 4;
    }
    if (zeros < PCI_CARDBUS_CIS) work.patch(zeros, PCI_CARDBUS_CIS - zeros, 0xffffffff, 0, REASONS['bar.emulated']);
  },
};

export const expansionRom: DeviceRule = {
  ...facts,
  name: 'vmm.expansion-rom',
  summary: 'the expansion ROM base address starts unprogrammed and disabled',
  apply(work) {
    work.patch(PCI_ROM_ADDRESS, 4, 0xffffffff, 0, REASONS['rom.emulated']);
  },
};

export const interruptPin: DeviceRule = {
  ...facts,
  when: 'after',
  holdsFor: 'QEMU 11.1',
  name: 'vmm.interrupt-pin',
  summary: 'an interrupt pin beyond INTD# cannot be routed',
  fails: { code: 'header.interrupt-pin-invalid', text: 'the interrupt pin is not known' },
  apply(work) {
    const pin = work.u8(PCI_INTERRUPT_PIN);
    if (pin > LAST_PIN) work.fail('header.interrupt-pin-invalid', `invalid PCI interrupt pin ${pin}`);
  },
};
