/** Which writes vfio-pci passes to the device or to its own copy, over the whole config space (vfio_pci_config: the map of owners). */
import { mayAnnounceExtended } from '../../pci/extended-space.ts';
import type { CapabilityView } from '../../rules/capability-view.ts';
import { EXTENDED_HEADER_SIZE, FIRST_EXTENDED } from '../../spec/pcie.ts';
import { EXTENDED } from './extended.ts';
import { clearBytes, type KernelPermission, type Registers, registersAt, setBits } from './permission.ts';
import { HEADER, STANDARD } from './standard.ts';

export interface KernelWrites {
  readonly write: Uint8Array;
  readonly writeOneToClear: Uint8Array;
}

/** Capabilities in the lists that vfio-pci shows; what it unlinked and what a VMM made up is not among them. */
export function kernelCapabilities(capabilities: readonly CapabilityView[]): CapabilityView[] {
  return capabilities.filter(({ status, stage }) => status !== 'synthesised' && !(status === 'hidden' && stage === 'kernel'));
}

function own(into: KernelWrites, at: number, registers: Registers, permission: KernelPermission): void {
  const length = typeof permission.length === 'number' ? permission.length : permission.length(registers);
  const rows = typeof permission.writes === 'function' ? permission.writes(registers) : permission.writes;
  clearBytes(into.write, at, length);
  clearBytes(into.writeOneToClear, at, length);
  for (const row of rows) setBits(into.write, at, length, row);
  for (const row of permission.writeOneToClear ?? []) setBits(into.writeOneToClear, at, length, row);
}

/**
 * The write permissions of vfio-pci for a function whose bytes as user space reads them are `bytes`. Bytes that no capability owns
 * are written to the device as they are, and so are those of a capability that vfio-pci unlinked, but for the empty header that it
 * keeps at 100h. Of two capabilities that share a byte the later in the list owns it.
 */
export function kernelWrites(bytes: Uint8Array, capabilities: readonly CapabilityView[]): KernelWrites {
  const into = { write: new Uint8Array(bytes.length).fill(0xff), writeOneToClear: new Uint8Array(bytes.length) };
  const listed = kernelCapabilities(capabilities);
  for (const { kind, id, offset } of listed) {
    const permission = kind === 'standard' ? STANDARD.get(id) : undefined;
    if (permission !== undefined) own(into, offset, registersAt(bytes, offset), permission);
  }
  own(into, 0, registersAt(bytes, 0), HEADER);
  // Without PCI Express or PCI-X there is no extended space for vfio-pci, whatever stands there.
  if (!listed.some(mayAnnounceExtended)) return into;
  if (capabilities.some(({ kind }) => kind === 'extended')) clearBytes(into.write, FIRST_EXTENDED, EXTENDED_HEADER_SIZE);
  for (const { kind, id, offset } of listed) {
    const permission = kind === 'extended' ? EXTENDED.get(id) : undefined;
    if (permission !== undefined) own(into, offset, registersAt(bytes, offset), permission);
  }
  return into;
}
