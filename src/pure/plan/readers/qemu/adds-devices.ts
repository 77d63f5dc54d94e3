/** What options other than -device add to the PCI buses of a machine, so that whoever reads a plan knows what takes places besides. */
import type { DefinedValue } from '../../definition.ts';
import type { Findings } from './findings.ts';

const MADE_FIRST = 'QEMU makes it before the devices of -device, at the first free slot';
const MADE_LAST = 'QEMU makes it behind the devices of -device that are not in JSON, and before those that are, at the first free slot';

/** In words what device an option adds and where; null where it adds none. */
const ADDED: Readonly<Record<string, (value: string) => string | null>> = {
  vga: value => (value === 'none' ? null : `adds a graphics card: ${MADE_FIRST}`),
  nic: value => (/^(?:none|help)/.test(value) ? null : `adds a network card: ${MADE_FIRST}`),
  net: value => (/^nic(?:,|$)/.test(value) ? `adds a network card: ${MADE_FIRST}` : null),
  audio: value => (/(?:^|,)model=(?!none)/.test(value) ? `adds a sound card: ${MADE_FIRST}` : null),
  virtfs: () => 'adds a virtio-9p-pci as -device would, at its place on the line',
  usb: () => 'adds the USB controllers of the machine, at places of their own (slot 1d on q35, 1.2 on pc, none on virt)',
  usbdevice: () => 'adds the USB controllers of the machine, at places of their own (slot 1d on q35, 1.2 on pc, none on virt)',
  drive: value => (lastInterface(value) === 'virtio' ? `adds a virtio-blk-pci: ${MADE_LAST}` : null),
};

/** Says of each option which device it adds. */
export function noteAddedDevices(options: readonly DefinedValue[], findings: Findings): void {
  for (const { name, value, origin } of options) {
    const words = Object.hasOwn(ADDED, name) ? ADDED[name]?.(value) : null;
    if (typeof words === 'string') findings.note('qemu.option.adds-device', `-${name} ${words}`, origin);
  }
}

/** The last `if=` of a drive. */
function lastInterface(drive: string): string | null {
  let found: string | null = null;
  for (const match of drive.matchAll(/(?:^|,)if=([a-z]{0,16})/g)) found = match[1] ?? null;
  return found;
}
