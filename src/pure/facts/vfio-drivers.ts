/** Which drivers hand their device to user space, and which are in nobody's way (kernel documentation of VFIO, driver_managed_dma). */

/** `vfio-pci`, its variants such as `mlx5_vfio_pci`, and VFIO's drivers of other buses. */
export function isVfioDriver(name: string): boolean {
  return /(?:^|[-_])vfio[-_](?:pci|platform|amba|fsl[-_]mc)$/.test(name);
}

/** Neither does DMA with addresses of its own: a group with such a device can be assigned. */
const NEUTRAL: ReadonlySet<string> = new Set(['pci-stub', 'pcieport']);

/** Whether a device that is bound to this driver keeps its group from being assigned. */
export function isHostDriver(name: string): boolean {
  return !isVfioDriver(name) && !NEUTRAL.has(name);
}
