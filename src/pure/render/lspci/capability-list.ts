/** The text of both capability lists, with what lspci says about a list that is broken. */
import { formatHex, hexDigits } from '../../bytes/hex.ts';
import { type DecodedCapability, type DecodedDevice, expressPortType } from '../../pci/decode-device.ts';
import { hasExtendedSpace } from '../../pci/extended-space.ts';
import { type CapabilityRef, type Walk, walkExtended, walkStandard } from '../../pci/walk.ts';
import { PCI_CAP_FLAGS } from '../../spec/pci-regs.ts';
import { EXTENDED_TEXTS } from './extended/index.ts';
import type { CapabilityText, DeviceContext } from './renderer.ts';
import { STANDARD_TEXTS } from './standard/index.ts';

/** One ID may stand for several types in the first list; in the second one a type may be made for the function. */
const STANDARD_BY_TYPE = new Map(STANDARD_TEXTS.map(text => [text.type, text]));
const EXTENDED_BY_ID = new Map(EXTENDED_TEXTS.map(text => [text.type.id, text]));

/** `Capabilities: [44] `, or `Capabilities: [100 v1] ` for an extended one; `-v` leaves out the version. */
function formatLabel({ kind, offset, version }: Pick<CapabilityRef, 'kind' | 'offset' | 'version'>, verbosity: number): string {
  const place =
    kind === 'standard' ? hexDigits(offset, 2) : `${hexDigits(offset, 3)}${verbosity > 1 && version !== null ? ` v${version}` : ''}`;
  return `\tCapabilities: [${place}] `;
}

/** A capability that nothing more is known of than its ID. */
function formatUnknown({ ref }: DecodedCapability, { config }: DeviceContext): CapabilityText {
  if (ref.id === 0) return { title: 'Null', lines: [] };
  if (ref.kind === 'extended') return { title: `Extended Capability ID ${formatHex(ref.id, 2)}`, lines: [] };
  return { title: `Capability ID ${formatHex(ref.id, 2)} [${hexDigits(config.read(ref.offset + PCI_CAP_FLAGS, 2) ?? 0, 4)}]`, lines: [] };
}

/** A header of zeros in the second list ends it, as lspci takes it: no capability stands there. */
function isEndOfList({ kind, id, version, next }: CapabilityRef): boolean {
  return kind === 'extended' && id === 0 && version === 0 && next === 0;
}

/** The title and the lines of one capability, as `-vv` shows them. */
export function formatCapability(capability: DecodedCapability, context: DeviceContext): CapabilityText {
  const { ref, type, missing } = capability;
  const text = type && (ref.kind === 'standard' ? STANDARD_BY_TYPE.get(type) : EXTENDED_BY_ID.get(ref.id));
  if (!text) return formatUnknown(capability, context);
  if (missing.length > 0 && !text.isTitleOnly) return { title: `${capability.title} <unreadable>`, lines: [] };
  return text.format(capability.fields, ref, context);
}

/** What the end of a list has to say: nothing, or why it ends there. */
function formatEnd(walk: Walk, device: DecodedDevice, verbosity: number): string[] {
  const last = walk.capabilities.at(-1);
  const kind = last?.kind ?? 'standard';
  for (const { code, at } of walk.findings) {
    // An extended list that leads into unknown or silent bytes just ends.
    if (code === 'chain.unknown-bytes' && kind === 'standard') return ['\tCapabilities: <access denied>'];
    if (code === 'chain.broken' && kind === 'standard')
      return [`${formatLabel({ kind, offset: at, version: 0 }, verbosity)}<chain broken>`];
    if (code === 'chain.cycle' && last !== undefined && last.next !== null) {
      const offset = last.next & ~3;
      const version = ((device.config.read(offset, 4) ?? 0) >>> 16) & 15;
      return [`${formatLabel({ kind, offset, version }, verbosity)}<chain looped>`];
    }
  }
  return [];
}

/** The title that `-v` gives: PCI Express without the version of the capability, SATA without the place of its registers. */
function shorten(title: string): string {
  return title.replace(/^Express \(v\d+\)/, 'Express').replace(/^(SATA HBA v\S+) .*/, '$1');
}

/** Both lists; `verbosity` from 1 up. */
export function formatCapabilities(device: DecodedDevice, nameSubsystem: DeviceContext['nameSubsystem'], verbosity: number): string[] {
  const { common } = device.header;
  const context: DeviceContext = {
    config: device.config,
    vendorId: common.vendorId ?? 0,
    deviceId: common.deviceId ?? 0,
    expressType: expressPortType(device),
    nameSubsystem,
    deviceFunction: (device.bdf?.routingId ?? 0) & 0xff,
  };
  const list = (kind: CapabilityRef['kind']) =>
    device.capabilities
      .filter(({ ref }) => ref.kind === kind && !isEndOfList(ref))
      .flatMap(capability => {
        const { title, lines } = formatCapability(capability, context);
        if (verbosity < 2) return [formatLabel(capability.ref, verbosity) + shorten(title)];
        return [formatLabel(capability.ref, verbosity) + title, ...lines.map(line => `\t\t${line}`)];
      });
  const standard = [...list('standard'), ...formatEnd(walkStandard(device.config), device, verbosity)];
  if (!hasExtendedSpace(device.config)) return standard;
  return [...standard, ...list('extended'), ...formatEnd(walkExtended(device.config), device, verbosity)];
}
