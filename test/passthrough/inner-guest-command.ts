/** The command line of a guest inside the host VM: the least machine that runs Linux, its memory shared, with empty root ports. */
import { agentPort } from '../vm/protocol.ts';

/** More properties of the device, with JSON's types as QMP wants them: `{ ats: 'on' }`. */
export type DeviceProperties = Readonly<Record<string, string | number | boolean>>;

export type InnerDevice =
  | {
      readonly kind: 'vfio-pci';
      /** The function in the host VM; vfio-pci has it. */
      readonly address: string;
      readonly backend: 'iommufd' | 'legacy';
      readonly properties?: DeviceProperties;
    }
  | {
      readonly kind: 'vfio-user';
      /** The path in the host VM. QEMU connects when the device is plugged: it is to be served already. */
      readonly socket: string;
      readonly properties?: DeviceProperties;
    };

/** How many devices a guest can have. */
export const PORTS = 8;

/** The slot on pcie.0 of root port `index`. */
export function slotOf(index: number): string {
  return (8 + index).toString(16).padStart(2, '0');
}

const portOf = (index: number): string => `port-${index}`;

/** Not `iommufd`: each device has a property of that name, and QEMU finds two objects at that path from the second device on. */
export const iommufdObject = { 'qom-type': 'iommufd', id: 'iommufd0' } as const;

/** The arguments of `device_add`. */
export function deviceObject(name: string, device: InnerDevice, port: number): object {
  const place = { id: name, bus: portOf(port) };
  if (device.kind === 'vfio-user') {
    return { driver: 'vfio-user-pci', ...place, socket: { type: 'unix', path: device.socket }, ...device.properties };
  }
  const backend = device.backend === 'iommufd' ? { iommufd: iommufdObject.id } : {};
  return { driver: 'vfio-pci', ...place, host: device.address, ...backend, ...device.properties };
}

/** QEMU's words but for the program, its kernel and its sockets; the same for the QEMU that saved a state and those that load it. */
export function innerMachine(memory: string): string[] {
  const ports = Array.from({ length: PORTS }, (_, index) => {
    return ['-device', `pcie-root-port,id=${portOf(index)},bus=pcie.0,addr=${slotOf(index)}.0,chassis=${index + 1},slot=${index + 1}`];
  });
  return [
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'],
    ...['-machine', 'q35,memory-backend=memory,smm=off,sata=off,smbus=off,i8042=off,vmport=off', '-accel', 'tcg', '-cpu', 'max'],
    // While it computes, its clock runs with its instructions, 8 ns each: by the real clock it would do nothing but serve timer ticks.
    ...['-icount', 'shift=3,sleep=on'],
    ...['-smp', '1', '-m', memory, '-object', `memory-backend-memfd,id=memory,size=${memory},share=on`],
    ...['-device', 'virtio-serial-pci,addr=2.0,max_ports=2,disable-legacy=on', '-device', `virtserialport,chardev=agent,name=${agentPort}`],
    ...ports.flat(),
  ];
}
