/** A config space that bits of are changed on the way: what it shows, and what of it is checked when it is loaded. */

import { setCompared } from '../../../src/pure/guest-view/write-permissions/compared.ts';
import { kernelWrites } from '../../../src/pure/guest-view/write-permissions/kernel.ts';
import type { ConfigSpace } from '../../../src/pure/pci/config-space.ts';
import { decodeDevice } from '../../../src/pure/pci/decode-device.ts';
import { hasExtendedSpace } from '../../../src/pure/pci/extended-space.ts';
import { walkExtended, walkStandard } from '../../../src/pure/pci/walk.ts';
import type { CheckedBits } from '../../../src/pure/plan/migrate/load-config.ts';
import type { CapabilityView } from '../../../src/pure/rules/capability-view.ts';
import type { WriteProbe } from '../guest-view/qtest.ts';

export interface SpoiledCapability extends CapabilityView {
  readonly length: number;
}

export interface SpoiledSpace {
  readonly isBridge: boolean;
  readonly capabilities: readonly SpoiledCapability[];
}

export const capabilityLengthOf = ({ length }: SpoiledCapability): number => Math.max(length, 4);

export function spoiledSpace(config: ConfigSpace): SpoiledSpace {
  const capabilities = decodeDevice(config).capabilities.map(({ ref, length }) => ({ ...shown(ref), length }));
  return { isBridge: ((config.read(0x0e, 1) ?? 0) & 0x7f) === 1, capabilities };
}

function shown({ kind, id, offset }: Pick<CapabilityView, 'kind' | 'id' | 'offset'>): CapabilityView {
  return { kind, id, offset, version: 0, status: 'shown', stage: null, reason: null };
}

/** What QEMU checks of a function that it emulates: what it checks of any, but for what the guest was seen to write. */
export function checkedBits(config: ConfigSpace, { ones, zeros }: WriteProbe): CheckedBits {
  const listed = [...walkStandard(config).capabilities, ...(hasExtendedSpace(config) ? walkExtended(config).capabilities : [])].map(shown);
  const size = config.bytes.length;
  const check = new Uint8Array(size);
  // skip-vsc-check is a property of vfio-pci alone.
  setCompared(check, config.bytes, listed, true);
  const write = Uint8Array.from({ length: size }, (_, at) => (ones[at] ?? 0) & ~(zeros[at] ?? 0));
  for (let at = 0x10; at < 0x28; at += 4) if (write.subarray(at, at + 4).some(byte => byte !== 0)) check.fill(0xff, at, at + 4);
  return { check, write, writeOneToClear: kernelWrites(config.bytes, listed).writeOneToClear };
}
