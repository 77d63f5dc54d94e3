/** The package's version, from the package.json beside the built command. */
import { readFileSync } from 'node:fs';

/** The folder of the package: above `dist/cli` when built, above `src/cli` when run from source. */
export const PACKAGE_FOLDER = new URL('../..', import.meta.url);

export function version(): string {
  const { version } = JSON.parse(readFileSync(new URL('package.json', PACKAGE_FOLDER), 'utf8')) as { version: string };
  return version;
}
