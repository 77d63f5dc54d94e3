/** The parts that domains of tests are made of. */

/** A domain and what it is about. */
export interface Domain {
  readonly name: string;
  readonly text: string;
}

export interface Around {
  readonly machine?: string;
  readonly arch?: string;
  readonly features?: string;
  /** Elements beside `<devices>`. */
  readonly more?: string;
}

export const NUMA = "<cpu><numa><cell id='0' cpus='0' memory='1048576' unit='KiB'/></numa></cpu>";

export function domain(devices: string, { machine = 'pc-q35-11.1', arch = 'x86_64', features, more = '' }: Around = {}): string {
  const usual = arch === 'x86_64' ? "<features><acpi/><ioapic driver='qemu'/></features>" : "<features><gic version='3'/></features>";
  return `<domain type='qemu' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
  <name>db1</name>
  <memory unit='KiB'>1048576</memory>
  <vcpu>1</vcpu>
  <os><type arch='${arch}' machine='${machine}'>hvm</type></os>
  ${features ?? usual}
  <devices>
    <emulator>/usr/bin/qemu-system-${arch}</emulator>
    ${devices}
  </devices>${more}
</domain>
`;
}

export const ARM = { machine: 'virt-11.1', arch: 'aarch64' };
export const PC = { machine: 'pc-i440fx-11.1' };

/** An assigned device; `address` is `3b:00.1`. */
export function hostdev(address: string, inner = '', attributes = "managed='yes'"): string {
  const [, bus, slot, fn] = /^(..):(..)\.(.)$/.exec(address) ?? [];
  const source = `<source><address domain='0x0000' bus='0x${bus}' slot='0x${slot}' function='0x${fn}'/></source>`;
  return `<hostdev mode='subsystem' type='pci' ${attributes}>${source}${inner}</hostdev>`;
}

export const controller = (index: number, model: string, inner = '') =>
  `<controller type='pci' index='${index}' model='${model}'>${inner}</controller>`;
export const place = (bus: number, slot: number, fn = 0, more = '') =>
  `<address type='pci' domain='0x0000' bus='0x${bus.toString(16).padStart(2, '0')}' slot='0x${slot.toString(16).padStart(2, '0')}' function='0x${fn}'${more}/>`;
export const port = (index: number, inner = '') => controller(index, 'pcie-root-port', inner);
export const disk = (index: number) =>
  `<disk type='file' device='disk'><source file='/d${index}.img'/><target dev='vd${String.fromCharCode(97 + index)}' bus='virtio'/></disk>`;
export const uuid = '4b20d080-1b54-4048-85b3-a6a62d165c01';
export const mdev = (attributes = '', inner = '') =>
  `<hostdev mode='subsystem' type='mdev' model='vfio-pci'${attributes}><source><address uuid='${uuid}'/></source>${inner}</hostdev>`;
export const override = (alias: string, ...properties: string[]) =>
  `<qemu:override><qemu:device alias='${alias}'><qemu:frontend>${properties.map(one => `<qemu:property ${one}/>`).join('')}</qemu:frontend></qemu:device></qemu:override>`;
export const words = (...all: string[]) =>
  `<qemu:commandline>${all.map(word => `<qemu:arg value='${word}'/>`).join('')}</qemu:commandline>`;
export const smmu = (attributes: string) => `<iommu model='smmuv3'><driver ${attributes}/></iommu>`;
export const NONE = "<controller type='usb' model='none'/><memballoon model='none'/>";
export const one = hostdev('3b:00.0');
