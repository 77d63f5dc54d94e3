/** A fault on purpose: has the kernel read 4096 bytes into 1000. */
import { createMemfd } from '../../src/linux/ffi/index.ts';
import { libc } from '../../src/linux/ffi/libc.ts';

libc().pread(createMemfd('long', 4096).number, new Uint8Array(1000), 4096, 0);
