/** Reads Proxmox's file of mapped PCI devices, `mapping/pci.cfg`: names with the devices of each node of the cluster that stand behind. */
import type { HostSelector } from '../../definition.ts';
import { type FunctionAddress, functionAddress } from '../host-address.ts';
import type { DefinitionText, ReadContext } from '../reader.ts';
import { isTrue, listItems } from './conf.ts';

/** A device of a node: what its first function is, and which functions go together. */
export interface MappedDevice {
  readonly first: HostSelector;
  /** As `path` names them. */
  readonly parts: readonly FunctionAddress[];
}

export interface Mapping {
  readonly anyOf: MappedDevice[];
  /** Whether its devices may be migrated, which gives them enable-migration=on. */
  isLiveMigrationCapable: boolean;
}

/** The mappings of the files besides; null where no file has any. */
export function mappingsOf({ related }: ReadContext): ReadonlyMap<string, Mapping> | null {
  const before = known.get(related);
  if (before !== undefined) return before;
  const mappings = new Map<string, Mapping>();
  for (const { text } of related) if (isMappingFile(text)) addMappings(text, mappings);
  const result = mappings.size === 0 ? null : mappings;
  known.set(related, result);
  return result;
}

/** The inputs besides are the same for each of many definitions. */
const known = new WeakMap<readonly DefinitionText[], ReadonlyMap<string, Mapping> | null>();

/** Names at the beginnings of lines, what belongs to each indented. */
export function isMappingFile(text: string): boolean {
  return /^[ \t]{1,64}map[ \t]{1,64}(?:[a-z-]{1,32}=[^\s,]{0,256},){0,8}(?:id|path|node)=/m.test(text);
}

function addMappings(text: string, mappings: Map<string, Mapping>): void {
  let mapping: Mapping | undefined;
  for (const line of text.split('\n')) {
    const name = /^(?:pci:[ \t]*)?([A-Za-z0-9][\w.-]{0,127}):?[ \t]*$/.exec(line)?.[1];
    if (name !== undefined) {
      mapping = { anyOf: [], isLiveMigrationCapable: false };
      mappings.set(name, mapping);
      continue;
    }
    const [, key, value = ''] = /^[ \t]+(map|live-migration-capable)[ \t]+(\S.{0,1023})$/.exec(line.trimEnd()) ?? [];
    if (mapping === undefined || key === undefined) continue;
    if (key === 'map') mapping.anyOf.push(mappedDevice(value));
    else mapping.isLiveMigrationCapable = isTrue(value.trim());
  }
}

/** `id=15b3:101e,iommugroup=12,node=pve1,path=0000:3b:00.0,subsystem-id=15b3:0001`; several paths are the device's functions. */
function mappedDevice(text: string): MappedDevice {
  const items = listItems({ text, start: 0 });
  const value = (name: string): string => items.find(item => item.name === name)?.value.trim() ?? '';
  const parts = value('path')
    .split(';')
    .flatMap(path => functionAddress(path) ?? []);
  const [first] = parts;
  const [vendorId, deviceId] = ids(value('id'));
  const [subsystemVendorId, subsystemDeviceId] = ids(value('subsystem-id'));
  const group = /^\d{1,9}$/.test(value('iommugroup')) ? Number(value('iommugroup')) : undefined;
  const node = value('node');
  const selector: HostSelector = {
    ...(first === undefined ? {} : { address: first.address }),
    ...(vendorId === undefined ? {} : { vendorId }),
    ...(deviceId === undefined ? {} : { deviceId }),
    ...(subsystemVendorId === undefined ? {} : { subsystemVendorId }),
    ...(subsystemDeviceId === undefined ? {} : { subsystemDeviceId }),
    ...(group === undefined ? {} : { iommuGroup: group }),
    ...(node === '' ? {} : { node }),
  };
  return { first: selector, parts };
}

function ids(text: string): number[] {
  const [, vendor, device] = /^(?:0x)?([0-9a-f]{4}):(?:0x)?([0-9a-f]{4})$/i.exec(text) ?? [];
  return vendor === undefined || device === undefined ? [] : [Number.parseInt(vendor, 16), Number.parseInt(device, 16)];
}
