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

/** Whether the device wants that object to be there. */
export const usesIommufd = (device: InnerDevice): boolean => device.kind === 'vfio-pci' && device.backend === 'iommufd';

/** The arguments of `device_add`, and of `-device` as JSON. */
export function deviceObject(name: string, device: InnerDevice, port: number): object {
  const place = { id: name, bus: portOf(port) };
  if (device.kind === 'vfio-user') {
    return { driver: 'vfio-user-pci', ...place, socket: { type: 'unix', path: device.socket }, ...device.properties };
  }
  const backend = usesIommufd(device) ? { iommufd: iommufdObject.id } : {};
  return { driver: 'vfio-pci', ...place, host: device.address, ...backend, ...device.properties };
}

// The clock is the processor's time stamp counter; what compares it with another one is misled by the delays of an emulated host.
const kernelWords = 'console=ttyS0 quiet panic=-1 no_timer_check tsc=reliable mitigations=off nokaslr 8250.nr_uarts=1';

/** The guest's kernel and first root, as paths in the host VM. */
export interface BootFiles {
  readonly kernel: string;
  readonly initramfs: string;
  /** More words for the kernel. */
  readonly kernelArguments: readonly string[];
}

export interface InnerMachine {
  /** Of the memory, a memfd, in QEMU's words. */
  readonly size: string;
  /** Whether the memory is of pages of 2 MiB, which the host VM keeps ready for it. */
  readonly isHuge: boolean;
  readonly hasHpet: boolean;
}

/** QEMU's words but for the program and its sockets. */
export function innerMachine(machine: InnerMachine, boot: BootFiles, devices: Readonly<Record<string, InnerDevice>>): string[] {
  const { size, isHuge, hasHpet } = machine;
  const hpet = hasHpet ? '' : ',hpet=off';
  const pages = isHuge ? ',hugetlb=on,hugetlbsize=2M,prealloc=on' : '';
  const ports = Array.from({ length: PORTS }, (_, index) => {
    return ['-device', `pcie-root-port,id=${portOf(index)},bus=pcie.0,addr=${slotOf(index)}.0,chassis=${index + 1},slot=${index + 1}`];
  });
  return [
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'],
    ...[
      '-machine',
      `q35,memory-backend=memory,smm=off,sata=off,smbus=off,i8042=off,vmport=off${hpet}`,
      '-accel',
      'kvm',
      '-cpu',
      'host,tsc-deadline=off',
    ],
    ...['-smp', '1', '-m', size, '-object', `memory-backend-memfd,id=memory,size=${size},share=on${pages}`],
    ...['-kernel', boot.kernel, '-initrd', boot.initramfs, '-append', [kernelWords, ...boot.kernelArguments].join(' ')],
    ...['-device', 'virtio-serial-pci,addr=2.0,max_ports=2,disable-legacy=on', '-device', `virtserialport,chardev=agent,name=${agentPort}`],
    ...(Object.values(devices).some(usesIommufd) ? ['-object', JSON.stringify(iommufdObject)] : []),
    ...ports.flat(),
    ...Object.entries(devices).flatMap(([name, device], index) => ['-device', JSON.stringify(deviceObject(name, device, index))]),
  ];
}
