/** The JSON of `decode`: every capability with its fields, and the findings. */
import { formatHex } from '../bytes/hex.ts';
import type { DecodedCapability, DecodedDevice } from '../pci/decode-device.ts';
import { unknownPlaces } from '../pci/unknown-places.ts';
import { placesJson } from './unknown-places-json.ts';

export const DECODE_SCHEMA_VERSION = 1;

/** Registers as JSON values: 64-bit numbers become hex strings, a field that is absent stays absent. */
export function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return formatHex(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, plain(item)]));
}

function capabilityJson({ ref, name, title, fields, missing, bytes }: DecodedCapability): Record<string, unknown> {
  return {
    kind: ref.kind,
    id: formatHex(ref.id, ref.kind === 'standard' ? 2 : 4),
    name,
    title,
    offset: formatHex(ref.offset),
    version: ref.version,
    next: formatHex(ref.next),
    fields: plain(fields),
    ...(missing.length > 0 && { unknownRegisters: missing.map(at => formatHex(at)) }),
    ...(bytes !== undefined && { bytes }),
  };
}

/** One device as JSON. */
export function decodeJson({ bdf, config, header, bars, capabilities, findings }: DecodedDevice): Record<string, unknown> {
  return {
    bdf: bdf === null ? null : String(bdf),
    knownBytes: config.knownLength,
    header: plain(header),
    bars: plain(bars),
    capabilities: capabilities.map(capabilityJson),
    unknown: placesJson(unknownPlaces(config)),
    findings: findings.map(({ at, code, text }) => ({ at: formatHex(at), code, text })),
  };
}
