/** The captures that the package ships, by name. */
import { readdirSync } from 'node:fs';
import { PACKAGE_FOLDER } from '../service/version.ts';

const CAPTURES = new URL('captures/', PACKAGE_FOLDER);
export const CAPTURE_SUFFIX = '.json';

/** Names of the shipped captures, without the suffix. */
export function captureNames(): string[] {
  const files = readdirSync(CAPTURES).filter(name => name.endsWith(CAPTURE_SUFFIX));
  return files.map(name => name.slice(0, -CAPTURE_SUFFIX.length)).sort();
}

export function captureUrl(name: string): URL {
  return new URL(`${name}${CAPTURE_SUFFIX}`, CAPTURES);
}
