/** Which devices of an input or of a host a command is about: the options -s and -d, as lspci takes them. */

import { readInterfaceAddress } from '../linux/sysfs/network-interface.ts';
import type { DeviceFacts } from '../pure/facts/index.ts';
import type { Bdf } from '../pure/pci/bdf.ts';
import {
  type FunctionIds,
  type IdSelector,
  matchesIds,
  matchesSlot,
  parseIdSelector,
  parseSlotSelector,
  parseTypedAddress,
  SelectorError,
  type SlotSelector,
  selectorOf,
} from '../pure/pci/selector.ts';
import { PCI_CLASS_REVISION, PCI_VENDOR_ID } from '../pure/spec/pci-regs.ts';
import { quote } from '../pure/text/shorten.ts';
import { type OptionSpec, type Options, UsageError } from './command.ts';
import { parseRoot } from './root-option.ts';

export const SLOT_OPTION: OptionSpec = {
  name: 'slot',
  short: 's',
  value: 'BDF',
  multiple: true,
  help: "only devices at [[DOMAIN:]BUS:][DEVICE][.[FUNC]], as lspci -s, or by a network interface's or libvirt's name; may be repeated",
};

export const IDS_OPTION: OptionSpec = {
  name: 'device',
  short: 'd',
  value: 'VENDOR:DEVICE[:CLASS]',
  multiple: true,
  help: 'only devices of these ids, as lspci -d; any part may be left out; may be repeated',
};

/** A device is selected where it fits one of `slots` and one of `ids`; an empty list fits all. */
export interface Selection {
  readonly slots: readonly SlotSelector[];
  readonly ids: readonly IdSelector[];
  /** `slots` as they were typed. */
  readonly slotTexts: readonly string[];
  /** As it was typed: `-s 3b:00.0`. */
  readonly words: string;
}

function parse<T>(option: string, text: string, read: (text: string) => T): T {
  try {
    return read(text);
  } catch (error) {
    if (error instanceof SelectorError) throw new UsageError(`--${option}: ${error.message}`);
    throw error;
  }
}

/** Tries lspci's form and libvirt's name before the name of a network interface. */
function parseSlot(text: string, root: string): SlotSelector {
  const typed = /^(?:pci_|\/)/.test(text) ? parseTypedAddress(text) : null;
  if (typed !== null) return selectorOf(typed);
  try {
    return parseSlotSelector(text);
  } catch (error) {
    const address = readInterfaceAddress(text, root);
    if (address === null) throw new SelectorError(`${text} is a network interface without a PCI device`);
    if (address !== undefined) return selectorOf(address);
    if (/^[0-9a-fx:.*]*$/i.test(text)) throw error;
    const wanted = 'wanted an address such as 3b:00.1, or the name of a network interface of the host';
    throw new SelectorError(`${quote(text)} names no device: ${wanted}`);
  }
}

/** Parses the selection; `slot` names the option that stands in for -s. Null selects all. Throws UsageError for what is no filter. */
export function parseSelection(options: Options, slot = SLOT_OPTION.name): Selection | null {
  const slots = options.values(slot);
  const ids = options.values(IDS_OPTION.name);
  if (slots.length + ids.length === 0) return null;
  const root = parseRoot(options);
  return {
    slots: slots.map(text => parse(slot, text, word => parseSlot(word, root))),
    slotTexts: slots,
    ids: ids.map(text => parse(IDS_OPTION.name, text, parseIdSelector)),
    words: [...slots.map(text => `-s ${text}`), ...ids.map(text => `-d ${text}`)].join(' '),
  };
}

export function selectsSlot({ slots }: Pick<Selection, 'slots'>, bdf: Bdf | null): boolean {
  return slots.length === 0 || (bdf !== null && slots.some(slot => matchesSlot(slot, bdf)));
}

export function selectsIds({ ids }: Selection, known: FunctionIds): boolean {
  return ids.length === 0 || ids.some(id => matchesIds(id, known));
}

/** The ids of a device; null where they are not known. */
function idsOf({ config, virtualFunction }: DeviceFacts): FunctionIds | null {
  const ids = config.read(PCI_VENDOR_ID, 4);
  const revision = config.read(PCI_CLASS_REVISION, 4);
  if (ids === undefined || revision === undefined) return null;
  return {
    vendorId: virtualFunction?.vendorId ?? ids & 0xffff,
    deviceId: virtualFunction?.deviceId ?? ids >>> 16,
    classCode: revision >>> 8,
  };
}

/** Whether a device of an input is selected; `unknown` where its ids decide and are not known. */
export function selects(selection: Selection, device: DeviceFacts): boolean | 'unknown' {
  if (!selectsSlot(selection, device.bdf)) return false;
  if (selection.ids.length === 0) return true;
  const ids = idsOf(device);
  return ids === null ? 'unknown' : selectsIds(selection, ids);
}
