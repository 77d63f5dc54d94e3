/**
 * The capture format: one JSON file with all that a host says about itself and its devices, made once and usable anywhere. Bytes are
 * two digits each, `??` where they are not known; serial numbers and addresses can be taken out.
 *
 * @module vfio-airlock/capture
 * @example
 * ```ts
 * import { readFileSync } from 'node:fs';
 * import { captureIommu, parseCapture, parseConfigText } from 'vfio-airlock/capture';
 *
 * const file = new URL(import.meta.resolve('vfio-airlock/captures/synthetic-vtd-no-ats.json'));
 * const capture = parseCapture(readFileSync(file, 'utf8'));
 * capture.host.kernel; // → '7.3.4'
 * capture.devices.map(({ address }) => address); // → ['0000:01:00.0', '0000:02:00.0', '0000:03:00.2']
 * capture.devices.map(device => captureIommu(capture, device).atsSupport()); // → ['unsupported', 'unsupported', 'unsupported']
 * capture.devices.map(({ config }) => parseConfigText(config).read(0x00, 2)); // → [0x1234, 0x1234, 0xffff]
 * parseCapture('{}'); // → throws CaptureError
 * ```
 */

export type { PrivatePlace } from '../pci/private-place.ts';
export { captureDoubts } from './capture-doubts.ts';
export { CaptureError } from './capture-error.ts';
export { captureDevices, captureHostFacts } from './capture-facts.ts';
export { captureIommu } from './capture-iommu.ts';
export { formatConfigText, formatKnownBits, type KnownBits, parseConfigText } from './config-text.ts';
export { type CaptureOptions, captureDevice, captureOf } from './facts-capture.ts';
export { formatCapture, parseCapture, type ReadCapture, readCapture } from './parse-capture.ts';
export { type Redacted, type RedactedPlace, type RedactionKind, redact } from './redact.ts';
export { type Capture, type CaptureDevice, captureSchema, SCHEMA_VERSION } from './schema.ts';
export { type Capture1, capture1Schema } from './schema-1.ts';
