/** The version of each output's JSON, which rises when a field changes its meaning or goes. */

export const ATTACH_SCHEMA_VERSION = 1;
export const COMPARE_SCHEMA_VERSION = 1;
export const CONTROL_SCHEMA_VERSION = 1;
/** The version of the JSON of `decode`. */
export const DECODE_SCHEMA_VERSION = 1;
export const DEVICES_SCHEMA_VERSION = 1;
export const DOCTOR_SCHEMA_VERSION = 1;
export const MACHINES_SCHEMA_VERSION = 1;
export const PROBE_SCHEMA_VERSION = 1;
export const PROPERTIES_SCHEMA_VERSION = 1;
/** The version of the JSON of `view`. */
export const VIEW_SCHEMA_VERSION = 1;
