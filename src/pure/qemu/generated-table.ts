/** The shapes of the rows in `generated/`, which tools/qemu-tables.ts writes; a shape changes here and in the tool together. */

/** The devices whose properties Airlock knows. */
export type DriverName =
  | 'vfio-pci'
  | 'vfio-pci-nohotplug'
  | 'vfio-user-pci'
  | 'arm-smmuv3'
  | 'intel-iommu'
  | 'amd-iommu'
  | 'virtio-iommu-pci';

/** The versions of QEMU whose tables there are. The tables of 10.0 hold nothing of arm-smmuv3 and vfio-user-pci. */
export type QemuVersion = '11.1' | '10.0';

/** One property: its name, QEMU's name for its type, and its default (null: none). */
export type PropertyRow = readonly [name: string, type: string, value: boolean | number | bigint | string | null];

/** One machine type; `rows` are numbers of compat rows, in the order in which they apply. */
export type MachineRow = readonly [family: string, version: string, alias: string | null, deprecated: boolean, rows: readonly number[]];

/** One option of a machine type: its name, and QEMU's name for its type. */
export type OptionRow = readonly [name: string, type: string];
