/** What is wrong with what was asked of a service: a path, a device, a request. Nobody's fault but that of who asks. */

/** One line that says what failed, on what, and what was wanted; a hint, where there is one, points to what is there. */
export class ServiceError extends Error {
  override readonly name: string = 'ServiceError';
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}
