/** What a host's view says of one function: all that its row and its box hold but what the what-if question decides. */
import { hexDigits } from '../../pure/bytes/hex.ts';
import type { DeviceFacts, GroupFacts, HostFacts } from '../../pure/facts/index.ts';
import { type ConfigSpace, EXTENDED_SIZE } from '../../pure/pci/config-space.ts';
import { expressFacts } from '../../pure/pci/express-facts.ts';
import { doesNotAnswer } from '../../pure/pci/no-answer.ts';
import type { DeviceNames } from '../../pure/pci/pci-ids.ts';
import { listEnds } from '../../pure/pci/unknown-places.ts';
import { walkExtended } from '../../pure/pci/walk.ts';
import { PCI_CLASS_BRIDGE_HOST } from '../../pure/spec/pci-ids.ts';
import {
  PCI_CLASS_DEVICE,
  PCI_CLASS_PROG,
  PCI_EXP_TYPE_DOWNSTREAM,
  PCI_EXP_TYPE_PCI_BRIDGE,
  PCI_EXP_TYPE_PCIE_BRIDGE,
  PCI_EXP_TYPE_RC_EC,
  PCI_EXP_TYPE_ROOT_PORT,
  PCI_EXP_TYPE_UPSTREAM,
  PCI_EXT_CAP_ID_ATS,
  PCI_EXT_CAP_ID_PASID,
  PCI_EXT_CAP_ID_PRI,
  PCI_EXT_CAP_ID_SRIOV,
  PCI_HEADER_TYPE,
  PCI_HEADER_TYPE_BRIDGE,
  PCI_HEADER_TYPE_CARDBUS,
  PCI_HEADER_TYPE_MASK,
  PCI_SUBSYSTEM_VENDOR_ID,
  PCI_VENDOR_ID,
} from '../../pure/spec/pci-regs.ts';

/** What a function is in the tree. */
export type FunctionKind =
  | 'host bridge'
  | 'root port'
  | 'upstream port'
  | 'downstream port'
  | 'PCI bridge'
  | 'CardBus bridge'
  | 'event collector'
  | 'function'
  | 'header not known'
  | 'no answer';

/** `unknown` where bytes that decide are not known. */
export type Presence = 'yes' | 'no' | 'unknown';

/** Everywhere null is what is not known, and `'none'` what is known not to be there. */
export interface FunctionLine {
  /** Of its source's devices, from 0. */
  readonly index: number;
  /** `0000:3b:00.1`; `device 1` where no address is known. */
  readonly name: string;
  readonly kind: FunctionKind;
  /** A programming interface that is not known stands as 0. */
  readonly classCode: number | null;
  readonly vendorId: number | null;
  readonly deviceId: number | null;
  /** `8086:1572`; null as its parts are. */
  readonly ids: string | null;
  /** `1458:4001`; null also for a bridge, which has none in its header. */
  readonly subsystem: string | null;
  readonly driver: { readonly name: string } | 'none' | null;
  readonly group: GroupFacts | 'none' | null;
  readonly numaNode: number | 'none' | null;
  /** `intel-vtd 0`: its kind and which of the host's it is; null where it is not known which. */
  readonly iommu: string | 'none' | null;
  readonly sriov: 'physical function' | 'virtual function' | null;
  /** Of a virtual function, the address of its physical one. */
  readonly physicalFunction: string | null;
  readonly ats: Presence;
  readonly pasid: Presence;
  readonly pri: Presence;
  readonly description: string | null;
}

const PORTS: Readonly<Record<number, FunctionKind>> = {
  [PCI_EXP_TYPE_ROOT_PORT]: 'root port',
  [PCI_EXP_TYPE_UPSTREAM]: 'upstream port',
  [PCI_EXP_TYPE_DOWNSTREAM]: 'downstream port',
  [PCI_EXP_TYPE_PCI_BRIDGE]: 'PCI bridge',
  [PCI_EXP_TYPE_PCIE_BRIDGE]: 'PCI bridge',
};

/** What the bytes say that a function is. */
export function functionKind(config: ConfigSpace): FunctionKind {
  if (doesNotAnswer(config)) return 'no answer';
  const header = config.read(PCI_HEADER_TYPE, 1);
  if (header === undefined) return 'header not known';
  const layout = header & PCI_HEADER_TYPE_MASK;
  if (layout === PCI_HEADER_TYPE_CARDBUS) return 'CardBus bridge';
  const express = expressFacts(config);
  const type = typeof express === 'object' ? express.type : -1;
  if (layout === PCI_HEADER_TYPE_BRIDGE) return PORTS[type] ?? 'PCI bridge';
  if (type === PCI_EXP_TYPE_RC_EC) return 'event collector';
  return config.read(PCI_CLASS_DEVICE, 2) === PCI_CLASS_BRIDGE_HOST ? 'host bridge' : 'function';
}

/** Whether functions of this kind can be assigned; ports, bridges and event collectors cannot. */
export function isAssignable(kind: FunctionKind): boolean {
  return kind === 'function' || kind === 'header not known';
}

