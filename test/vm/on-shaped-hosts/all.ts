/** All tests on hosts whose devices have shapes of our own, in one process, beside those of the folders next to this. */
import { importTests } from '../../../tools/import-tests.ts';

await importTests([import.meta.dirname]);
