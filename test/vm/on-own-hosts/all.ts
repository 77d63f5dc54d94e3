/** All tests of this folder in one process, beside the process of `on-shared-hosts`. */
import { importTests } from '../../../tools/import-tests.ts';

await importTests([import.meta.dirname]);
