/** The command line of the QEMU that is the host VM: one q35 machine with an IOMMU and devices behind root ports. */
import type { DeviceSpec } from './devices.ts';
import { agentPort } from './protocol.ts';

/** What stands between the devices and memory. `no-iotlb`: the IOMMU has no device IOTLB, so the kernel says that ATS is unsupported. */
export type Iommu = 'intel' | 'intel-no-iotlb' | 'intel-scalable' | 'amd' | 'amd-no-iotlb' | 'virtio' | 'none';

const iommuDevices: Record<Iommu, readonly string[]> = {
  intel: ['-device', 'intel-iommu,intremap=on,device-iotlb=on'],
  'intel-no-iotlb': ['-device', 'intel-iommu,intremap=on,device-iotlb=off'],
  'intel-scalable': ['-device', 'intel-iommu,intremap=on,device-iotlb=on,scalable-mode=on,pasid-bits=20'],
  amd: ['-device', 'amd-iommu,intremap=on,device-iotlb=on'],
  'amd-no-iotlb': ['-device', 'amd-iommu,intremap=on,device-iotlb=off'],
  virtio: ['-device', 'virtio-iommu-pci'],
  none: [],
};

/** `airlock`: Linux 7.3 with iommufd, see install-kernel. `debian`: Debian 13's own 6.12 without, see install-debian-kernel. */
export type Kernel = 'airlock' | 'debian';

/** Where things lie on the machine that runs QEMU. */
export interface BedFolders {
  /** The folder of test/vm/install. */
  readonly bed: string;
  /** The folder of this one VM: sockets, console, and `share`, which the VM mounts. */
  readonly vm: string;
}

export interface QemuOptions {
  readonly iommu: Iommu;
  readonly kernel: Kernel;
  readonly devices: readonly DeviceSpec[];
  readonly memory: string;
  readonly processors: number;
  readonly accelerator: 'kvm' | 'tcg';
  readonly kernelArguments: readonly string[];
  readonly qemuArguments: readonly string[];
}

/** The slot on pcie.0 of the root port of device `index`. */
export function rootPortSlot(index: number): number {
  return 8 + index;
}

/** QEMU's words for device `index`, with a root port of its own unless it names its bus. */
export function deviceArguments(spec: DeviceSpec, index: number): string[] {
  const before = [...(spec.before ?? [])];
  if (spec.bus !== undefined) return [...before, '-device', `${spec.device},bus=${spec.bus},id=${spec.name}`];
  const port = `pcie-root-port,id=port-${spec.name},bus=pcie.0,addr=${rootPortSlot(index).toString(16)}.0,chassis=${index + 1},slot=${index + 1}`;
  return [...before, '-device', port, '-device', `${spec.device},bus=port-${spec.name},id=${spec.name}`];
}

function kernelCommandLine(options: QemuOptions): string {
  // On a busy machine the kernel's test of the timer now and then sees no tick, and panics.
  const words = ['console=ttyS0', 'root=/dev/vda', 'rw', 'panic=-1', 'no_timer_check', 'init=/sbin/airlock-init'];
  // Only guests of this VM's use the driver: here no test expects one to have the card.
  words.push('initcall_blacklist=igb_init_module');
  // What guards the kernel from its users costs some of its time under TCG, and so do its accounts of memory, which systemd asks for.
  words.push('mitigations=off', ...(options.kernelArguments.includes('airlock.systemd') ? [] : ['cgroup_disable=memory']));
  return [...words, ...options.kernelArguments].join(' ');
}

function kernelFiles(kernel: Kernel, bed: string): string[] {
  // The uncompressed one: under TCG unpacking takes longer than a third of the boot.
  if (kernel === 'airlock') return ['-kernel', `${bed}/vmlinux`];
  return ['-kernel', `${bed}/debian/vmlinuz`, '-initrd', `${bed}/debian/initrd`];
}

/** QEMU's words: everything but the program. The order matters: devices look for the IOMMU that was made before them. */
export function qemuArguments(options: QemuOptions, { bed, vm }: BedFolders): string[] {
  const machine = ['q35', 'kernel-irqchip=split', ...options.devices.flatMap(spec => spec.machine ?? [])].join(',');
  const accelerator = options.accelerator === 'kvm' ? 'kvm' : 'tcg,thread=multi';
  // TCG copies and clears a byte at a time where the processor says that it has these for it.
  const processor = options.accelerator === 'kvm' ? 'max' : 'max,-erms,-fsrm';
  return [
    ...['-machine', machine, '-accel', accelerator, '-cpu', processor, '-smp', `${options.processors}`, '-m', options.memory],
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot', '-serial', `file:${vm}/console`],
    ...['-qmp', `unix:${vm}/qmp`],
    ...kernelFiles(options.kernel, bed),
    ...['-append', kernelCommandLine(options)],
    ...iommuDevices[options.iommu],
    ...[
      '-drive',
      `file=${bed}/disk.img,if=none,id=disk,format=raw,snapshot=on`,
      '-device',
      'virtio-blk-pci,drive=disk,addr=4.0,multifunction=on',
    ],
    ...[
      '-fsdev',
      `local,id=share,path=${vm}/share,security_model=none,multidevs=remap`,
      '-device',
      'virtio-9p-pci,fsdev=share,mount_tag=host,addr=6',
    ],
    ...['-device', 'virtio-serial-pci,addr=5', '-chardev', `socket,id=agent,path=${vm}/agent`],
    ...['-device', `virtserialport,chardev=agent,name=${agentPort}`],
    ...options.devices.flatMap(deviceArguments),
    ...options.qemuArguments,
  ];
}

/** The words that run a program of the oracle's root on this machine, all paths being this machine's. */
export function oracleQemu(root: string, name = 'qemu-system-x86_64'): { file: string; argv: string[]; env: NodeJS.ProcessEnv } {
  const libraries = `${root}/usr/lib/x86_64-linux-gnu`;
  const program = ['--library-path', libraries, `${root}/usr/bin/${name}`];
  return {
    file: `${root}/lib64/ld-linux-x86-64.so.2`,
    argv: [...program, '-L', `${root}/usr/share/qemu`, '-L', `${root}/usr/share/seabios`],
    env: { ...process.env, QEMU_MODULE_DIR: `${libraries}/qemu` },
  };
}
