/** Runs every program in examples/ against the built package; one that fails or prints nothing fails the gate. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

let failed = 0;
const names = readdirSync('examples').filter(name => name.endsWith('.ts'));
for (const name of names) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', join('examples', name)], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  if (status === 0 && stdout.trim() !== '') continue;
  failed++;
  process.stderr.write(`examples/${name} ended with ${status}: ${stdout}${stderr}\n`);
}
process.stdout.write(`examples: ${names.length - failed} run, ${failed} failed\n`);
process.exitCode = failed === 0 && names.length > 0 ? 0 : 1;
