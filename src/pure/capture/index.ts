/** The public face of this part: the capture format. */
export { CaptureError } from './capture-error.ts';
export { captureIommu } from './capture-iommu.ts';
export { formatConfigText, formatKnownBits, type KnownBits, parseConfigText } from './config-text.ts';
export { formatCapture, parseCapture } from './parse-capture.ts';
export { type Redacted, type RedactedPlace, type RedactionKind, redact } from './redact.ts';
export { type Capture, type CaptureDevice, captureSchema, SCHEMA_VERSION } from './schema.ts';
