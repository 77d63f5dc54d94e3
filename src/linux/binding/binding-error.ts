/** What keeps a device from changing its driver, in words: what failed, on what, what was wanted. */
export class BindingError extends Error {
  override readonly name = 'BindingError';
}
