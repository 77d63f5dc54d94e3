/**
 * Values as text for people, in lines without their ends, and as JSON. Text follows a width; colours are the painter's.
 *
 * @module vfio-airlock/render
 * @example
 * ```ts
 * import { Bdf, buildConfigSpace, decodeDevice } from 'vfio-airlock/pci';
 * import { decodeJson, formatLspci } from 'vfio-airlock/render';
 *
 * const config = buildConfigSpace({ vendorId: 0x8086, deviceId: 0x1572, classCode: 0x02_00_00, size: 64 });
 * const device = decodeDevice(config, Bdf.parse('3b:00.0'));
 * formatLspci(device, { numeric: 'ids', domain: false }); // → ['3b:00.0 0200: 8086:1572']
 * decodeJson(device).bdf; // → '0000:3b:00.0'
 * ```
 */

export { DECODE_SCHEMA_VERSION, decodeJson } from '../reports/decode-json.ts';
export type { SlotJson } from '../reports/schemas/slot.ts';
export type { UnknownJson } from '../reports/schemas/values.ts';
export type { CapabilityJson, ViewJson } from '../reports/schemas/view.ts';
export { VIEW_SCHEMA_VERSION } from '../reports/versions.ts';
export { viewJson } from '../reports/view-json.ts';
export { formatViewLine } from '../reports/view-line.ts';
export { tellingProperties, type ViewReport } from '../reports/view-report.ts';
export { type AtsRow, atsRows, formatAtsTable, type KernelAnswer } from './ats-table.ts';
export { formatLspci, type LspciOptions } from './lspci/device.ts';
export type { Numeric } from './lspci/names.ts';
export { COLOURED, type Painter, PLAIN, type Tone } from './paint.ts';
export { formatCapabilities, formatCapability, formatEvidence, formatMessage, formatView } from './view-text.ts';
