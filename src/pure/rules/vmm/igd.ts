/** Intel graphics: hides the host's addresses of OpRegion and stolen memory, and applies the x-igd-* properties. */

import { hexDigits } from '../../bytes/hex.ts';
import { PCI_BASE_CLASS_DISPLAY, PCI_CLASS_DISPLAY_VGA, PCI_VENDOR_ID_INTEL } from '../../spec/pci-ids.ts';
import { PCI_CLASS_DEVICE, PCI_DEVICE_ID, PCI_VENDOR_ID } from '../../spec/pci-regs.ts';
import { BASE_CLASS } from '../../spec/pcie.ts';
import { capabilityEnd } from '../capability-extent.ts';
import { hostIdentity } from '../pci-identity.ts';
import { REASONS, type Reason } from '../reasons.ts';
import type { DeviceRule } from '../rule.ts';
import type { Settings } from '../settings.ts';
import type { Work } from '../work.ts';
import { igdGeneration } from './igd-generations.ts';

/** Graphics Control: size of the stolen memory in [7:3] up to generation 7, in [15:8] from 8 up. */
const GRAPHICS_CONTROL = 0x50;
/** Base of Data of Stolen Memory: a dword at 5Ch up to generation 9, a qword at C0h from 11 up. */
const STOLEN = 0x5c;
const STOLEN_WIDE = 0xc0;
/** ASL Storage: the address of the OpRegion; 0 or all ones for none. */
const OPREGION = 0xfc;
const ALL = 0xffffffff;

/** Bytes that the rules may change. */
const TOUCHED = [
  [GRAPHICS_CONTROL, 2],
  [STOLEN, 4],
  [STOLEN_WIDE, 8],
  [OPREGION, 4],
] as const;

const facts = { stage: 'vmm', when: 'after', touches: TOUCHED } as const;

/** Judges by the identity that the guest reads, with the properties that replace it. */
function isIntelDisplay(work: Work): boolean {
  return work.u16(PCI_VENDOR_ID) === PCI_VENDOR_ID_INTEL && work.u8(BASE_CLASS) === PCI_BASE_CLASS_DISPLAY;
}

/** Whether the kernel finds the OpRegion and copies it for user space; it does not open a device whose address leads elsewhere. */
function hasOpRegion(work: Work): boolean {
  const { config, virtualFunction } = work.options;
  const address = work.u32(OPREGION);
  const { vendorId } = hostIdentity(config, virtualFunction);
  if (vendorId === null || !config.isKnown(BASE_CLASS)) work.restOnList();
  const isHostDisplay = vendorId === PCI_VENDOR_ID_INTEL && config.bytes[BASE_CLASS] === PCI_BASE_CLASS_DISPLAY;
  return isHostDisplay && address !== 0 && address !== ALL;
}

/** Notes a doubt where the OpRegion decides whether the device is refused, and it is not known whether there is one. */
function doubtOpRegion(work: Work): void {
  const { config, virtualFunction } = work.options;
  const isIdentityKnown = hostIdentity(config, virtualFunction).vendorId !== null && config.isKnown(BASE_CLASS);
  if (!work.isKnown(OPREGION, 4)) work.doubt('igd.refused', 'whether the device has an OpRegion is not known: its address at FCh is not');
  else if (!isIdentityKnown) work.doubt('igd.refused', "whether the device has an OpRegion is not known: the host's identity of it is not");
}

/** Zeroes the bytes. Where the standard list is lost, they may be an unknown capability's, so what the guest reads is unknown. */
function hide(work: Work, at: number, length: number, reason: Reason): void {
  work.patch(at, length, ALL, 0, reason, 'guest-set');
  if (work.unknownAt.standard !== null) work.forget(at, length);
}

function hideOpRegion(work: Work): void {
  hide(work, OPREGION, 4, REASONS['igd.no-opregion-address']);
}

