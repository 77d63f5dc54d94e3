/** What one capability's text is made of, in the layout that `lspci -vvv` gave the field. One file for each capability. */
import type { Fields, Pieces } from '../../bytes/layout.ts';
import type { CapabilityType } from '../../pci/capability.ts';
import type { ConfigSpace } from '../../pci/config-space.ts';
import type { CapabilityRef } from '../../pci/walk.ts';

/** What a capability's text may depend on besides its own registers. */
export interface DeviceContext {
  readonly config: ConfigSpace;
  readonly vendorId: number;
  readonly deviceId: number;
  /** Device/Port Type of the PCI Express capability (PCIe 6.0 §7.5.3.2), null for a function without one. */
  readonly expressType: number | null;
  /** Device [7:3] and function [2:0] of the address; 0 where there is none. */
  readonly deviceFunction: number;
  /** `Vendor Device` for people, or `Device 8086:4f53` where no name is known. */
  readonly nameSubsystem: (vendorId: number, deviceId: number) => string;
}

/** The text behind `Capabilities: [44] ` and the lines below it, without their two tabs. */
export interface CapabilityText {
  readonly title: string;
  readonly lines: readonly string[];
}

export interface CapabilityRenderer {
  readonly type: CapabilityType;
  /** Whether the text is a title whatever the registers hold, so that it needs none of them. */
  readonly isTitleOnly?: boolean;
  /** Called only with complete fields, unless the text is a title only. */
  readonly format: (fields: Readonly<Record<string, unknown>>, ref: CapabilityRef, device: DeviceContext) => CapabilityText;
}

/** Binds text to a capability type, so that `format` sees the fields with their types. */
export function renderer<P extends Pieces>(
  type: CapabilityType<P>,
  format: (fields: Fields<P>, ref: CapabilityRef, device: DeviceContext) => CapabilityText,
): CapabilityRenderer {
  return { type, format: (fields, ref, device) => format(fields as Fields<P>, ref, device) };
}

/** The text of a capability of which lspci shows no register; lspci's `<?>` in the title says that there are some. */
export function titleOnly(type: CapabilityType, title: string): CapabilityRenderer {
  return { type, isTitleOnly: true, format: () => ({ title, lines: [] }) };
}

/**
 * `texts`, and for each of `types` that has none its title in lspci's manner; lspci 3.13 itself prints only the ID of those.
 */
export function withTitles(texts: readonly CapabilityRenderer[], types: readonly CapabilityType[]): readonly CapabilityRenderer[] {
  const known = new Set(texts.map(({ type }) => type));
  return [...texts, ...types.filter(type => !known.has(type)).map(type => titleOnly(type, `${type.title} <?>`))];
}

/** lspci's sign of a flag: `+` where it is set, `-` where it is not. */
export function sign(flag: boolean): string {
  return flag ? '+' : '-';
}

/** `Name+` or `Name-` for each flag, in order, with a space between. */
export function formatFlags(flags: Readonly<Record<string, boolean>>): string {
  return Object.entries(flags)
    .map(([name, flag]) => name + sign(flag))
    .join(' ');
}
