/** The names of capabilities by ID: short labels and titles (PCI Code and ID Assignment §2, §3; PCIe 6.3, 7.0). */
import { formatHex } from '../bytes/hex.ts';
import { capabilityFacts } from './capability-facts.ts';
import type { CapabilityKind } from './walk.ts';

/** The field's short label: `ATS`; `unknown (0x3f)` where no public document assigns the ID. */
export function capabilityName(kind: CapabilityKind, id: number): string {
  return capabilityFacts(kind, id)?.name ?? `unknown (${formatHex(id)})`;
}

/** The specification's title: `Address Translation Service`; `Capability ID 0x003f` where no public document assigns the ID. */
export function capabilityTitle(kind: CapabilityKind, id: number): string {
  const facts = capabilityFacts(kind, id);
  return facts?.title ?? facts?.name ?? `Capability ID ${formatHex(id, kind === 'standard' ? 2 : 4)}`;
}
