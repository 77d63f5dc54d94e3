/** What runs the guest's processors, and whether the host can: KVM runs guests of the host's own architecture alone. */
import type { VmDefinition } from '../definition.ts';
import type { PlanError } from '../plan-report.ts';
import type { HostIndex } from './host/plan-host.ts';
import { planMessage } from './verdict.ts';

/** Names of architectures, of QEMU's programs and of uname(2), by whose KVM runs guests of them. */
const FAMILIES: ReadonlyMap<string, string> = new Map(
  [
    ['i386', 'i486', 'i586', 'i686', 'x86_64', 'amd64'],
    ['aarch64', 'arm64'],
    // Linux has had no KVM for 32-bit Arm since 5.7.
    ['arm', 'armv6l', 'armv7l'],
    ['ppc', 'ppc64', 'ppc64le'],
    ['riscv32', 'riscv64'],
    ['s390x'],
    ['loongarch64'],
  ].flatMap(names => names.map(name => [name, names[0] ?? name] as const)),
);

/** Those that may run the guest, in the order of preference; null where the text does not say, and its format leaves that to a manager. */
function acceleratorsOf({ accelerators, source, vmm }: VmDefinition): readonly string[] | null {
  if (accelerators.length > 0) return accelerators;
  if (source.format !== 'qemu') return null;
  // Without a word QEMU emulates, but under the names that distributions give it to run with KVM where there is KVM.
  return vmm.program !== null && /(?:^|\/)(?:qemu-)?kvm$/.test(vmm.program) ? ['kvm', 'tcg'] : ['tcg'];
}

/** Whether KVM runs the guest where the host has it; null where that is not said. */
export function usesKvm(definition: VmDefinition): boolean | null {
  const accelerators = acceleratorsOf(definition);
  return accelerators && accelerators[0] === 'kvm';
}

/** The words of the program that refuses first: a scheduler knows the nodes' architectures, libvirt asks QEMU what it has before it starts it. */
function refusal({ source, vmm: { program, architecture } }: VmDefinition): Parameters<typeof planMessage> {
  const code = 'accelerator.other-architecture';
  if (source.format === 'kubevirt') return ['platform', { code, message: "node(s) didn't match Pod's node affinity/selector" }];
  if (source.format !== 'libvirt') return ['vmm', { code, message: 'invalid accelerator kvm' }];
  const emulator = program ?? `/usr/bin/qemu-system-${architecture ?? 'x86_64'}`;
  return ['platform', { code, message: `Emulator '${emulator}' does not support virt type 'kvm'` }];
}

/** What a QEMU for Linux may have. */
const OF_LINUX: ReadonlySet<string> = new Set(['kvm', 'mshv', 'nitro', 'qtest', 'tcg', 'xen']);

/** Captured hosts run Linux: of accelerators for other systems alone a QEMU there has none. */
function judgeNames(accelerators: readonly string[], { source }: VmDefinition): PlanError | null {
  const [first] = accelerators;
  // Of a domain libvirt says so first, by its type.
  if (first === undefined || source.format === 'libvirt' || accelerators.some(name => OF_LINUX.has(name))) return null;
  return { ...planMessage('vmm', { code: 'accelerator.unknown', message: `invalid accelerator ${first}` }), of: 'accelerator' };
}

/**
 * The error of a VM that no Linux host runs so, or that only KVM may run, on a host of another architecture; null where it can run, or
 * where that is not known.
 */
export function judgeAccelerator(definition: VmDefinition, { host }: HostIndex): PlanError | null {
  const { vmm } = definition;
  const accelerators = acceleratorsOf(definition) ?? [];
  if (vmm.family !== 'qemu' || accelerators.length === 0) return null;
  if (accelerators.some(name => name !== 'kvm')) return judgeNames(accelerators, definition);
  const guest = FAMILIES.get(vmm.architecture ?? '');
  const own = FAMILIES.get(host.facts.architecture ?? '');
  if (guest === undefined || own === undefined || guest === own) return null;
  const [stage, words] = refusal(definition);
  const mend = `a host of ${vmm.architecture}; ${host.name} is ${host.facts.architecture}`;
  return { ...planMessage(stage, { ...words, mend }), of: 'accelerator' };
}
