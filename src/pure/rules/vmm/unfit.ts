/** Properties that touch no byte of config space and that the VMM refuses for a device of the kernel's vfio-pci, in QEMU's words. */

import { PCI_CLASS_DISPLAY_VGA, PCI_CLASS_NETWORK_ETHERNET } from '../../spec/pci-ids.ts';
import { PCI_CLASS_DEVICE } from '../../spec/pci-regs.ts';
import type { DeviceRule } from '../rule.ts';
import type { Demands } from '../settings.ts';
import type { Work } from '../work.ts';

const facts = { stage: 'vmm', holdsFor: 'QEMU 11.1' } as const;

const CODE = 'property.unfit';

const fails = { code: CODE, text: 'the class of the device, by which a property is refused, is not known' };

/** What QEMU refuses before it looks at the device. */
export const unfitBefore: DeviceRule = {
  ...facts,
  fails,
  name: 'vmm.unfit-before',
  when: 'before',
  summary: 'x-balloon-allowed, sriov-pf and, but for a VGA device, x-vga are refused',
  apply(work) {
    const { balloon, sriovPf, vga } = work.options.settings.demands;
    if (balloon) return work.fail(CODE, 'x-balloon-allowed only potentially compatible with mdev devices');
    // QEMU has no message for this: it dies.
    if (sriovPf) return work.fail('property.sriov-pf', 'sriov-pf is for emulated virtual functions: an assigned device cannot have it');
    if (vga && work.u16(PCI_CLASS_DEVICE) !== PCI_CLASS_DISPLAY_VGA) {
      work.fail(
        CODE,
        'failed getting region info for VGA region index 8: Invalid argument: device does not support requested feature x-vga',
      );
    }
  },
};

/** A failover pair is one of network cards, each alone in its slot. */
function failoverWords(work: Work): string | null {
  const { demands, multifunction } = work.options.settings;
  if (!demands.failoverPair) return null;
  if (work.isOnConventionalBus) return 'failover primary device must be on PCIExpress bus';
  if (work.u16(PCI_CLASS_DEVICE) !== PCI_CLASS_NETWORK_ETHERNET) return 'failover primary device is not an Ethernet device';
  return multifunction ? 'failover: primary device must be in its own PCI slot' : null;
}

/** vfio-pci itself shows no screen. The order is that of QEMU's checks. */
function displayWords({ display, ramfb, resolution }: Demands): string | null {
  if (display === 'on') return "vfio: device doesn't support any (known) display method";
  if (ramfb) return 'ramfb=on requires display=on';
  return resolution ? 'xres and yres properties require display=on' : null;
}

/** What QEMU refuses once the device is set up. */
export const unfitAfter: DeviceRule = {
  ...facts,
  fails,
  name: 'vmm.unfit-after',
  when: 'after',
  summary: 'display=on, ramfb, xres and yres are refused, and a failover pair that is no network card alone in its slot',
  apply(work) {
    const { demands } = work.options.settings;
    const words = displayWords(demands) ?? failoverWords(work);
    if (words !== null) return work.fail(CODE, words);
    if (demands.ramfbMigration === 'on') {
      work.tell('warning', 'property.ramfb-migrate', 'x-ramfb-migrate=on but ramfb=off. Forcing x-ramfb-migrate to off.');
    }
    if (demands.vga) {
      const text = 'x-vga=on fails where the host kernel is built without VFIO_PCI_VGA: whether it is, is not known';
      work.tell('note', 'property.vga-unknown', text, 'airlock');
    }
    if (demands.migration === 'on') {
      const text =
        'enable-migration=on fails where the host driver cannot migrate the device, as vfio-pci itself cannot: which one has it is not known';
      work.tell('note', 'property.migration-unknown', text, 'airlock');
    }
  },
};
