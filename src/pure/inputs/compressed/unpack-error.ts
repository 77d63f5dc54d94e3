/** The error for a compressed file that cannot be unpacked. */
export class UnpackError extends Error {
  override readonly name = 'UnpackError';
}
