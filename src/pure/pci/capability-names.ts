/** The names of capabilities by ID: short labels and titles (PCI Code and ID Assignment §2, §3; PCIe 6.3, 7.0). */
import { formatHex, hexDigits } from '../bytes/hex.ts';
import { capabilityFacts } from './capability-facts.ts';
import type { CapabilityKind, CapabilityRef } from './walk.ts';

/** The field's short label: `ATS`; `unknown (0x3f)` where no public document assigns the ID. */
export function capabilityName(kind: CapabilityKind, id: number): string {
  return capabilityFacts(kind, id)?.name ?? `unknown (${formatHex(id)})`;
}

/** A capability where it stands: `ATS [1b0]`. */
export function capabilityLabel({ kind, id, offset }: Pick<CapabilityRef, 'kind' | 'id' | 'offset'>): string {
  return `${capabilityName(kind, id)} [${hexDigits(offset)}]`;
}

/** The specification's title: `Address Translation Service`; `Capability ID 0x003f` where no public document assigns the ID. */
export function capabilityTitle(kind: CapabilityKind, id: number): string {
  const facts = capabilityFacts(kind, id);
  return facts?.title ?? facts?.name ?? `Capability ID ${formatHex(id, kind === 'standard' ? 2 : 4)}`;
}
