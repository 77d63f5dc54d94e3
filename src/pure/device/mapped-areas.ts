/** The parts of a region that a client may map: all that the backend allows except the pages that hold MSI-X's table. */
import type { DeviceArea, DeviceRegion } from './pci-device.ts';

/** The areas without the whole pages of `pageSize` bytes around `hole`. */
export function areasWithout(areas: readonly DeviceArea[], hole: DeviceArea, pageSize: number): DeviceArea[] {
  const from = Math.floor(hole.offset / pageSize) * pageSize;
  const to = Math.ceil((hole.offset + hole.size) / pageSize) * pageSize;
  return areas.flatMap(({ offset, size }) => {
    const end = offset + size;
    const before = { offset, size: Math.min(end, from) - offset };
    const after = { offset: Math.max(offset, to), size: end - Math.max(offset, to) };
    return [before, after].filter(area => area.size > 0);
  });
}

/** The region with the table's pages taken out of its mapping; no mapping where nothing is left. */
export function withoutPages(region: DeviceRegion, hole: DeviceArea, pageSize: number): DeviceRegion {
  if (region.mapping === null) return region;
  const areas = areasWithout(region.mapping.areas, hole, pageSize);
  return { ...region, mapping: areas.length === 0 ? null : { ...region.mapping, areas } };
}
