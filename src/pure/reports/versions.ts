/** The version of each output's JSON, which rises when a field changes its meaning or goes. */

/** Of the JSON of `attach`. */
export const ATTACH_SCHEMA_VERSION = 1;
/** Of the JSON of `compare`. */
export const COMPARE_SCHEMA_VERSION = 1;
/** Of the JSON of `ctl`. */
export const CONTROL_SCHEMA_VERSION = 1;
/** Of the JSON of `decode`. */
export const DECODE_SCHEMA_VERSION = 1;
/** Of the JSON of `devices`. */
export const DEVICES_SCHEMA_VERSION = 1;
/** Of the JSON of `doctor`. */
export const DOCTOR_SCHEMA_VERSION = 1;
/** Of the JSON of `machines`. */
export const MACHINES_SCHEMA_VERSION = 1;
/** Of the JSON of `migrate`. */
export const MIGRATE_SCHEMA_VERSION = 1;
/** Of the JSON of `plan`. */
export const PLAN_SCHEMA_VERSION = 1;
/** Of the JSON of `probe`. */
export const PROBE_SCHEMA_VERSION = 1;
/** Of the JSON of `properties`. */
export const PROPERTIES_SCHEMA_VERSION = 1;
/** Of the JSON of `view`. */
export const VIEW_SCHEMA_VERSION = 1;
