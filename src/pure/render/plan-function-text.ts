/** What `plan --device` tells of a device beside its verdict: its group, its card, its NUMA nodes and its BARs. */
import { hexDigits } from '../bytes/hex.ts';
import { ROM_INDEX } from '../pci/bars.ts';
import type { RegionFact } from '../pci/regions.ts';
import type { VmDefinition } from '../plan/definition.ts';
import { guestNumaNode } from '../plan/guest-numa-node.ts';
import type { DevicePlan, HostFunction, HostNeighbour, HostPlan, VmPlan } from '../plan/plan-report.ts';
import { formatByteSize } from '../text/byte-size.ts';
import { wrapName } from '../text/wrap.ts';
import { type Painter, PLAIN } from './paint.ts';

const driverOf = ({ driver }: HostNeighbour): string => (driver === null ? 'driver not known' : driver === 'none' ? 'no driver' : driver);

const formatNeighbour = (one: HostNeighbour): string => `${one.address} (${driverOf(one)})`;

function groupLine({ group }: HostFunction): string {
  if (group === null) return 'group: not known';
  return group === 'none' ? 'group: none' : `group ${group.number}: ${group.members.map(formatNeighbour).join(', ')}`;
}

/** Where the guest finds each function of the card. */
function cardLine({ card }: HostFunction, devices: readonly DevicePlan[]): string {
  const words = card.map(one => {
    const given = devices.find(({ host }) => host === one.address);
    if (given === undefined) return `${formatNeighbour(one)} is not in this VM`;
    const { id, place } = given;
    return `${one.address} is ${id}${place === null ? '' : ` at ${place.bus} ${place.address ?? '?'}`}`;
  });
  return `functions of the card: ${words.join(', ')}`;
}

function formatNode(node: number | 'none' | null): string {
  return node === null ? 'not known' : String(node);
}

function formatRegion({ index, kind, width, prefetchable, size }: RegionFact): string {
  const name = index === ROM_INDEX ? 'ROM' : `BAR ${index}`;
  const words = [
    size === null ? 'size not known' : formatByteSize(size),
    kind === 'io' ? 'I/O ports' : width === null ? [] : `${width}-bit`,
    prefetchable === true ? 'prefetchable' : [],
  ];
  return `${name} ${words.flat().join(', ')}`;
}

function regionLine({ regions }: HostFunction): string {
  if (regions === null) return 'BARs: not known';
  return `BARs: ${regions.map(formatRegion).join('; ') || 'none'}`;
}

function idsWord({ vendorId, deviceId }: HostFunction): string {
  return vendorId === null || deviceId === null ? '' : `, ${hexDigits(vendorId, 4)}:${hexDigits(deviceId, 4)}`;
}

function formatFunction(device: DevicePlan, host: HostPlan, definition: VmDefinition, paint: Painter): string[] {
  const { id, hostFunction, place } = device;
  if (hostFunction === null) return [];
  const node = place === null ? null : formatNode(guestNumaNode(definition, place.bus) ?? 'none');
  const lines = [
    `${id} on ${host.host}: ${device.host ?? '?'}${idsWord(hostFunction)}; NUMA node: ${formatNode(hostFunction.numaNode)}`,
    ...(place === null ? [] : [`in the guest: ${place.kind}; NUMA node: ${node}`]),
    groupLine(hostFunction),
    cardLine(hostFunction, host.devices),
    regionLine(hostFunction),
  ];
  return lines.flatMap((line, i) => {
    const indent = i === 0 ? '  ' : '    ';
    return wrapName(line, paint.width - indent.length, '  ').map(each => `${indent}${each}`);
  });
}

/** The function behind the device `id` on each host; `vm` has all devices, since others may be of the same card. */
export function formatFunctions({ hosts, definition }: VmPlan, id: string, paint: Painter = PLAIN): string[] {
  return hosts.flatMap(host => {
    const device = host.devices.find(each => each.id === id);
    return device === undefined ? [] : formatFunction(device, host, definition, paint);
  });
}
