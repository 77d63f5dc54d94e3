/** The JSON of `view`: hex strings for ids, offsets and bytes, stable codes beside the words. */
import { formatHex } from '../bytes/hex.ts';
import { formatConfigText } from '../capture/config-text.ts';
import { type CapabilityView, guestBytes } from '../guest-view/index.ts';
import { capabilityName } from '../pci/capability-names.ts';
import { unknownPlaces } from '../pci/unknown-places.ts';
import { type EffectiveProperties, formatSource } from '../qemu/effective-properties.ts';
import type { PropertyValue } from '../qemu/index.ts';
import type { CapabilityJson, ViewJson } from './schemas/view.ts';
import { slotJson } from './slot-json.ts';
import { placesJson } from './unknown-places-json.ts';
import { tellingProperties, type ViewReport } from './view-report.ts';

/** One capability of a view. */
export function capabilityJson({ kind, id, offset, version, status, stage, reason }: CapabilityView): CapabilityJson {
  return {
    kind,
    id: formatHex(id, kind === 'standard' ? 2 : 4),
    name: capabilityName(kind, id),
    offset: formatHex(offset),
    version,
    status,
    stage,
    reason: reason === null ? null : { code: reason.code, text: reason.text },
  };
}

/** JSON has no integer that holds all 64 bits: those are hex strings. */
function jsonValue(value: PropertyValue): string | number | boolean | null {
  return typeof value === 'bigint' ? formatHex(value) : value;
}

/** The properties worth telling, with their sources. */
export function propertiesJson(properties: EffectiveProperties): ViewJson['properties'] {
  return Object.fromEntries(
    tellingProperties(properties).map(({ name, value, source }) => [name, { value: jsonValue(value), source: formatSource(source) }]),
  );
}

/** The config bytes of host and guest, unknown ones as `??`. */
export function viewBytes({ config, realized }: ViewReport): Required<Pick<ViewJson, 'host' | 'guest'>> {
  return { host: formatConfigText(config), guest: realized.outcome === 'failed' ? null : formatConfigText(guestBytes(realized)) };
}

/** The slot, where it was asked for. */
function viewSlot({ realized, slot }: ViewReport): Pick<ViewJson, 'slot'> {
  return slot === undefined ? {} : { slot: realized.outcome === 'failed' ? null : slotJson(slot) };
}

/** What a view is of: the profile, the machine type, what the host answers. */
export function askedJson({ profile, properties, hostIommu }: ViewReport): Pick<ViewJson, 'profile' | 'machine' | 'hostIommu'> {
  return {
    profile: profile.name,
    machine: properties.machine?.name ?? null,
    hostIommu: { backend: hostIommu.backend, ats: hostIommu.atsEvidence().answer },
  };
}

/** One device as JSON; `bytes` adds the config bytes. */
export function viewJson(report: ViewReport, bytes: boolean): ViewJson {
  const { facts, realized, properties } = report;
  const { bdf } = facts;
  return {
    bdf: bdf === null ? null : String(bdf),
    ...askedJson(report),
    outcome: realized.outcome,
    error: realized.outcome === 'failed' ? realized.error : null,
    warnings: realized.messages,
    properties: propertiesJson(properties),
    capabilities: realized.outcome === 'failed' ? [] : realized.capabilities.map(capabilityJson),
    unknown: placesJson(unknownPlaces(report.config)),
    ...viewSlot(report),
    ...(bytes && viewBytes(report)),
  };
}
