/** airlock serve and a client that maps more files than a process can have mappings: it alone is refused. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createMemfd } from '../../src/linux/ffi/index.ts';
import { DeviceError } from '../../src/pure/vfio-user/index.ts';
import { PATIENCE, within } from '../fixtures/deadline.ts';
import { connect, endServers, startServer } from './serving.ts';

const CONFIG = 7;
const ENOSPC = 28;
/** More than a client may map, and than Linux lets a process map where nobody has set it otherwise. */
const FILES = 65_600;
/** Requests that are sent before the first of them is answered; each carries a file. */
const PENDING = 200;

describe('airlock serve of three devices', () => {
  let folder = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'airlock-mappings-'));
  });
  after(async () => {
    await endServers();
    rmSync(folder, { recursive: true });
  });

  it('serves two of them while the client of the third maps files without an end, which get ENOSPC', async () => {
    for (const name of ['one', 'two', 'three']) writeFileSync(join(folder, `${name}.bin`), new Uint8Array(256).fill(0x11));
    const sockets = join(folder, 'sockets');
    const server = await startServer(folder, '--profile', 'raw', '--socket', sockets);
    // Of clients' files: how much memory the engine maps for itself depends on how fast the honest clients ask.
    const maps = (): number => readFileSync(`/proc/${server.child.pid}/maps`, 'utf8').split(' /memfd:').length - 1;
    const [hostile, ...honest] = await Promise.all(['three', 'one', 'two'].map(name => connect(join(sockets, `${name}.sock`))));
    let isOver = false;
    const served = honest.map(async ({ client }) => {
      let answers = 0;
      for (; !isOver; answers++) {
        const bytes = await within(PATIENCE, 'an honest client is answered', client.readRegion(CONFIG, 0, 4));
        assert.deepEqual(bytes, new Uint8Array(4).fill(0x11));
      }
      return answers;
    });
    const refusals = new Map<number, number>();
    const mapOne = async (i: number): Promise<void> => {
      using file = createMemfd('hostile', 4096);
      const range = { address: BigInt(i) * 0x2000n, size: 0x1000n, isReadable: true, isWritable: true };
      await hostile.client.mapDma({ ...range, file: { handle: file, offset: 0n } }).catch((error: unknown) => {
        const errno = error instanceof DeviceError ? error.errno : -1;
        refusals.set(errno, (refusals.get(errno) ?? 0) + 1);
      });
    };
    assert.equal(maps(), 0);
    for (let first = 0; first < FILES; first += PENDING) {
      await within(PATIENCE, 'files are mapped', Promise.all(Array.from({ length: PENDING }, (_, i) => mapOne(first + i))));
    }
    const most = maps();
    assert.ok(most > FILES / 2, `only ${most} files are mapped`);
    isOver = true;
    for (const answers of await Promise.all(served)) assert.ok(answers > 100, `only ${answers} answers`);
    assert.deepEqual([...refusals.keys()], [ENOSPC]);
    await hostile.close();
    // The next client of that device finds room.
    const { client, close } = await connect(join(sockets, 'three.sock'));
    using file = createMemfd('guest', 8192);
    await client.mapDma({ address: 0n, size: 8192n, isReadable: true, isWritable: true, file: { handle: file, offset: 0n } });
    assert.equal(maps(), 1);
    await close();
    for (const { close: end } of honest) await end();
    assert.equal(await server.end(), 0, server.stderr);
    assert.deepEqual(readdirSync(sockets), []);
  });
});
