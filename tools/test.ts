/** Runs every `*.test.ts` below the folders or files named, in one process, with Node's own test runner. */
import { importTests } from './import-tests.ts';

// What the machine has, or its terminal is, changes no test: names of devices come from no file, and text is 80 columns wide.
process.env.AIRLOCK_PCI_IDS = '/dev/null';
delete process.env.COLUMNS;

await importTests(process.argv.slice(2));
