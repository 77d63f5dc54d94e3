/** The size of this machine's pages (getpagesize(3)): what mappings begin at multiples of. */
import { libc } from './libc.ts';

let known: number | undefined;

/** Bytes of a page: 4096 on x86, 4096, 16384 or 65536 on Arm as the kernel was built. The C library is asked once. */
export function pageSize(): number {
  known ??= libc().getpagesize();
  return known;
}
