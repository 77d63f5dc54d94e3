/** Files that a group of tests writes, in a folder that is there as long as the group runs. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';

/** To be called inside of `describe`. What it gives writes a file and gives its path. */
export function temporaryFiles(prefix: string): (name: string, content: string | Uint8Array) => string {
  let folder = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), prefix));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));
  return (name, content) => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };
}
