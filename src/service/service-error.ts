/** The error for a wrong request to a service: its path, its device or its words are the caller's mistake. */

/** One line says what failed, on what, and what was wanted; a hint may name what there is instead. */
export class ServiceError extends Error {
  override readonly name: string = 'ServiceError';
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}
