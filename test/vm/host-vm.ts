/** A host to test on: a virtual machine with an IOMMU, iommufd and PCIe devices, in which a test runs commands as root. */
import { accelerator } from './accelerator.ts';
import { testBed, writeAgent } from './bed.ts';
import { bootVm, type HostVm } from './booted-vm.ts';
import { type DeviceSpec, standardDevices } from './devices.ts';
import { packageDisk } from './package.ts';
import { type Iommu, type Kernel, oracleQemu, qemuArguments, rootPortSlot } from './qemu-command.ts';

export type { HostVm } from './booted-vm.ts';
export { type CommandResult, CommandTimeoutError, HostVmError, type RunOptions } from './running-vm.ts';

export interface HostVmOptions {
  readonly iommu: Iommu;
  /** Default `airlock`. */
  readonly kernel?: Kernel;
  /** Default: `standardDevices`. */
  readonly devices?: readonly DeviceSpec[];
  readonly kernelArguments?: readonly string[];
  readonly qemuArguments?: readonly string[];
  /** QEMU's words, default `2G`. */
  readonly memory?: string;
  /** Default 1: under TCG two wait for each other in every lock and at every unmapped page, which takes a third of their time. */
  readonly processors?: number;
  /** Default: what `accelerator()` finds. */
  readonly accelerator?: 'kvm' | 'tcg';
  /** An npm package file to install in the VM, so that its commands are in the PATH. */
  readonly package?: string;
  /** How long the VM may take until its agent answers. Default 180. */
  readonly bootSeconds?: number;
}

/** The address of the port above the device with that name. */
export function portAbove(devices: readonly DeviceSpec[], name: string): string {
  const index = devices.findIndex(spec => spec.name === name);
  const [spec] = devices.slice(index, index + 1);
  if (index === -1 || spec === undefined) throw new RangeError(`No device of this VM is named ${name}`);
  return spec.bus === undefined ? `0000:00:${rootPortSlot(index).toString(16).padStart(2, '0')}.0` : '0000:80:00.0';
}

function command(options: HostVmOptions, devices: readonly DeviceSpec[], folder: string) {
  const bed = testBed();
  const qemu = oracleQemu(bed.oracleRoot);
  const { iommu, kernel = 'airlock', memory = '2G', processors = 1, kernelArguments = [], qemuArguments: more = [] } = options;
  const words = qemuArguments(
    {
      ...{ iommu, kernel, devices, memory, processors, kernelArguments },
      accelerator: options.accelerator ?? accelerator(bed.oracleRoot),
      qemuArguments: [...(options.package === undefined ? [] : packageDisk(options.package)), ...more],
    },
    { bed: bed.folder, vm: folder },
  );
  return { ...qemu, argv: [...qemu.argv, ...words] };
}

/**
 * Boots a host VM. One boot serves many commands; what they change is gone with the VM.
 *
 * @throws HostVmError where it does not boot, with the last lines of its console.
 */
export function hostVm(options: HostVmOptions): Promise<HostVm> {
  const { devices = standardDevices, bootSeconds = 180 } = options;
  const start = { writeAgent, command: (folder: string) => command(options, devices, folder), bootSeconds, package: options.package };
  return bootVm(start, name => portAbove(devices, name));
}
