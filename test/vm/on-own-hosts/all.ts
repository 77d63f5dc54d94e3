/** All tests of this folder in one process, beside those of the folders next to it. */
import { importTests } from '../../../tools/import-tests.ts';

await importTests([import.meta.dirname]);
