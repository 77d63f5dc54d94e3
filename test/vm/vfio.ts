/** What a test does with a host VM's sysfs before it uses a device through VFIO. */
import type { HostVm } from './host-vm.ts';

/** Takes the function from its driver and gives it to vfio-pci. Throws where vfio-pci does not take it, as it does without an IOMMU. */
export async function bindToVfio(vm: HostVm, address: string): Promise<void> {
  const sysfs = `/sys/bus/pci/devices/${address}`;
  const driver = await vm.output(
    `set -e; echo vfio-pci >${sysfs}/driver_override; ` +
      `[ ! -e ${sysfs}/driver ] || echo ${address} >${sysfs}/driver/unbind; ` +
      `echo ${address} >/sys/bus/pci/drivers_probe; basename "$(readlink ${sysfs}/driver)"`,
  );
  if (driver.trim() !== 'vfio-pci') throw new Error(`Cannot give ${address} to vfio-pci: ${driver.trim() || 'no driver'} has it`);
}

/** Whether iommufd takes devices whose interrupts no remapping isolates; as its parameter of the kernel's command line. */
export async function setUnsafeInterrupts(vm: HostVm, isAllowed: boolean): Promise<void> {
  await vm.output(`echo ${isAllowed ? 'Y' : 'N'} >/sys/module/iommufd/parameters/allow_unsafe_interrupts`);
}
