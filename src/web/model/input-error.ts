/** An input of which nothing can be used. */

/** The message says why, in words for a person, and what is wanted. */
export class InputError extends Error {
  override readonly name = 'InputError';
}
