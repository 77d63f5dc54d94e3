/** The error for a device property: the VMM's own words, a stable code, and similar names that the user may have meant. */

/**
 * `property.unknown`: the driver has none of that name; `property.value`: its type or range refuses the value;
 * `property.read-only`: it cannot be set; `property.syntax`: the text is no assignment.
 */
export type PropertyErrorCode = 'property.unknown' | 'property.value' | 'property.read-only' | 'property.syntax';

/** `message` is what QEMU 11.1 prints after its `-device OPTIONS: ` prefix; `nearest` holds suggestions, best first, perhaps none. */
export class PropertyError extends Error {
  override readonly name = 'PropertyError';
  readonly code: PropertyErrorCode;
  readonly property: string;
  readonly nearest: readonly string[];

  constructor(message: string, details: { code: PropertyErrorCode; property: string; nearest?: readonly string[] }) {
    super(message);
    this.code = details.code;
    this.property = details.property;
    this.nearest = details.nearest ?? [];
  }
}
