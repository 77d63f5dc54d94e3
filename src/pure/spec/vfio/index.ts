/** The structs, constants and ioctl numbers of linux/vfio.h under their C names. */
export * from './core.ts';
export * from './device.ts';
export * from './feature.ts';
export * from './irq.ts';
export * from './region.ts';
export * from './type1.ts';
