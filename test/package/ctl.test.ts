/** airlock ctl and a running serve: what is served, what the next client gets, how a session is ended, what is no control socket. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { airlock, type Ended, ROOT } from './airlock.ts';
import { connect, endServers, type Running, readConfig, startServer } from './serving.ts';

const ATS = join(ROOT, 'captures/synthetic-vtd-ats.json');
const NO_ATS = join(ROOT, 'captures/synthetic-smmuv3-no-ats.json');
const GPU = '01:00.0';
const ATS_HEADER = 0x270;

let folder = '';
const path = (name: string): string => join(folder, name);
const ctl = (...args: readonly string[]): Ended => airlock(['ctl', path('control'), ...args]);
/** The JSON of a request that is fine. */
function told<T>(...args: readonly string[]): T {
  const { status, stdout, stderr } = ctl(...args, '--json');
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout) as T;
}
const serve = (capture: string, ...args: readonly string[]): Promise<Running> =>
  startServer(capture, '-s', GPU, '--socket', path('gpu.sock'), '--control', path('control'), ...args);
/** The host's bytes of the device, as a file. */
function hostBytes(capture: string): Uint8Array {
  const [{ host }] = (JSON.parse(airlock(['view', capture, '-s', GPU, '--json']).stdout) as { devices: { host: string }[] }).devices;
  return Buffer.from(host, 'hex');
}
const hasAts = async (): Promise<boolean> => (await readConfig(path('gpu.sock')))[ATS_HEADER] === 0x0f;

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'airlock-ctl-'));
});
afterEach(endServers);
after(() => rmSync(folder, { recursive: true, force: true }));

describe('airlock ctl and one device', () => {
  let server: Running;
  beforeEach(async () => {
    server = await serve(ATS, '--ats', 'auto');
  });

  it('lists it by default, and removes the socket at the end', async () => {
    assert.equal(statSync(path('control')).mode & 0o777, 0o600);
    const { status, stdout } = ctl();
    assert.equal(status, 0);
    assert.match(stdout, /^gpu: no client\n {2}socket {3}\S+gpu\.sock\n/);
    assert.match(stdout, /^ {2}ats {6}auto \(device option\): the guest sees ATS$/m);
    assert.equal(await server.end(), 0);
    assert.equal(existsSync(path('control')), false);
  });

  it('shows what airlock view shows', () => {
    const shown = told<{ schemaVersion: number; device: { view: object } }>('show');
    // The slot is the one that the VMM gives it, of which the server knows nothing.
    const [{ slot, ...viewed }] = JSON.parse(airlock(['view', ATS, '-s', GPU, '--ats', 'auto', '--json', '--no-bytes']).stdout).devices;
    assert.ok(slot.bars.length > 0);
    assert.equal(shown.schemaVersion, 1);
    assert.deepEqual(shown.device.view, viewed);
    const { stdout } = ctl('show', 'gpu');
    const table = (text: string): string => text.slice(text.indexOf('  HOST ')).replace(/ {2}SLOT .*?\n\n/s, '');
    assert.equal(table(stdout), table(airlock(['view', ATS, '-s', GPU, '--ats', 'auto']).stdout));
  });

  it('sets ats for the next client, and the one that is connected keeps what it has', async () => {
    const first = await connect(path('gpu.sock'));
    const { stdout, status } = ctl('set', 'ats=off');
    assert.equal(status, 0);
    assert.match(stdout, /^gpu: ats=off, from the next client on; the present one keeps what it has$/m);
    assert.match(stdout, /^ {2}ATS \[270 v1\] +shown +hidden +ats=off$/m);
    assert.match(ctl('show').stdout, /^For the next client: ats=off$/m);
    assert.equal((await first.client.readRegion(7, ATS_HEADER, 1))[0], 0x0f);
    await first.close();
    assert.equal(await hasAts(), false);
    assert.equal(ctl('unset').status, 0);
    assert.equal(await hasAts(), true);
  });

  it('ends the session of a client, and the next one is let in', async () => {
    const first = await connect(path('gpu.sock'));
    assert.equal(ctl('end', 'gpu').stdout, 'gpu: the session is ended, the next client may come\n');
    await first.ended;
    assert.equal(ctl('end').stdout, 'gpu: no client is connected\n');
    assert.equal(await hasAts(), true);
  });

  it('counts clients and messages', async () => {
    await readConfig(path('gpu.sock'));
    await readConfig(path('gpu.sock'));
    const { devices } = told<{ devices: { name: string; connections: number; messages: Record<string, number> }[] }>('counters');
    const [{ name, connections, messages }] = devices;
    assert.deepEqual([name, connections, messages.VERSION], ['gpu', 2, 2]);
    assert.match(ctl('counters').stdout, /^ {4}VERSION +2$/m);
  });

  it('takes back what was set, by its name alone', () => {
    assert.equal(ctl('set', 'ats=off').status, 0);
    assert.deepEqual(ctl('unset', 'atss'), { status: 2, stdout: '', stderr: 'airlock: "atss" is not set: only ats\n' });
    assert.equal(ctl('unset', 'ats').status, 0);
    assert.deepEqual(told<{ device: { set: string[] } }>('show').device.set, []);
    assert.equal(ctl('set', 'gpu', 'ats=off').status, 0);
    assert.equal(ctl('unset', 'gpu').status, 0);
    assert.deepEqual(told<{ device: { set: string[] } }>('show').device.set, []);
  });

  it('refuses words in those of view, with 2, and nothing changes', () => {
    for (const [word, words] of [
      ['ats=maybe', "Parameter 'ats' does not accept value 'maybe'"],
      ['atss=on', "Property 'vfio-pci.atss' not found; did you mean ats?"],
    ]) {
      assert.deepEqual(ctl('set', word), { status: 2, stdout: '', stderr: `airlock: ${words}\n` });
    }
    assert.deepEqual(ctl('show', 'moon').stderr, 'airlock: no device "moon" is served: wanted gpu\n');
    assert.deepEqual(told<{ device: { set: string[] } }>('show').device.set, []);
  });
});

