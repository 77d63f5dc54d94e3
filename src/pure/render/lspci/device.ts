/** The text of a whole function in the layout of `lspci` and its options -v, -n and -x (lspci(8)). */
import { hexDigits } from '../../bytes/hex.ts';
import type { DecodedDevice } from '../../pci/decode-device.ts';
import { findCapability } from '../../pci/find-capability.ts';
import type { CommonHeader, Header, Type1Header, Type2Header } from '../../pci/header.ts';
import { BUILT_IN_NAMES, type DeviceNames } from '../../pci/pci-ids.ts';
import { PCI_BASE_CLASS_BRIDGE, PCI_CLASS_BRIDGE_PCI } from '../../spec/pci-ids.ts';
import {
  PCI_BASE_ADDRESS_0,
  PCI_CAP_ID_SSVID,
  PCI_CFG_SPACE_EXP_SIZE,
  PCI_CFG_SPACE_SIZE,
  PCI_HEADER_TYPE_CARDBUS,
  PCI_HEADER_TYPE_MASK,
  PCI_HEADER_TYPE_NORMAL,
  PCI_INTERRUPT_LINE,
  PCI_SSVID_DEVICE_ID,
  PCI_SSVID_VENDOR_ID,
  PCI_STD_HEADER_SIZEOF,
} from '../../spec/pci-regs.ts';
import { CARDBUS_SIZE, NO_ID } from '../../spec/pcie.ts';
import { formatBridge, formatCardbus } from './bridges.ts';
import { formatCapabilities } from './capability-list.ts';
import { formatCommonHeader, formatInterrupt } from './header.ts';
import { formatHexDump } from './hex-dump.ts';
import { formatClassName, formatDeviceName, formatInterface, formatSubsystemName, type Numeric } from './names.ts';
import { formatBar, formatRom } from './regions.ts';

/** As the options of lspci have it. */
export interface LspciOptions {
  /** Where names come from; without it only classes have names. */
  readonly names?: DeviceNames;
  /** `ids` is -n, `both` is -nn. */
  readonly numeric?: Numeric;
  /** How many -v, 0 to 3. */
  readonly verbosity?: number;
  /** How many -x, 0 to 4. */
  readonly hex?: number;
  /** Whether the address shows its domain, as it does where this is not given. */
  readonly domain?: boolean;
}

function isComplete(_common: Partial<CommonHeader>, { config }: DecodedDevice): _common is CommonHeader {
  return config.isKnown(0, PCI_BASE_ADDRESS_0);
}

/** Lines of text, without an empty one at the end. Never throws, whatever the bytes. */
export function formatLspci(device: DecodedDevice, options: LspciOptions = {}): string[] {
  const { names = BUILT_IN_NAMES, numeric = 'names', verbosity = 0, hex: dump = 0, domain = true } = options;
  const address = device.bdf === null ? '' : `${domain ? device.bdf.text : device.bdf.shortText} `;
  const { common } = device.header;
  const body = { names, numeric, verbosity };
  const lines = [address + (formatTitle(common, body) ?? '<config space not known>')];
  if (verbosity > 0) lines.push(...(isComplete(common, device) ? formatBody(device, common, body) : formatPart(device, body)));
  return [...lines, ...formatDump(device, dump)];
}

/** What stands behind the address; null where class or IDs are not known. */
function formatTitle(common: Partial<CommonHeader>, { names, numeric, verbosity }: BodyOptions): string | null {
  const { vendorId, deviceId, revisionId, baseClass, subclass, programmingInterface } = common;
  if (vendorId === undefined || deviceId === undefined || baseClass === undefined || subclass === undefined) return null;
  const classCode = (baseClass << 16) | (subclass << 8) | (programmingInterface ?? 0);
  const title = `${formatClassName(names, numeric, classCode)}: ${formatDeviceName(names, numeric, vendorId, deviceId)}`;
  const revision = revisionId === undefined || revisionId === 0 ? '' : ` (rev ${hexDigits(revisionId, 2)})`;
  const programming = verbosity > 0 && programmingInterface !== undefined ? formatInterface(names, classCode) : '';
  return title + revision + programming;
}

/** The capabilities that are known of a function whose header is not, as text of `lspci -v` leaves one; no list is said to end. */
function formatPart(device: DecodedDevice, { names, numeric, verbosity }: BodyOptions): string[] {
  const { vendorId = 0, deviceId = 0 } = device.header.common;
  const nameSubsystem = (subsystemVendorId: number, subsystemId: number) =>
    formatSubsystemName(names, numeric, { vendorId, deviceId, subsystemVendorId, subsystemId });
  return device.capabilities.length === 0 ? [] : formatCapabilities(device, nameSubsystem, verbosity);
}

