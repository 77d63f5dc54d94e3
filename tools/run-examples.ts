/**
 * Runs every program in examples/ against the built package: one that fails, prints nothing or not what it should fails the gate.
 * Those that are devices are started with a socket too, and must end with a signal and take the socket away.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const LONGEST = 60_000;

/** What the examples that are devices print when they meet a client in their own process. */
const DEVICES: Readonly<Record<string, RegExp>> = {
  'dma-device.ts': /message: done, interrupts so far: 1\n.*mapped: done, interrupts so far: 2\ninverted twice: Airlock\n$/,
  'serial-card.ts': /^a UART is there, it is a 16550A\nout: to the card; in: to the guest; interrupts: 1\n$/,
};

interface Run {
  readonly code: number | null;
  readonly stdout: string;
  /** Whether its socket was. */
  readonly wasThere: boolean;
  readonly words: string;
}

/** With `socket` the program is to say that it waits there, and gets a SIGTERM then. */
async function run(name: string, socket?: string): Promise<Run> {
  const args = socket === undefined ? [] : [socket];
  const child = spawn(process.execPath, ['--import', 'tsx', join('examples', name), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: LONGEST,
  });
  let [stdout, stderr] = ['', ''];
  let wasThere = false;
  const look = (): void => {
    if (socket === undefined || wasThere || !`${stdout}${stderr}`.includes(`waits at ${socket}\n`)) return;
    wasThere = existsSync(socket);
    child.kill('SIGTERM');
  };
  child.stdout.on('data', chunk => {
    stdout += chunk;
    look();
  });
  child.stderr.on('data', chunk => {
    stderr += chunk;
    look();
  });
  const [code] = await once(child, 'close');
  const words = `examples/${name} ${args.join(' ')} ended with ${child.signalCode ?? code}: ${stdout}${stderr}\n`;
  return { code, stdout, wasThere, words };
}

async function failureOf(name: string, folder: string): Promise<string | null> {
  const alone = await run(name);
  const expected = DEVICES[name] ?? /\S/;
  if (alone.code !== 0 || !expected.test(alone.stdout)) return alone.words;
  if (!(name in DEVICES)) return null;
  const socket = join(folder, name);
  const served = await run(name, socket);
  if (served.code === 0 && served.wasThere && !existsSync(socket)) return null;
  return `${served.words}its socket was ${served.wasThere ? 'there' : 'not there'}, and is ${existsSync(socket) ? 'left' : 'gone'}\n`;
}

const folder = mkdtempSync(join(tmpdir(), 'airlock-examples-'));
const names = readdirSync('examples').filter(name => name.endsWith('.ts'));
let failed = 0;
for (const name of names) {
  const failure = await failureOf(name, folder);
  if (failure === null) continue;
  failed++;
  process.stderr.write(failure);
}
rmSync(folder, { recursive: true });
const missing = Object.keys(DEVICES).filter(name => !names.includes(name));
if (missing.length > 0) process.stderr.write(`not in examples/: ${missing.join(', ')}\n`);
process.stdout.write(`examples: ${names.length - failed} run, ${failed} failed\n`);
process.exitCode = failed === 0 && missing.length === 0 && names.length > 0 ? 0 : 1;
