/** The JSON of `decode`: every capability with its fields, and the findings. */
import { formatHex } from '../bytes/hex.ts';
import type { Bar } from '../pci/bars.ts';
import type { DecodedCapability, DecodedDevice } from '../pci/decode-device.ts';
import type { Header } from '../pci/header.ts';
import { unknownPlaces } from '../pci/unknown-places.ts';
import { registersJson } from './registers-json.ts';
import type { DecodedCapabilityJson, DecodeJson } from './schemas/decode.ts';
import { placesJson } from './unknown-places-json.ts';

export { DECODE_SCHEMA_VERSION } from './versions.ts';

function headerJson({ common, layout, type0, type1, type2, missing }: Header): DecodeJson['header'] {
  return {
    common: registersJson(common),
    layout,
    type0: type0 && registersJson(type0),
    type1: type1 && registersJson(type1),
    type2: type2 && registersJson(type2),
    missing,
  };
}

function barJson({ address, raw, enabled, ...kind }: Bar): DecodeJson['bars'][number] {
  return { ...kind, address: formatHex(address), raw: formatHex(raw), enabled };
}

function capabilityJson({ ref, name, title, fields, missing, bytes }: DecodedCapability): DecodedCapabilityJson {
  return {
    kind: ref.kind,
    id: formatHex(ref.id, ref.kind === 'standard' ? 2 : 4),
    name,
    title,
    offset: formatHex(ref.offset),
    version: ref.version,
    next: ref.next === null ? null : formatHex(ref.next),
    fields: registersJson(fields),
    ...(missing.length > 0 && { unknownRegisters: missing.map(at => formatHex(at)) }),
    ...(bytes !== undefined && { bytes }),
  };
}

/** One device as JSON. */
export function decodeJson({ bdf, config, header, bars, capabilities, findings }: DecodedDevice): DecodeJson {
  return {
    bdf: bdf === null ? null : String(bdf),
    knownBytes: config.knownLength,
    header: headerJson(header),
    bars: bars.map(barJson),
    capabilities: capabilities.map(capabilityJson),
    unknown: placesJson(unknownPlaces(config)),
    findings: findings.map(({ at, code, text }) => ({ at: formatHex(at), code, text })),
  };
}