describe('airlock ctl', () => {
  it('ends with 1 where the device would fail to realize, and the next client gets what it would have got', async () => {
    await serve(NO_ATS);
    const before = await readConfig(path('gpu.sock'));
    const { status, stderr } = ctl('set', 'ats=on');
    assert.deepEqual([status, stderr.includes('vfio-pci: ATS requested but not supported by kernel')], [1, true]);
    assert.deepEqual(await readConfig(path('gpu.sock')), before);
  });

  it('names the devices of a folder, and wants one of them', async () => {
    mkdirSync(path('devices'));
    for (const [name, capture] of [
      ['gpu', ATS],
      ['nic', NO_ATS],
    ])
      writeFileSync(path(`devices/${name}.bin`), hostBytes(capture));
    await startServer(path('devices'), '--socket', path('sockets'), '--control', path('control'));
    const { devices } = told<{ devices: { name: string }[] }>();
    assert.deepEqual(
      devices.map(({ name }) => name),
      ['gpu', 'nic'],
    );
    assert.equal(ctl('set', 'ats=off').stderr, 'airlock: which device? Wanted one of gpu, nic\n');
    assert.equal(ctl('set', 'nic', 'ats=off').status, 0);
    assert.equal(ctl('unset', 'ats').stderr, 'airlock: no device "ats" is served: wanted one of gpu, nic\n');
    const set = told<{ devices: { set: string[] }[] }>().devices.map(device => device.set);
    assert.deepEqual(set, [[], ['ats=off']]);
  });

  it('says so where the server was killed, and the next one takes its place', async () => {
    const killed = await serve(ATS);
    await killed.end('SIGKILL');
    assert.deepEqual(ctl(), {
      ...{ status: 2, stdout: '' },
      stderr: `airlock: Cannot connect to ${path('control')}: ECONNREFUSED, nobody listens on it\n`,
    });
    await serve(ATS);
    assert.equal(ctl().status, 0);
  });

  it('serve refuses a control socket that is in use, and leaves no socket', async () => {
    await serve(ATS);
    const { status, stderr } = airlock(['serve', ATS, '-s', GPU, '--socket', path('other.sock'), '--control', path('control')]);
    assert.equal(status, 2);
    assert.match(
      stderr,
      /^airlock: --control: Cannot listen on \S+control: another process listens there; stop it, or take another path$/m,
    );
    assert.equal(existsSync(path('other.sock')), false);
    assert.equal(ctl().status, 0);
  });

  it('says so where the socket is that of a device, which goes on', async () => {
    await startServer(ATS, '-s', GPU, '--socket', path('gpu.sock'));
    const { status, stderr } = airlock(['ctl', path('gpu.sock'), '--timeout', '1']);
    assert.equal(status, 2);
    assert.equal(
      stderr,
      `airlock: Cannot ask ${path('gpu.sock')}: it says nothing for 1 s, as the socket of a device does; wanted a control socket, as airlock serve --control PATH makes it\n`,
    );
    assert.equal(await hasAts(), true);
  });

  it('ends with 2 and one line for wrong words', () => {
    writeFileSync(path('file'), '');
    const rows: readonly (readonly [args: readonly string[], says: string])[] = [
      [[], 'airlock ctl needs the socket of serve --control; see airlock ctl --help'],
      [[path('none')], `Cannot connect to ${path('none')}: ENOENT, there is no such socket`],
      [
        [path('file')],
        `Cannot connect to ${path('file')}: it is no socket: wanted a control socket, as airlock serve --control PATH makes it`,
      ],
      [['x', 'quit'], 'airlock ctl has no request "quit": wanted list, show, counters, end, set, unset'],
      [['x', 'list', 'gpu'], 'airlock ctl SOCKET list does not take "gpu"; see airlock ctl --help'],
      [['x', 'show', 'gpu', 'nic'], 'airlock ctl SOCKET show does not take "nic"; see airlock ctl --help'],
      [['x', 'set', 'gpu'], 'airlock ctl SOCKET set needs NAME=VALUE, such as ats=off'],
      [['x', 'unset', 'ats=off'], 'airlock ctl SOCKET unset takes names of properties, not "ats=off"; see airlock ctl --help'],
      [['list'], 'airlock ctl takes the socket before the request: airlock ctl SOCKET list'],
      [['show', path('control')], 'airlock ctl takes the socket before the request: airlock ctl SOCKET show'],
      [['x', '--timeout', '0'], '--timeout does not take "0": wanted seconds from 1 to 3600'],
      [['x', '--jsn'], 'airlock ctl has no option --jsn; did you mean --json?; see airlock ctl --help'],
    ];
    for (const [args, says] of rows) assert.deepEqual(airlock(['ctl', ...args]), { status: 2, stdout: '', stderr: `airlock: ${says}\n` });
  });

  it('has help of at most 80 columns, and is completed', () => {
    const { stdout, status } = airlock(['ctl', '--help']);
    assert.equal(status, 0);
    assert.deepEqual(
      stdout.split('\n').filter(line => line.length > 80),
      [],
    );
    assert.match(airlock(['__complete', 'ct']).stdout, /^ctl\t/m);
  });
});
