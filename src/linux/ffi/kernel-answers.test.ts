/** A test double of the kernel, which answers ioctl as a test says, so that requests can be checked where there is no device. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createMemfd, ioctl } from './index.ts';
import { libc, type PointerArgument } from './libc.ts';

/** The result of an ioctl, or a negative errno; may write into the argument, as a kernel does. */
export type Answer = (argument: Uint8Array, fd: number) => number;

/**
 * Answers the requests given and fails any other with ENOTTY, until the test ends. Returns the requests made. `otherErrno` is for a
 * double of another call: one method must not be replaced twice in a test, for it is put back in the order in which it was replaced.
 */
export function answerIoctls(
  t: TestContext,
  answers: Readonly<Record<number, Answer>>,
  otherErrno: () => number | null = () => null,
): number[] {
  const kernel = libc();
  const { errno } = kernel;
  const made: number[] = [];
  let failed: number | null = null;
  t.mock.method(kernel, 'ioctl', (fd: number, request: number, argument: PointerArgument): number => {
    made.push(request);
    const bytes = argument instanceof Uint8Array ? argument : Uint8Array.of(Number(argument));
    const result = answers[request]?.(bytes, fd) ?? -25;
    failed = result < 0 ? -result : null;
    return failed === null ? result : -1;
  });
  t.mock.method(kernel, 'errno', () => failed ?? otherErrno() ?? errno());
  return made;
}

test('answerIoctls answers as it was told, any other request with ENOTTY, and gives way to the real kernel', t => {
  using file = createMemfd('file', 1);
  const ask = (request: number): number => ioctl(file, request, Uint8Array.of(1), { call: 'X', action: 'ask' });
  const made = answerIoctls(t, { 5: (argument, fd) => (fd === file.number ? 6 + (argument[0] ?? 0) : -1), 6: () => -16 });
  assert.equal(ask(5), 7);
  assert.throws(() => ask(6), { code: 'EBUSY' });
  assert.throws(() => ask(7), { code: 'ENOTTY' });
  assert.deepEqual(made, [5, 6, 7]);
  t.mock.restoreAll();
  assert.throws(() => ask(5), { code: 'ENOTTY' });
});
