/**
 * What the commands print as JSON: each output declared once, as a type, a check and a published JSON Schema
 * (`vfio-airlock/schemas/NAME.schema.json`). docs/json.md says what may change within a version.
 *
 * @module vfio-airlock/reports
 * @example
 * ```ts
 * import { parseReport } from 'vfio-airlock/reports';
 *
 * // As `airlock doctor --json` prints it.
 * const counts = '{"pass":0,"warn":0,"fail":0,"unknown":0}';
 * const text = `{"schemaVersion":1,"kernel":null,"device":null,"required":[],"outcome":"passed","counts":${counts},"checks":[]}`;
 * parseReport('doctor', text).outcome; // → 'passed'
 * parseReport('devices', text); // → throws ReportError
 * ```
 */

export { DECODE_SCHEMA_VERSION, decodeJson } from './decode-json.ts';
export { parseReport, type Reports } from './parse-report.ts';
export { ReportError } from './report-error.ts';
export type { AttachJson } from './schemas/attach.ts';
export type { CompareJson } from './schemas/compare.ts';
export type {
  ControlResults,
  DeviceChange,
  DeviceCounters,
  DeviceDescription,
  DeviceSummary,
  ViewChanges,
} from './schemas/control.ts';
export type { DecodedCapabilityJson, DecodeJson } from './schemas/decode.ts';
export type { DeviceJson, DevicesJson, DmaCapabilities, GroupBlocker } from './schemas/devices.ts';
export type { Check, DoctorJson } from './schemas/doctor.ts';
export type { HwInfoJson } from './schemas/hw-info.ts';
export { REPORT_SCHEMAS, type ReportName } from './schemas/index.ts';
export type { MachinesJson } from './schemas/machines.ts';
export type { MigrateDecodeJson, MigrateJson, MigrationJson } from './schemas/migrate.ts';
export type { DevicePlanJson, FindingJson, HostPlanJson, IommuPlanJson, PlanJson, PlanMessageJson, VmPlanJson } from './schemas/plan.ts';
export type { PlanChangeJson } from './schemas/plan-change.ts';
export type { ProbeJson } from './schemas/probe.ts';
export type { PropertiesJson } from './schemas/properties.ts';
export type { SlotJson } from './schemas/slot.ts';
export type { RegisterValue, UnknownJson } from './schemas/values.ts';
export type { CapabilityJson, PropertyJson, ViewJson } from './schemas/view.ts';
export { VIEW_SCHEMA_VERSION } from './versions.ts';
export { viewJson } from './view-json.ts';
export { formatViewLine } from './view-line.ts';
export type { ViewReport } from './view-report.ts';
