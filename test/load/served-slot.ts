/** `airlock serve` of one slot, for a load. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { endServers, type Running, startServer } from '../package/serving.ts';

export interface ServedSlot {
  readonly socket: string;
  readonly server: Running;
}

/** Serves a slot for the suite that calls it; the result gives it to the tests of that suite. */
export function serveSlot(): () => ServedSlot {
  let folder = '';
  let served: ServedSlot | null = null;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'airlock-load-'));
    const socket = join(folder, 'slot');
    const server = await startServer('captures/synthetic-vtd-ats.json', '-s', '01:00.0', '--socket', socket);
    server.child.stderr?.removeAllListeners('data').resume();
    served = { socket, server };
  });
  after(async () => {
    await endServers();
    rmSync(folder, { recursive: true });
  });
  return () => {
    if (served === null) throw new Error('the slot is not served yet');
    return served;
  };
}
