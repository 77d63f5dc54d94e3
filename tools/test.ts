/** Runs every `*.test.ts` below the folders or files named, in one process, with Node's own test runner. */
import { importTests } from './import-tests.ts';

await importTests(process.argv.slice(2));
