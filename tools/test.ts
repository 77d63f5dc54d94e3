/** Runs every `*.test.ts` below the folders or files named, in one process, with Node's own test runner. */
import fc from 'fast-check';
import { importTests } from './import-tests.ts';

// What the machine has, or its terminal is, changes no test: names of devices come from no file, and text is 80 columns wide.
process.env.AIRLOCK_PCI_IDS = '/dev/null';
delete process.env.COLUMNS;

// The cases of the properties are others in each run, but where a seed is given.
const seed = process.env.AIRLOCK_PROPERTY_SEED;
if (seed !== undefined) fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(seed) });

await importTests(process.argv.slice(2));
