/** What goes wrong while a device of the host is served: each fault gives clear words and leaves nothing behind. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { missingBed } from '../vm/bed.ts';
import { igb, nvmeDisk, pair, SECOND_OF_PAIR, writeEmptyImage } from '../vm/devices.ts';
import { type HostVm, hostVm } from '../vm/host-vm.ts';
import { packedAirlock } from '../vm/packed-airlock.ts';
import { bindToVfio } from '../vm/vfio.ts';
import { waitUntil } from '../vm/wait-until.ts';
import { expectedDigest } from './client-pattern.ts';
import {
  clientWords,
  type Holdings,
  hardwareBytes,
  installClient,
  refusedServe,
  runClient,
  type Serving,
  serveHost,
} from './served-host.ts';

const skip = missingBed();
const timeoutSeconds = 240;
const ENOMEM = 12;
const EINVAL = 22;
const COMMAND = 4;
const ENABLED = 7;

describe('faults while a device of the host is served', { skip }, () => {
  let vm: HostVm;
  let folder: string;
  let serving: Serving;
  let idle: Holdings;
  let nvme = '';
  let card = '';

  /** Nothing of a client is left: files and pinned memory as before, and the device is reset. */
  async function assertAtRest(address = nvme): Promise<void> {
    await waitUntil(vm, `airlock ctl ${serving.control} list | grep -q '${address}: no client'`);
    assert.deepEqual(await serving.holdings(), idle);
    const [command = 0] = (await hardwareBytes(vm, address)).subarray(COMMAND);
    assert.equal(command & ENABLED, 0, 'I/O, memory and bus master');
  }

  async function assertWorks(server = serving): Promise<void> {
    const { statuses, sha256 } = await runClient<{ statuses: number[]; sha256: string }>(vm, server.socket(nvme), 'io', '5');
    assert.deepEqual([statuses, sha256], [[0], expectedDigest(5)]);
  }

  /** Starts a client that does I/O for ever; its process, once it does. */
  async function startIo(server: Serving): Promise<number> {
    await vm.output('rm -f /tmp/began /tmp/pid');
    const words = clientWords(server.socket(nvme), 'forever', '-', '/tmp/began').join(' ');
    await vm.output(
      `setsid sh -c '${words} & echo $! >/tmp/pid; wait' >/tmp/forever 2>&1 </dev/null & until [ -e /tmp/began ]; do sleep 0.1; done`,
      {
        timeoutSeconds,
      },
    );
    return Number(await vm.output('cat /tmp/pid'));
  }

  /** Starts a client that holds a device; what it says in the end. */
  async function startHolder(address: string, listens: boolean): Promise<() => Promise<string>> {
    const place = `/tmp/hold-${address}`;
    await vm.output(`mkdir -p ${place}`);
    const words = clientWords(serving.socket(address), 'hold', listens ? 'told' : '-', place).join(' ');
    await vm.output(
      `(${words} >${place}/said 2>&1; touch ${place}/ended) >/dev/null 2>&1 </dev/null & until [ -e ${place}/open ]; do sleep 0.1; done`,
      {
        timeoutSeconds,
      },
    );
    return () => vm.output(`touch ${place}/go; until [ -e ${place}/ended ]; do sleep 0.1; done; cat ${place}/said`, { timeoutSeconds });
  }

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'airlock-faults-'));
    const image = join(folder, 'nvme.img');
    writeEmptyImage(image, 16 << 20);
    const devices = [nvmeDisk('nvme-disk', image), igb, pair];
    vm = await hostVm({ iommu: 'intel', devices, package: packedAirlock(), memory: '2G', processors: 2, qemuArguments: SECOND_OF_PAIR });
    await installClient(vm);
    nvme = await vm.address('nvme-disk');
    card = await vm.address('igb');
    for (const address of [nvme, card]) await bindToVfio(vm, address);
    serving = await serveHost(vm, [nvme, card], []);
    // The first connection loads what later ones use.
    await assertWorks();
    await waitUntil(vm, `airlock ctl ${serving.control} list | grep -q '${nvme}: no client'`);
    idle = await serving.holdings();
    assert.equal(idle.pinned, 0);
  });
  after(async () => {
    await vm?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('kill -9 of the client in the middle of I/O: nothing of it is left, the device is reset, the next one works', async () => {
    const pid = await startIo(serving);
    assert.ok((await serving.holdings()).pinned > 0);
    await vm.output(`kill -9 ${pid}`);
    await assertAtRest();
    await assertWorks();
  });

  // A hundred thousand are asked for by test/transport, where no processor is emulated.
  it('thousands of ranges that a client never takes back are gone with it', async () => {
    assert.deepEqual(await runClient(vm, serving.socket(nvme), 'maps', '4000'), { mapped: 4000, errors: {} });
    await assertAtRest();
  });

  it('memory that is no file is refused in words that mend it', async () => {
    assert.deepEqual(await runClient(vm, serving.socket(nvme), 'memory', '-1048576'), { errno: EINVAL });
    assert.match(await serving.told(), /refused: guest memory 0x0-0xfffff: .*wanted shared memory \(QEMU: memory-backend-memfd,share=on\)/);
    await assertAtRest();
  });

  it('two clients on one device: the second is refused, the first goes on', async () => {
    const end = await startHolder(nvme, false);
    const { code, stderr } = await vm.run(['airlock', 'attach', serving.socket(nvme)], { timeoutSeconds });
    assert.notEqual(code, 0);
    assert.match(stderr, /^airlock: /);
    assert.match(await serving.told(), new RegExp(`${nvme}: a second client is refused: the device has one already`));
    assert.deepEqual(JSON.parse(await end()), { told: false });
    await assertAtRest();
  });

  it('too little locked memory: the mapping is refused with the limit in words, what fits is taken', async () => {
    await serving.stop();
    const limited = await serveHost(vm, [nvme], [], { under: ['setpriv', '--bounding-set=-ipc_lock', 'prlimit', '--memlock=2097152'] });
    assert.deepEqual(await runClient(vm, limited.socket(nvme), 'memory', '16777216'), { errno: ENOMEM });
    assert.match(await limited.told(), /refused: guest memory 0x0-0xffffff: .*ENOMEM, the limit of locked memory \(ulimit -l\) is reached/);
    assert.deepEqual(await runClient(vm, limited.socket(nvme), 'memory', '1048576'), { errno: 0 });
    assert.equal(await limited.stop(), 0);
  });

  it('kill -9 of the server in the middle of I/O: the kernel takes all back, and the next start is clean', async () => {
    const killed = await serveHost(vm, [nvme], []);
    await startIo(killed);
    assert.equal(await killed.stop('KILL'), 137);
    serving = await serveHost(vm, [nvme, card], []);
    await assertWorks();
  });

  it('a device of a group that is not viable: refused with who blocks it, and no socket', async () => {
    const address = (await vm.address('pair')).slice(0, 12);
    await bindToVfio(vm, address);
    const { code, stdout, stderr } = await refusedServe(vm, [address, '--socket', '/tmp/pair.sock']);
    assert.deepEqual([code, stdout], [2, '']);
    assert.match(
      stderr,
      new RegExp(
        `^airlock: Cannot open ${address}: group \\d+ is not viable, the host has ${address.replace(/0$/, '1')} \\(nvme\\), wanted`,
      ),
    );
    await vm.output('[ ! -e /tmp/pair.sock ]');
  });

  it('hot unplug: a client that listens is told, the device goes back, and other devices are served on', async () => {
    const end = await startHolder(card, true);
    await vm.monitor('device_del', { id: 'igb' });
    assert.deepEqual(JSON.parse(await end()), { told: true });
    await waitUntil(vm, `[ ! -e /sys/bus/pci/devices/${card} ]`);
    assert.match(await serving.told(), new RegExp(`${card}: the host wants the device back and gets it`));
    await assertWorks();
  });

  it('hot unplug under a client that does not listen: it is told to the user, and the device goes back once the client is gone', async () => {
    const end = await startHolder(nvme, false);
    await vm.monitor('device_del', { id: 'nvme-disk' });
    await waitUntil(vm, `grep -q 'the host wants the device back; its client has not asked to be told' /tmp/serving-*/err`);
    await end();
    await waitUntil(vm, `[ ! -e /sys/bus/pci/devices/${nvme} ]`);
    // Nothing is left to serve.
    await waitUntil(vm, `[ ! -e /proc/${serving.pid} ]`);
  });
});
