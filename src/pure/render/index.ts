/** The public face of this part: values as text for people, and as JSON. */

export { DECODE_SCHEMA_VERSION, decodeJson } from '../reports/decode-json.ts';
export { type AtsRow, atsRows, formatAtsTable } from './ats-table.ts';
export { formatLspci, type LspciOptions } from './lspci/device.ts';
export { COLOURED, type Painter, PLAIN, type Tone } from './paint.ts';
export { type CapabilityJson, VIEW_SCHEMA_VERSION, type ViewJson, viewJson } from './view-json.ts';
export { formatViewLine } from './view-line.ts';
export { tellingProperties, type ViewReport } from './view-report.ts';
export { formatCapabilities, formatCapability, formatEvidence, formatMessage, formatView } from './view-text.ts';
