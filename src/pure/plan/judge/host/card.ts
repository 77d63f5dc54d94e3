/** Whether the card at an address is the one that the author of a definition had there: its ids, and its serial number where it has one. */
import { formatHex, hexDigits } from '../../../bytes/hex.ts';
import type { DeviceFacts } from '../../../facts/index.ts';
import { decodeCapability } from '../../../pci/capability.ts';
import type { ConfigSpace } from '../../../pci/config-space.ts';
import { deviceSerialNumber } from '../../../pci/extended/device-serial-number.ts';
import { hasExtendedSpace } from '../../../pci/extended-space.ts';
import { findCapability } from '../../../pci/find-capability.ts';
import { walkExtended, walkStandard } from '../../../pci/walk.ts';
import {
  PCI_CLASS_REVISION,
  PCI_DEVICE_ID,
  PCI_EXT_CAP_ID_DSN,
  PCI_REVISION_ID,
  PCI_SUBSYSTEM_ID,
  PCI_SUBSYSTEM_VENDOR_ID,
  PCI_VENDOR_ID,
} from '../../../spec/pci-regs.ts';
import { CARD_FIELDS, type CardComparison, type CardField } from '../../plan-report.ts';

/** A virtual function's config space has no ids of its own (PCIe 6.0 §9.3.4.1). */
export function idsOf({ config, virtualFunction }: DeviceFacts): readonly [vendor: number | null, device: number | null] {
  if (virtualFunction !== null) return [virtualFunction.vendorId, virtualFunction.deviceId];
  return [config.read(PCI_VENDOR_ID, 2) ?? null, config.read(PCI_DEVICE_ID, 2) ?? null];
}

/** Numbers that vendors leave where they program none. */
const NO_NUMBER: ReadonlySet<string> = new Set(['0'.repeat(16), 'f'.repeat(16)]);

/** Device Serial Number, as lspci writes it (PCIe 6.0 §7.9.3); `none` where there is none, null where that is not known. */
function serialOf(config: ConfigSpace): string | null {
  if (!hasExtendedSpace(config)) return walkStandard(config).unknownAt === null ? 'none' : null;
  const { capabilities, unknownAt } = walkExtended(config);
  const found = findCapability(capabilities, 'extended', PCI_EXT_CAP_ID_DSN);
  if (found === undefined) return unknownAt === null ? 'none' : null;
  const { serialNumber } = decodeCapability(deviceSerialNumber, config, found.offset).fields;
  if (serialNumber === undefined) return null;
  const digits = hexDigits(serialNumber, 16);
  return NO_NUMBER.has(digits) ? 'none' : (digits.match(/../g)?.join('-') ?? null);
}

/** What tells one card from another; null is what is not known. */
type Identity = Readonly<Record<CardField, string | null>>;

const hex = (value: number | null | undefined, digits: number): string | null =>
  value === null || value === undefined ? null : formatHex(value, digits);

function identify(facts: DeviceFacts): Identity {
  const { config } = facts;
  const [vendor, device] = idsOf(facts);
  const classRevision = config.read(PCI_CLASS_REVISION, 4);
  return {
    vendorId: hex(vendor, 4),
    deviceId: hex(device, 4),
    subsystemVendorId: hex(config.read(PCI_SUBSYSTEM_VENDOR_ID, 2), 4),
    subsystemId: hex(config.read(PCI_SUBSYSTEM_ID, 2), 4),
    classCode: classRevision === undefined ? null : hex(classRevision >>> 8, 6),
    revisionId: hex(config.read(PCI_REVISION_ID, 1), 2),
    serialNumber: serialOf(config),
  };
}

const IDS = CARD_FIELDS.filter(field => field !== 'serialNumber');

const sameIds = (a: Identity, b: Identity): boolean => IDS.every(field => a[field] !== null && a[field] === b[field]);

const hasSerial = ({ serialNumber }: Identity): boolean => serialNumber !== null && serialNumber !== 'none';

const sameSerial = (a: Identity, b: Identity): boolean => hasSerial(a) && a.serialNumber === b.serialNumber;

/** The one of a list, or null. */
function single<T>(all: readonly T[]): T | null {
  const [first, ...others] = all;
  return first === undefined || others.length > 0 ? null : first;
}

interface Found {
  readonly address: string;
  readonly by: 'serial' | 'ids';
}

/** One host's devices, each identified once. */
export class Cards {
  readonly #identities = new Map<string, Identity>();

  constructor(devices: readonly DeviceFacts[]) {
    for (const device of devices) if (device.bdf !== null) this.#identities.set(device.bdf.text, identify(device));
  }

  at(address: string): Identity | null {
    return this.#identities.get(address) ?? null;
  }

  /** Where a card is that had another address elsewhere. Functions of one card have one serial number, and keep their own numbers. */
  find(wanted: Identity, formerly: string): Found | null {
    const all = [...this.#identities];
    const own = all.filter(([, identity]) => sameIds(identity, wanted) && sameSerial(identity, wanted));
    const numbered = own.filter(([address]) => address.slice(-1) === formerly.slice(-1));
    const bySerial = single(own) ?? single(numbered);
    if (bySerial !== null) return { address: bySerial[0], by: 'serial' };
    if (own.length > 0) return null;
    const alike = all.filter(([, identity]) => sameIds(identity, wanted) && (!hasSerial(wanted) || identity.serialNumber === null));
    const byIds = single(alike);
    return byIds === null ? null : { address: byIds[0], by: 'ids' };
  }
}

/** Compares what is at an address with what the author had there. `isWhole`: whether the host has no others. */
export function compareCard(address: string, author: Cards, host: Cards, isWhole: boolean): CardComparison {
  const nothing = { by: null, differences: [], notKnown: [], foundAt: null };
  const wanted = author.at(address);
  if (wanted === null) return { answer: 'unknown', ...nothing, notKnown: CARD_FIELDS };
  const found = host.find(wanted, address);
  const foundAt = found === null || found.address === address ? null : found;
  const here = host.at(address);
  if (here === null) return { answer: isWhole || foundAt?.by === 'serial' ? 'other' : 'unknown', ...nothing, foundAt };
  const differences = CARD_FIELDS.flatMap(field => {
    const [a, b] = [wanted[field], here[field]];
    return a === null || b === null || a === b ? [] : [{ field, author: a, host: b }];
  });
  const notKnown = CARD_FIELDS.filter(field => wanted[field] === null || here[field] === null);
  if (differences.length > 0 || foundAt?.by === 'serial') return { answer: 'other', by: null, differences, notKnown, foundAt };
  if (notKnown.length > 0) return { answer: 'unknown', ...nothing, notKnown };
  return { answer: 'same', ...nothing, by: hasSerial(wanted) ? 'serial' : 'ids' };
}
