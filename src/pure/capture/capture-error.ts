/** The error for a text that is no capture. */

/** Says where in the capture the fault is and what was wanted there. */
export class CaptureError extends Error {
  override readonly name = 'CaptureError';
  /** Such as `devices[2].config`; empty for the capture as a whole. */
  readonly path: string;

  constructor(path: string, message: string) {
    super(path === '' ? message : `${path}: ${message}`);
    this.path = path;
  }
}
