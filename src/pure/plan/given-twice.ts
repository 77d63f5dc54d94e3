/** Devices that several VMs of one plan are given, and members of one group that go to several: of such VMs one runs at a time. */
import { findProfile } from '../profiles/index.ts';
import type { VmDefinition } from './definition.ts';
import { ATTACH_WORDS, type Backend, busyWords } from './judge/handover/attach-words.ts';
import { groupNumber, type PlanHost } from './judge/host/plan-host.ts';
import type { PlanFinding } from './plan-finding.ts';
import type { DevicePlan, VmPlan } from './plan-report.ts';

/** So many other VMs are named. */
const MOST_NAMED = 3;

/** A device of a VM, and what of the host stands behind it. */
interface Given {
  readonly vm: VmPlan;
  readonly device: DevicePlan;
  /** Of the VM on that host. */
  readonly definition: VmDefinition;
  readonly backend: Backend;
  readonly address: string;
  readonly group: number | null;
}

/** Who was given something, by its name: each VM once, in their order. */
type Holders = Map<string | number, Given[]>;

function add(holders: Holders, key: string | number, given: Given): void {
  const known = holders.get(key);
  if (known === undefined) holders.set(key, [given]);
  // The devices of one VM come one after the other.
  else if (known.at(-1)?.vm !== given.vm) known.push(given);
}

/** Whether both are starts of one VM, as a log has them one behind the other: only one of them is a VM that runs. */
function isSameVm({ definition: one }: VmPlan, { definition: other }: VmPlan): boolean {
  return one.name === other.name && one.source.format === 'qemu' && one.source.file === other.source.file;
}

/** What the VM's VMM says where the other VM runs already; null for one that assigns no devices. */
function refusal({ vm, backend, address, group }: Given, other: Given): string | null {
  if (vm.definition.vmm.family === 'firecracker') return null;
  const words = ATTACH_WORDS[findProfile(vm.profile.name).traits.attachWording];
  return busyWords(words, { address, backend, group }, other.backend, other.address === address);
}

/** Where another VM of the same name stands; null where the names tell them apart. */
function sameNamed({ definition: { name, source } }: VmPlan, { definition }: VmPlan): string | null {
  if (name !== definition.name) return null;
  return source.line === null ? source.file : `${source.file}:${source.line}`;
}

/** One finding for what others were given too; undefined where nobody was. */
function findingOf(given: Given, holders: readonly Given[]): PlanFinding | undefined {
  const others: Given[] = [];
  for (const other of holders) {
    if (other.vm !== given.vm && !isSameVm(other.vm, given.vm)) others.push(other);
    if (others.length === MOST_NAMED) break;
  }
  const [first] = others;
  if (first === undefined) return undefined;
  const names = others.map(({ vm, address }) => {
    const inside = [sameNamed(vm, given.vm) ?? [], address === given.address ? [] : address].flat().join(', ');
    return inside === '' ? vm.definition.name : `${vm.definition.name} (${inside})`;
  });
  const left = holders.length - 1 - others.length;
  const more = left > 0 ? ` and ${left} more` : '';
  const isSame = first.address === given.address;
  const what = isSame ? `${given.address} is given to` : `of the group of ${given.address}, a device is given to`;
  const words = refusal(given, first);
  const says = words === null ? '' : `: ${words}`;
  const message = `${what} ${names.join(', ')}${more} too: on one host ${given.vm.definition.name} does not start while that runs${says}`;
  const { host } = given.definition.devices.find(({ id }) => id === given.device.id) ?? {};
  const origin = host !== undefined && 'origin' in host ? host.origin : null;
  return { severity: 'warning', code: 'device.given-twice-in-plan', message, origin };
}

/** The devices that the VMs are given on the host of that number. */
function givenOn(vms: readonly VmPlan[], at: number, host: PlanHost): { all: Given[]; byAddress: Holders; byGroup: Holders } {
  const facts = new Map(host.devices.map(device => [device.bdf?.text, device]));
  const [all, byAddress, byGroup]: [Given[], Holders, Holders] = [[], new Map(), new Map()];
  for (const vm of vms) {
    const { [at]: plan } = vm.hosts;
    if (plan === undefined) continue;
    for (const device of plan.devices) {
      const { backend } = device;
      if (device.host === null || (backend !== 'iommufd' && backend !== 'legacy')) continue;
      const given: Given = {
        vm,
        device,
        definition: plan.definition,
        backend,
        address: device.host,
        group: groupNumber(facts.get(device.host)),
      };
      all.push(given);
      add(byAddress, given.address, given);
      if (given.group !== null) add(byGroup, given.group, given);
    }
  }
  return { all, byAddress, byGroup };
}

/**
 * The plans with findings of what several VMs are given. `hosts` are those that they were planned on, in their order. One device in two
 * VMs is said once, whatever the number of hosts.
 */
export function withSharedDevices(vms: readonly VmPlan[], hosts: readonly PlanHost[]): VmPlan[] {
  const found = new Map<VmPlan, Map<string, PlanFinding>>();
  for (const [at, host] of hosts.entries()) {
    const { all, byAddress, byGroup } = givenOn(vms, at, host);
    for (const given of all) {
      const own = found.get(given.vm) ?? new Map<string, PlanFinding>();
      found.set(given.vm, own);
      if (own.has(given.address)) continue;
      const group = given.group === null ? [] : (byGroup.get(given.group) ?? []);
      const finding = findingOf(given, byAddress.get(given.address) ?? []) ?? findingOf(given, group);
      if (finding !== undefined) own.set(given.address, finding);
    }
  }
  return vms.map(vm => {
    const own = [...(found.get(vm)?.values() ?? [])];
    return own.length === 0 ? vm : { ...vm, findings: [...vm.findings, ...own] };
  });
}
