/** The structs, constants and ioctl numbers of linux/iommufd.h under their C names. */
export * from './core.ts';
export * from './fault.ts';
export * from './hw-info.ts';
export * from './hwpt.ts';
export * from './ioas.ts';
export * from './viommu.ts';
