/** The public face of this part: the iommufd object and its address spaces. */

export { Ioas, type IovaOptions, type IovaRanges, type MapFileOptions, type MapMemoryOptions } from './ioas.ts';
export { type HwptOptions, IOMMUFD_PATH, Iommufd } from './iommufd.ts';
