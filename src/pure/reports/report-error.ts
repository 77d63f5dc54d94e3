/** The error for a text that is not the JSON of a command. */

/** Says where in the JSON the fault is and what was wanted there. */
export class ReportError extends Error {
  override readonly name = 'ReportError';
  /** Such as `devices[2].outcome`; empty for the JSON as a whole. */
  readonly path: string;

  constructor(path: string, message: string) {
    super(path === '' ? message : `${path}: ${message}`);
    this.path = path;
  }
}
