/** The Arm host: a virtual machine whose kernel has KVM, and devices behind an SMMUv3 that nests, in which a test runs commands as root. */
import { createHash } from 'node:crypto';
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeCpio } from '../passthrough/inner-initramfs.ts';
import { bootVm, type HostVm } from '../vm/booted-vm.ts';
import { type DeviceSpec, virtioNetWithAts } from '../vm/devices.ts';
import { portAbove } from '../vm/host-vm.ts';
import { packageDisk } from '../vm/package.ts';
import { agentPort } from '../vm/protocol.ts';
import { deviceArguments, oracleQemu } from '../vm/qemu-command.ts';
import { armBed, armKernel, armModules, writeArmAgent } from './bed.ts';
import { nestingIort } from './nesting-iort.ts';

export interface ArmHostOptions {
  readonly devices: readonly DeviceSpec[];
  /** An npm package file to install in the VM, so that its commands are in the PATH. */
  readonly package?: string;
  /** Whether the IORT says that the root complex is coherent, without which Linux gives no vIOMMU behind an SMMU that has no FWB. */
  readonly isCanwbs?: boolean;
}

/** Much more than a quiet machine takes. */
const BOOT_SECONDS = 240;

// Virtualization gives the VM's kernel EL2, and with it KVM for guests inside. The processor is the one under which tests take a third of the
// time that `max` makes them take: with its 40 address bits KVM does not walk 2^48 bytes whenever a guest ends, and what authenticates
// pointers does nothing, which TCG would compute at each call of a function.
const MACHINE = [
  ...['-machine', 'virt,gic-version=3,iommu=smmuv3,virtualization=on', '-global', 'arm-smmuv3.stage=nested'],
  ...['-accel', 'tcg,thread=multi', '-cpu', 'cortex-a76', '-smp', '2', '-m', '3G'],
  ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'],
];

function qemuWords({ devices, package: file }: ArmHostOptions, initrd: string | null, folder: string): string[] {
  const bed = armBed().folder;
  return [
    ...MACHINE,
    ...['-serial', `file:${folder}/console`, '-qmp', `unix:${folder}/qmp`],
    ...['-bios', `${bed}/QEMU_EFI.fd`, '-kernel', armKernel(), ...(initrd === null ? [] : ['-initrd', initrd])],
    ...['-append', 'console=ttyAMA0 quiet root=/dev/vda rw panic=-1 init=/sbin/airlock-init'],
    ...['-drive', `file=${bed}/disk.img,if=none,id=disk,format=raw,snapshot=on`],
    ...['-device', 'virtio-blk-pci,drive=disk,addr=4.0,multifunction=on'],
    ...['-fsdev', `local,id=share,path=${folder}/share,security_model=none,multidevs=remap`],
    ...['-device', 'virtio-9p-pci,fsdev=share,mount_tag=host,addr=6'],
    ...['-device', 'virtio-serial-pci,addr=5', '-chardev', `socket,id=agent,path=${folder}/agent`],
    ...['-device', `virtserialport,chardev=agent,name=${agentPort}`],
    ...(file === undefined ? [] : packageDisk(file, armModules())),
    ...devices.flatMap(deviceArguments),
  ];
}

function boot(options: ArmHostOptions, initrd: string | null): Promise<HostVm> {
  const { devices } = options;
  const command = (folder: string) => {
    const qemu = oracleQemu(armBed().oracleRoot, 'qemu-system-aarch64');
    return { ...qemu, argv: [...qemu.argv, ...qemuWords(options, initrd, folder)] };
  };
  const start = { writeAgent: writeArmAgent, command, bootSeconds: BOOT_SECONDS, package: options.package };
  return bootVm(start, name => portAbove(devices, name));
}

/**
 * The path on this machine of a root for the kernel that replaces the IORT, which names the buses behind the SMMU: made once for each number
 * of root ports, of the one that such a VM has without it.
 */
async function nestingRoot(ports: number): Promise<string> {
  const { folder } = armBed();
  const key = createHash('sha256').update(MACHINE.join('\n')).digest('hex').slice(0, 12);
  const path = join(folder, `iort-${key}-${ports}.cpio`);
  if (existsSync(path)) return path;
  const devices = Array.from({ length: ports }, (_, index) => ({ ...virtioNetWithAts, name: `card-${index}` }));
  await using host = await boot({ devices }, null);
  const { bytes } = await host.run(['cat', '/sys/firmware/acpi/tables/IORT']);
  const made = `${path}.${process.pid}`;
  const folders = ['kernel', 'kernel/firmware', 'kernel/firmware/acpi'].map(name => ({ path: name, mode: 0o040755 }));
  writeFileSync(made, encodeCpio([...folders, { path: 'kernel/firmware/acpi/iort.aml', mode: 0o100644, data: nestingIort(bytes.stdout) }]));
  renameSync(made, path);
  return path;
}

/**
 * Boots an Arm host. One boot serves many commands; what they change is gone with the VM.
 *
 * @throws HostVmError where it does not boot, with the last lines of its console.
 */
export async function armHost(options: ArmHostOptions): Promise<HostVm> {
  return boot(options, options.isCanwbs === false ? null : await nestingRoot(options.devices.length));
}