function hideStolen(work: Work, generation: number): void {
  if (generation < 11) hide(work, STOLEN, 4, REASONS['igd.no-stolen-address']);
  else hide(work, STOLEN_WIDE, 8, REASONS['igd.no-stolen-address']);
}

const isOnConventional = (work: Work) => work.options.placement === 'conventional';

/** Whether a property asks for something that a graphics device may be refused for. */
function isDemanding({ igd }: Settings): boolean {
  return igd.lpcBridge || igd.stolenMemory !== 0 || igd.legacyMode === 'on';
}

function mayBe(work: Work, at: number, byte: number): boolean {
  return !work.isKnown(at) || work.u8(at) === byte;
}

/** Notes a doubt where the identity decides whether the device is refused, and the device may be Intel graphics. */
function doubtIdentity(work: Work, isAsked: boolean): void {
  if (!isAsked || (work.isKnown(PCI_VENDOR_ID, 4) && work.isKnown(PCI_CLASS_DEVICE, 2))) return;
  const isPossible =
    mayBe(work, PCI_VENDOR_ID, PCI_VENDOR_ID_INTEL & 0xff) &&
    mayBe(work, PCI_VENDOR_ID + 1, PCI_VENDOR_ID_INTEL >> 8) &&
    mayBe(work, BASE_CLASS, PCI_BASE_CLASS_DISPLAY);
  if (isPossible) work.doubt('igd.refused', 'whether the device is Intel graphics, and of which generation, is not known');
}

function fail(work: Work, words: string): void {
  work.fail('igd.refused', words);
}

/** QEMU's words for a size that x-igd-gms does not take; null for one that fits. */
function stolenWords(generation: number | null, units: number): string | null {
  if (generation === null) return 'x-igd-gms is not supported on this device';
  if (generation < 8) return units > 0x10 ? "Parameter 'x-igd-gms' expects 0~0x10" : null;
  const fits = units <= 0x40 || (units >= 0xf0 && units <= 0xfe);
  return fits ? null : "Parameter 'x-igd-gms' expects 0~0x40 or 0xf0~0xfe";
}

function setStolen(work: Work, generation: number, units: number): void {
  const isOld = generation < 8;
  work.patch(GRAPHICS_CONTROL, 2, isOld ? 0xf8 : 0xff00, isOld ? units << 3 : units << 8, REASONS['igd.stolen-memory']);
  if (work.unknownAt.standard !== null) work.forget(GRAPHICS_CONTROL, 2);
}

function legacyWords(work: Work, generation: number | null): string {
  const device = `device ${hexDigits(work.u16(PCI_DEVICE_ID))} (gen ${generation ?? -1})`;
  return `Machine is not i440fx, assigned BDF is not 00:02.0, or ${device} doesn't support legacy mode`;
}

const LPC_TAKEN = 'Cannot create LPC bridge due to existing device at 1f.0';

/** QEMU 11.1 acts where the kernel has found the device's OpRegion. */
export const igdAsQemu: DeviceRule = {
  ...facts,
  holdsFor: 'QEMU 11.1',
  name: 'vmm.igd-qemu-11.1',
  summary: 'Intel graphics whose OpRegion is found: ASLS at FCh reads 0, and so does BDSM at 5Ch or, from generation 11 up, at C0h',
  apply(work) {
    const { settings } = work.options;
    const { igd } = settings;
    doubtIdentity(work, isDemanding(settings));
    if (!isIntelDisplay(work)) return;
    // x-igd-opregion is on by default and refuses nothing here.
    if (isDemanding(settings)) doubtOpRegion(work);
    if (!hasOpRegion(work)) return;
    const generation = igdGeneration(work.u16(PCI_DEVICE_ID));
    if (igd.legacyMode === 'on' && !isOnConventional(work)) return fail(work, legacyWords(work, generation));
    if (igd.lpcBridge && !isOnConventional(work)) return fail(work, LPC_TAKEN);
    const words = igd.stolenMemory === 0 ? null : stolenWords(generation, igd.stolenMemory);
    if (words !== null) return fail(work, words);
    hideOpRegion(work);
    if (generation === null) return;
    hideStolen(work, generation);
    if (igd.stolenMemory !== 0) setStolen(work, generation, igd.stolenMemory);
  },
};

