/** Writes the manual page into the build, from the commands as they are: `node --import tsx tools/make-man.ts`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { formatManPage } from '../src/cli/man-page.ts';
import { loadCommands } from '../src/cli/registry.ts';
import { version } from '../src/service/version.ts';

const folder = resolve(import.meta.dirname, '../dist/man');
mkdirSync(folder, { recursive: true });
writeFileSync(resolve(folder, 'airlock.1'), formatManPage(await loadCommands(), version()));
