/** Names of class codes (PCI Code and ID Assignment 1.15 §1), in the words that the field's tools use for them. */

type Interfaces = Readonly<Record<number, string>>;
type Subclasses = Readonly<Record<number, readonly [name: string, interfaces?: Interfaces]>>;

/** Base class → its name and its subclasses → their names and programming interfaces. */
const CLASSES: Readonly<Record<number, readonly [name: string, subclasses: Subclasses]>> = {
  0: [
    'Unclassified device',
    {
      0: ['Non-VGA unclassified device'],
      1: ['VGA compatible unclassified device'],
      5: ['Image coprocessor'],
    },
  ],
  1: [
    'Mass storage controller',
    {
      0: ['SCSI storage controller'],
      1: [
        'IDE interface',
        {
          0: 'ISA Compatibility mode-only controller',
          5: 'PCI native mode-only controller',
          10: 'ISA Compatibility mode controller, supports both channels switched to PCI native mode',
          15: 'PCI native mode controller, supports both channels switched to ISA compatibility mode',
          128: 'ISA Compatibility mode-only controller, supports bus mastering',
          133: 'PCI native mode-only controller, supports bus mastering',
          138: 'ISA Compatibility mode controller, supports both channels switched to PCI native mode, supports bus mastering',
          143: 'PCI native mode controller, supports both channels switched to ISA compatibility mode, supports bus mastering',
        },
      ],
      2: ['Floppy disk controller'],
      3: ['IPI bus controller'],
      4: ['RAID bus controller'],
      5: ['ATA controller', { 32: 'ADMA single stepping', 48: 'ADMA continuous operation' }],
      6: ['SATA controller', { 0: 'Vendor specific', 1: 'AHCI 1.0', 2: 'Serial Storage Bus' }],
      7: ['Serial Attached SCSI controller', { 1: 'Serial Storage Bus' }],
      8: ['Non-Volatile memory controller', { 1: 'NVMHCI', 2: 'NVM Express' }],
      9: ['Universal Flash Storage controller', { 0: 'Vendor specific', 1: 'UFSHCI' }],
      128: ['Mass storage controller'],
    },
  ],
  2: [
    'Network controller',
    {
      0: ['Ethernet controller'],
      1: ['Token ring network controller'],
      2: ['FDDI network controller'],
      3: ['ATM network controller'],
      4: ['ISDN controller'],
      5: ['WorldFip controller'],
      6: ['PICMG controller'],
      7: ['Infiniband controller'],
      8: ['Fabric controller'],
      128: ['Network controller'],
    },
  ],
  3: [
    'Display controller',
    {
      0: ['VGA compatible controller', { 0: 'VGA controller', 1: '8514 controller' }],
      1: ['XGA compatible controller'],
      2: ['3D controller'],
      128: ['Display controller'],
    },
  ],
  4: [
    'Multimedia controller',
    {
      0: ['Multimedia video controller'],
      1: ['Multimedia audio controller'],
      2: ['Computer telephony device'],
      3: ['Audio device'],
      128: ['Multimedia controller'],
    },
  ],
  5: [
    'Memory controller',
    {
      0: ['RAM memory'],
      1: ['FLASH memory'],
      2: ['CXL', { 0: 'CXL Memory Device - vendor specific', 16: 'CXL Memory Device (CXL 2.x)' }],
      128: ['Memory controller'],
    },
  ],
  6: [
    'Bridge',
    {
      0: ['Host bridge'],
      1: ['ISA bridge'],
      2: ['EISA bridge'],
      3: ['MicroChannel bridge'],
      4: ['PCI bridge', { 0: 'Normal decode', 1: 'Subtractive decode' }],
      5: ['PCMCIA bridge'],
      6: ['NuBus bridge'],
      7: ['CardBus bridge'],
      8: ['RACEway bridge', { 0: 'Transparent mode', 1: 'Endpoint mode' }],
      9: ['Semi-transparent PCI-to-PCI bridge', { 64: 'Primary bus towards host CPU', 128: 'Secondary bus towards host CPU' }],
      10: ['InfiniBand to PCI host bridge'],
      128: ['Bridge'],
    },
  ],
  7: [
    'Communication controller',
    {
      0: ['Serial controller', { 0: '8250', 1: '16450', 2: '16550', 3: '16650', 4: '16750', 5: '16850', 6: '16950' }],
      1: ['Parallel controller', { 0: 'SPP', 1: 'BiDir', 2: 'ECP', 3: 'IEEE1284', 254: 'IEEE1284 Target' }],
      2: ['Multiport serial controller'],
      3: ['Modem', { 0: 'Generic', 1: 'Hayes/16450', 2: 'Hayes/16550', 3: 'Hayes/16650', 4: 'Hayes/16750' }],
      4: ['GPIB controller'],
      5: ['Smart Card controller'],
      128: ['Communication controller'],
    },
  ],
  8: [
    'Generic system peripheral',
    {
      0: ['PIC', { 0: '8259', 1: 'ISA PIC', 2: 'EISA PIC', 16: 'IO-APIC', 32: 'IO(X)-APIC' }],
      1: ['DMA controller', { 0: '8237', 1: 'ISA DMA', 2: 'EISA DMA' }],
      2: ['Timer', { 0: '8254', 1: 'ISA Timer', 2: 'EISA Timers', 3: 'HPET' }],
      3: ['RTC', { 0: 'Generic', 1: 'ISA RTC' }],
      4: ['PCI Hot-plug controller'],
      5: ['SD Host controller'],
      6: ['IOMMU'],
      128: ['System peripheral'],
      153: ['Timing Card', { 1: 'TAP Timing Card' }],
    },
  ],
  9: [
    'Input device controller',
    {
      0: ['Keyboard controller'],
      1: ['Digitizer Pen'],
      2: ['Mouse controller'],
      3: ['Scanner controller'],
      4: ['Gameport controller', { 0: 'Generic', 16: 'Extended' }],
      128: ['Input device controller'],
    },
  ],
  10: [
    'Docking station',
    {
      0: ['Generic Docking Station'],
      128: ['Docking Station'],
    },
  ],
  11: [
    'Processor',
    {
      0: ['386'],
      1: ['486'],
      2: ['Pentium'],
      16: ['Alpha'],
      32: ['Power PC'],
      48: ['MIPS'],
      64: ['Co-processor'],
    },
  ],
  12: [
    'Serial bus controller',
    {
      0: ['FireWire (IEEE 1394)', { 0: 'Generic', 16: 'OHCI' }],
      1: ['ACCESS Bus'],
      2: ['SSA'],
      3: [
        'USB controller',
        { 0: 'UHCI', 16: 'OHCI', 32: 'EHCI', 48: 'XHCI', 64: 'USB4 Host Interface', 128: 'Unspecified', 254: 'USB Device' },
      ],
      4: ['Fibre Channel'],
      5: ['SMBus'],
      6: ['InfiniBand'],
      7: ['IPMI Interface', { 0: 'SMIC', 1: 'KCS', 2: 'BT (Block Transfer)' }],
      8: ['SERCOS interface'],
      9: ['CANBUS'],
      128: ['Serial bus controller'],
    },
  ],
  13: [
    'Wireless controller',
    {
      0: ['IRDA controller'],
      1: ['Consumer IR controller'],
      16: ['RF controller'],
      17: ['Bluetooth'],
      18: ['Broadband'],
      32: ['802.1a controller'],
      33: ['802.1b controller'],
      128: ['Wireless controller'],
    },
  ],
  14: [
    'Intelligent controller',
    {
      0: ['I2O'],
    },
  ],
  15: [
    'Satellite communications controller',
    {
      1: ['Satellite TV controller'],
      2: ['Satellite audio communication controller'],
      3: ['Satellite voice communication controller'],
      4: ['Satellite data communication controller'],
    },
  ],
  16: [
    'Encryption controller',
    {
      0: ['Network and computing encryption device'],
      16: ['Entertainment encryption device'],
      128: ['Encryption controller'],
    },
  ],
  17: [
    'Signal processing controller',
    {
      0: ['DPIO module'],
      1: ['Performance counters'],
      16: ['Communication synchronizer'],
      32: ['Signal processing management'],
      128: ['Signal processing controller'],
    },
  ],
  18: [
    'Processing accelerators',
    {
      0: ['Processing accelerators'],
      1: ['SNIA Smart Data Accelerator Interface (SDXI) controller'],
    },
  ],
  19: ['Non-Essential Instrumentation', {}],
  64: ['Coprocessor', {}],
  255: ['Unassigned class', {}],
};

/** The names of one class code; null for a part that has none. */
export interface ClassNames {
  readonly baseClass: string | null;
  readonly subclass: string | null;
  readonly programmingInterface: string | null;
}

/** Names of a 24-bit class code: base class [23:16], subclass [15:8], programming interface [7:0]. */
export function nameClass(classCode: number): ClassNames {
  const [baseClass = null, subclasses] = CLASSES[classCode >>> 16] ?? [];
  const [subclass = null, interfaces] = subclasses?.[(classCode >>> 8) & 0xff] ?? [];
  return { baseClass, subclass, programmingInterface: interfaces?.[classCode & 0xff] ?? null };
}

/** Base class and subclass by the subclass's name; null for a name that two have. Made when it is first asked for. */
let byName: Map<string, number | null> | null = null;

/** Base class [15:8] and subclass [7:0] of a name; null where no subclass has it, or more than one. */
export function classOfName(name: string): number | null {
  if (byName === null) {
    byName = new Map();
    for (const [base, [, subclasses]] of Object.entries(CLASSES)) {
      for (const [subclass, [own]] of Object.entries(subclasses))
        byName.set(own, byName.has(own) ? null : (Number(base) << 8) | Number(subclass));
    }
  }
  return byName.get(name) ?? null;
}
