/** All tests of this folder in one process, so that they can share host VMs. */
import { importTests } from '../../../tools/import-tests.ts';

await importTests([import.meta.dirname]);