/** -x and -xx show the standard header, which is longer for a CardBus bridge. */
function formatDump({ config, header }: DecodedDevice, level: number): string[] {
  if (level === 0) return [];
  if (level >= 4) return formatHexDump(config, PCI_CFG_SPACE_EXP_SIZE);
  if (level === 3) return formatHexDump(config, PCI_CFG_SPACE_SIZE);
  return formatHexDump(config, header.layout === PCI_HEADER_TYPE_CARDBUS ? CARDBUS_SIZE : PCI_STD_HEADER_SIZEOF);
}

interface BodyOptions {
  readonly names: DeviceNames;
  readonly numeric: Numeric;
  readonly verbosity: number;
}

function formatBody(device: DecodedDevice, common: CommonHeader, options: BodyOptions): string[] {
  const { header, config } = device;
  const { verbosity } = options;
  const layout = header.type0 ?? header.type1 ?? header.type2;
  if (layout === null) {
    // Only the line is at the same place whatever the layout. Where no function answers, every read gives ones.
    const isSilent = common.vendorId === NO_ID && header.layout === PCI_HEADER_TYPE_MASK;
    const interruptLine = config.read(PCI_INTERRUPT_LINE, 1) ?? (isSilent ? 0xff : undefined);
    const interrupt = verbosity > 1 ? formatInterrupt(interruptLine === undefined ? {} : { interruptLine }) : [];
    return [`\t!!! Unknown header type ${hexDigits(header.layout ?? 0, 2)}`, ...interrupt];
  }
  const { vendorId, deviceId } = common;
  const nameSubsystem = (subsystemVendorId: number, subsystemId: number) =>
    formatSubsystemName(options.names, options.numeric, { vendorId, deviceId, subsystemVendorId, subsystemId });
  const lines = [
    ...formatSubsystem(device, nameSubsystem),
    ...formatClassWarning(common),
    ...formatCommonHeader(common, layout, verbosity),
    ...device.bars.filter(bar => bar.kind !== 'rom').map(bar => formatBar(bar, verbosity)),
    ...formatLayout(device, verbosity),
  ];
  if (header.type2 !== null && !config.isKnown(PCI_STD_HEADER_SIZEOF, CARDBUS_SIZE - PCI_STD_HEADER_SIZEOF))
    return [...lines, '\t<access denied to the rest>'];
  return [...lines, ...formatCapabilities(device, nameSubsystem, verbosity)];
}

/** A header's layout says endpoint or bridge, and so does the class. */
function formatClassWarning({ baseClass, subclass, headerType }: CommonHeader): string[] {
  const code = (baseClass << 8) | subclass;
  const isValid = headerType.layout === PCI_HEADER_TYPE_NORMAL ? code !== PCI_CLASS_BRIDGE_PCI : baseClass === PCI_BASE_CLASS_BRIDGE;
  return isValid ? [] : [`\t!!! Invalid class ${hexDigits(code, 4)} for header type ${hexDigits(headerType.layout, 2)}`];
}

function formatSubsystem(device: DecodedDevice, name: (vendorId: number, deviceId: number) => string): string[] {
  const [vendorId, deviceId] = findSubsystem(device);
  if (vendorId === 0 || vendorId === NO_ID) return [];
  return [`\tSubsystem: ${name(vendorId, deviceId)}`];
}

/** Endpoints and CardBus bridges have it in their header, other bridges in a capability (PCI-to-PCI Bridge 1.2 §3.2.5.13). */
function findSubsystem({ header, config, capabilities }: DecodedDevice): [vendorId: number, deviceId: number] {
  const { subsystemVendorId = 0, subsystemId = 0 } = header.type0 ?? header.type2 ?? {};
  if (header.type1 === null) return [subsystemVendorId, subsystemId];
  const capability = findCapability(capabilities, 'standard', PCI_CAP_ID_SSVID);
  if (capability === undefined) return [0, 0];
  const at = capability.ref.offset;
  return [config.read(at + PCI_SSVID_VENDOR_ID, 2) ?? 0, config.read(at + PCI_SSVID_DEVICE_ID, 2) ?? 0];
}

function formatLayout(device: DecodedDevice, verbosity: number): string[] {
  const { type1, type2, common }: Header = device.header;
  if (type1 !== null) return isKnown(type1, device) ? formatBridge(type1, device, verbosity) : [];
  if (type2 !== null) return isKnown(type2, device) ? formatCardbus(type2, device, verbosity) : [];
  return formatRom(device.bars, common.command?.memorySpaceEnable ?? false);
}

/** Rows may be missing anywhere: only a header that is there as a whole is shown. */
function isKnown<H extends Type1Header | Type2Header>(_header: Partial<H>, { config }: DecodedDevice): _header is H {
  return config.isKnown(0, PCI_STD_HEADER_SIZEOF);
}
