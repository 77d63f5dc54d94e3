/** What a guest does not see as the host has it: functions of one card that stand apart, and devices of other NUMA nodes than their buses'. */
import type { DefinedDevice, VmDefinition } from './definition.ts';
import { guestNumaNode } from './guest-numa-node.ts';
import type { HostIndex } from './judge/host/plan-host.ts';
import type { PlanFinding } from './plan-finding.ts';
import type { DevicePlan, HostPlan } from './plan-report.ts';

const slotOf = (address: string): string => address.slice(0, address.lastIndexOf('.'));

/** The guest's slot; null where the VMM's choice is not known. */
function guestSlotOf({ place }: DevicePlan): string | null {
  return place?.address == null ? null : `${place.bus} ${slotOf(place.address)}`;
}

/** What a function is, by its ids; null for a virtual function, which is a device by itself, and where that is not known. */
function kindOf(address: string, index: HostIndex): number | null {
  const facts = index.find(address);
  return facts === undefined || facts.virtualFunction !== null ? null : (facts.config.read(0, 4) ?? null);
}

const originOf = ({ devices }: VmDefinition, id: string): PlanFinding['origin'] =>
  devices.find((device: DefinedDevice) => device.id === id)?.origin ?? null;

/** Functions of one card that are no copies of each other, such as a GPU and its sound: their drivers look for them in one slot. */
function apart(definition: VmDefinition, { devices }: HostPlan, index: HostIndex): PlanFinding[] {
  return devices.flatMap((device): PlanFinding[] => {
    const { host, id } = device;
    const kind = host === null ? null : kindOf(host, index);
    const first = devices.find(other => other.host !== null && host !== null && slotOf(other.host) === slotOf(host));
    const [own, other] = [guestSlotOf(device), first === undefined ? null : guestSlotOf(first)];
    if (kind === null || own === null || other === null || own === other || first?.host == null || kindOf(first.host, index) === kind)
      return [];
    const { format } = definition.source;
    const at = `${first.place?.bus} ${first.place?.address}`;
    const mend =
      format === 'qemu'
        ? `: bus=${first.place?.bus},addr=0x0.0x${host?.at(-1)} of ${id} and multifunction=on of ${first.id} put them into one slot`
        : format === 'libvirt'
          ? `: <address> of ${id} with bus and slot of ${first.id} and function='0x${host?.at(-1)}', and multifunction='on' in that of ${first.id}, put them into one slot`
          : '';
    const message = `${host} is of one card with ${first.host} (${first.id} at ${at}), and for the guest one of its own, at ${own}${mend}`;
    return [{ severity: 'warning', code: 'layout.functions-apart', message, origin: originOf(definition, id) }];
  });
}

/** A node that the guest's firmware is told of a bus, and that the host's device is not of. */
function otherNode(definition: VmDefinition, { devices }: HostPlan): PlanFinding[] {
  return devices.flatMap(({ id, host, hostFunction, place }): PlanFinding[] => {
    const own = hostFunction?.numaNode ?? null;
    const told = place === null ? null : guestNumaNode(definition, place.bus);
    if (typeof own !== 'number' || told === null || own === told) return [];
    const name =
      definition.source.format === 'libvirt'
        ? `<node>${own}</node> in the <target> of its pcie-expander-bus`
        : `numa_node=${own} of its pxb-pcie`;
    const message = `the guest is told that ${id} is at its NUMA node ${told}, and ${host} is at the host's node ${own}: wanted ${name}, unless the guest's node ${told} is bound to the host's node ${own}`;
    return [{ severity: 'warning', code: 'layout.numa-node', message, origin: originOf(definition, id) }];
  });
}

/** The findings of all hosts, each said once; `indices` are those of `hosts`. */
export function layoutFindings(
  definition: VmDefinition,
  hosts: readonly HostPlan[],
  indices: readonly HostIndex[],
): readonly PlanFinding[] {
  const found = hosts.flatMap((host, i) => {
    const { [i]: index } = indices;
    return index === undefined ? [] : [...apart(definition, host, index), ...otherNode(definition, host)];
  });
  return [...new Map(found.map(finding => [finding.message, finding])).values()];
}
