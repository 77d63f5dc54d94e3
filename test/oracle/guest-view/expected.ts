/** What we say that QEMU does with a served device: the view under profile qemu-11.1, its words, and where a guest's writes stay. */
import { type GuestView, guestBytes, type Realized } from '../../../src/pure/guest-view/guest-view.ts';
import { overlayWrites } from '../../../src/pure/guest-view/masks.ts';
import { realize } from '../../../src/pure/guest-view/realize.ts';
import { ConfigSpace, EXTENDED_SIZE } from '../../../src/pure/pci/config-space.ts';
import { PROFILES, type Profile } from '../../../src/pure/profiles/index.ts';
import { compileStage } from '../../../src/pure/rules/rule.ts';
import { optionsFor } from '../../fixtures/realize-with.ts';
import type { GuestDevice, GuestPlacement } from './qemu-guest.ts';

const { rules } = PROFILES['qemu-11.1'];
const SERVED_RULES = rules.filter(({ name }) => name !== 'vmm.igd-qemu-11.1');

/** A vfio-user server has no region of an OpRegion, where vfio-pci has one: there test/vm judges. */
export const SERVED_PROFILE: Profile = {
  ...PROFILES['qemu-11.1'],
  rules: SERVED_RULES,
  kernel: compileStage(SERVED_RULES, 'kernel', false),
  vmm: compileStage(SERVED_RULES, 'vmm', false),
};

/** The served bytes are those that QEMU reads; it has no report of a host IOMMU and passes ATS on. */
export function expectView({ bytes, barSizes }: GuestDevice, placement: GuestPlacement): Realized {
  return realize(optionsFor(new ConfigSpace(bytes), { bytes: 'vfio', profile: SERVED_PROFILE, placement, barSizes }));
}

/** All 4096 bytes that the guest reads: FFh where the function or its bus ends. */
export function expectBytes(view: GuestView): Uint8Array {
  const all = new Uint8Array(EXTENDED_SIZE).fill(0xff);
  all.set(guestBytes(view).bytes);
  return all;
}

export function expectWords(realized: Realized): string[] {
  const messages = realized.messages.filter(({ origin }) => origin === 'vmm').map(({ level, message }) => `${level}: ${message}`);
  return realized.outcome === 'failed' ? [...messages, realized.error.message] : messages;
}

/** Bits that hold what a guest writes. A served device, other than one behind vfio-pci, takes every write that gets to it. */
export function expectWrites(view: GuestView, { barSizes }: GuestDevice): Uint8Array {
  const write = new Uint8Array(view.size).fill(0xff);
  overlayWrites(write, view, [...barSizes, 0]);
  return write;
}
