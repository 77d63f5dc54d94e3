import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pageSizeOf } from './host-pages.ts';

test('pageSizeOf takes the word of the host, then of the architecture, and knows nothing of an Arm host that says nothing', () => {
  const sizes = ([hostArchitecture, hostPageSize]: readonly [string | null, number | null]) =>
    pageSizeOf({ hostArchitecture, hostPageSize });
  assert.deepEqual(
    [
      ['aarch64', 65536] as const,
      ['aarch64', null] as const,
      ['x86_64', null] as const,
      ['riscv64', null] as const,
      [null, null] as const,
    ].map(sizes),
    [65536, null, 4096, 4096, 4096],
  );
});