function idsOf(config: ConfigSpace, at: number): readonly [number, number] | null {
  const both = config.read(at, 4);
  return both === undefined || both === 0xffffffff ? null : [both & 0xffff, both >>> 16];
}

const idText = (ids: readonly [number, number] | null): string | null =>
  ids === null ? null : `${hexDigits(ids[0], 4)}:${hexDigits(ids[1], 4)}`;

function subsystemOf(config: ConfigSpace): string | null {
  const header = config.read(PCI_HEADER_TYPE, 1);
  return header === undefined || (header & PCI_HEADER_TYPE_MASK) !== 0 ? null : idText(idsOf(config, PCI_SUBSYSTEM_VENDOR_ID));
}

/** Which IOMMU of the host each function is behind, by sysfs name; none is known where the host does not say. */
export function iommuNames({ iommus }: HostFacts): ReadonlyMap<string, string> {
  const of = new Map<string, string>();
  for (const [i, { name, kind, devices }] of (iommus ?? []).entries())
    for (const device of devices ?? []) of.set(device, name ?? `${kind} ${i}`);
  return of;
}

function sriovOf({ virtualFunction, assignment }: DeviceFacts, hasCapability: boolean): FunctionLine['sriov'] {
  const sriov = assignment?.sriov ?? null;
  const physical = sriov?.physicalFunction ?? null;
  if (virtualFunction !== null || (physical !== null && physical !== 'none')) return 'virtual function';
  const total = sriov?.totalVfs ?? null;
  return hasCapability || (typeof total === 'number' && total > 0) ? 'physical function' : null;
}

function presences(config: ConfigSpace): (id: number) => Presence {
  const ids = new Set(walkExtended(config).capabilities.map(({ id }) => id));
  const isWhole = config.bytes.length > 0 && !doesNotAnswer(config) && listEnds(config).extended === null;
  return id => (ids.has(id) ? 'yes' : isWhole && config.bytes.length <= EXTENDED_SIZE ? 'no' : 'unknown');
}

function makeLine(facts: DeviceFacts, index: number, iommus: ReadonlyMap<string, string> | null): FunctionLine {
  const { bdf, config, virtualFunction, assignment, description } = facts;
  const [classCode, programming = 0] = [config.read(PCI_CLASS_DEVICE, 2), config.read(PCI_CLASS_PROG, 1)];
  const has = presences(config);
  const ids = virtualFunction === null ? idsOf(config, PCI_VENDOR_ID) : ([virtualFunction.vendorId, virtualFunction.deviceId] as const);
  const group = assignment?.iommuGroup ?? null;
  const physical = assignment?.sriov?.physicalFunction ?? null;
  return {
    index,
    name: bdf?.text ?? `device ${index + 1}`,
    kind: functionKind(config),
    classCode: classCode === undefined || doesNotAnswer(config) ? null : (classCode << 8) | programming,
    vendorId: ids?.[0] ?? null,
    deviceId: ids?.[1] ?? null,
    ids: idText(ids),
    subsystem: subsystemOf(config),
    driver: assignment?.driver ?? null,
    group,
    numaNode: assignment?.numaNode ?? null,
    iommu: (bdf === null ? null : iommus?.get(bdf.text)) ?? (group === 'none' ? 'none' : null),
    sriov: sriovOf(facts, has(PCI_EXT_CAP_ID_SRIOV) === 'yes'),
    physicalFunction: physical === 'none' ? null : physical,
    ats: has(PCI_EXT_CAP_ID_ATS),
    pasid: has(PCI_EXT_CAP_ID_PASID),
    pri: has(PCI_EXT_CAP_ID_PRI),
    description,
  };
}

const known = new WeakMap<DeviceFacts, FunctionLine>();

/** The line of a device, which is made once. `index` is its place in its source. */
export function functionLine(facts: DeviceFacts, index: number, iommus: ReadonlyMap<string, string> | null): FunctionLine {
  const before = known.get(facts);
  if (before !== undefined) return before;
  const line = makeLine(facts, index, iommus);
  known.set(facts, line);
  return line;
}

/** `Ethernet controller`, `Class 12ff`, or that it is not known. */
export function className({ classCode, kind }: Pick<FunctionLine, 'classCode' | 'kind'>, names: DeviceNames): string {
  if (classCode === null) return kind === 'no answer' ? 'no answer' : 'class not known';
  const { subclass, baseClass } = names.classNames(classCode);
  return subclass ?? baseClass ?? `class ${hexDigits(classCode >>> 8, 4)}`;
}

/** What the device is called: by pci.ids, else by the capture; empty where neither says. */
export function deviceTitle({ vendorId, deviceId, description }: FunctionLine, names: DeviceNames): string {
  const vendor = vendorId === null ? null : names.vendor(vendorId);
  if (vendorId === null || deviceId === null || vendor === null) return description ?? '';
  const device = names.device(vendorId, deviceId);
  return device === null ? (description ?? vendor) : `${vendor} ${device}`;
}