/** QEMU 10.0 acts on every Intel VGA device of a generation that it knows, and uses the OpRegion only where it is asked to. */
export const igdAsQemu10: DeviceRule = {
  ...facts,
  holdsFor: 'QEMU 10.0',
  name: 'vmm.igd-qemu-10.0',
  summary: 'Intel graphics: BDSM reads 0; ASLS at FCh is passed on, unless x-igd-opregion=on',
  apply(work) {
    const { settings } = work.options;
    const { igd } = settings;
    doubtIdentity(work, isDemanding(settings) || igd.opRegion);
    if (!isIntelDisplay(work) || work.u16(PCI_CLASS_DEVICE) !== PCI_CLASS_DISPLAY_VGA) return;
    const generation = igdGeneration(work.u16(PCI_DEVICE_ID));
    if (generation === null) return;
    if (igd.legacyMode === 'on' && !isOnConventional(work)) return fail(work, 'Machine is not i440fx or assigned BDF is not 00:02.0');
    if (igd.opRegion) doubtOpRegion(work);
    if (igd.opRegion && !hasOpRegion(work)) return fail(work, 'Device does not supports IGD OpRegion feature: No such device');
    if (igd.lpcBridge && !isOnConventional(work)) return fail(work, LPC_TAKEN);
    if (igd.opRegion) hideOpRegion(work);
    hideStolen(work, generation);
    if (igd.stolenMemory === 0) return;
    const words = stolenWords(generation, igd.stolenMemory);
    // QEMU prints this and goes on with what the host gave.
    if (words !== null) work.tell('warning', 'igd.stolen-memory', words);
    else setStolen(work, generation, igd.stolenMemory);
  },
};

/** Whether no shown capability has registers in `length` bytes at `at`. */
function isBare(work: Work, at: number, length: number): boolean {
  return work.capabilities.every(
    other => other.status === 'hidden' || other.offset >= at + length || capabilityEnd(work, other) <= at || other.kind === 'extended',
  );
}

/** Strict: none of the host's addresses reaches the guest, even where no OpRegion is found or the generation is not known. */
export const igdStrict: DeviceRule = {
  ...facts,
  holdsFor: 'airlock',
  name: 'vmm.igd',
  summary: 'Intel graphics: ASLS at FCh and BDSM at 5Ch or C0h read 0, whether the OpRegion is found or not',
  apply(work) {
    const { settings } = work.options;
    const { igd } = settings;
    doubtIdentity(work, isDemanding(settings));
    if (!isIntelDisplay(work)) return;
    const generation = igdGeneration(work.u16(PCI_DEVICE_ID));
    if (generation === null && isDemanding(settings)) doubtOpRegion(work);
    if (generation === null && !hasOpRegion(work)) return;
    if (igd.legacyMode === 'on' && !isOnConventional(work)) return fail(work, legacyWords(work, generation));
    if (igd.lpcBridge && !isOnConventional(work)) return fail(work, LPC_TAKEN);
    const words = igd.stolenMemory === 0 ? null : stolenWords(generation, igd.stolenMemory);
    if (words !== null) return fail(work, words);
    if (isBare(work, OPREGION, 4)) hideOpRegion(work);
    for (const [at, length] of [
      [STOLEN, 4],
      [STOLEN_WIDE, 8],
    ] as const) {
      const isMeant = generation === null || generation < 11 === (at === STOLEN);
      if (isMeant && isBare(work, at, length)) hide(work, at, length, REASONS['igd.no-stolen-address']);
    }
    if (generation !== null && igd.stolenMemory !== 0) setStolen(work, generation, igd.stolenMemory);
  },
};
