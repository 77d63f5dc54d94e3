/** A real Linux guest with our devices behind its slots: config space through lspci, the stock serial driver, DMA and MSI-X. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type { EndpointServer } from 'vfio-airlock/unix-transport';
import type { VfioUserServer } from 'vfio-airlock/vfio-user';
import { parseLspciDump } from '../../../src/pure/inputs/index.ts';
import { missingBed } from '../bed.ts';
import { expectedInGuest, unexpectedBytes } from '../guest-expected.ts';
import { packedAirlock } from '../packed-airlock.ts';
import { bindToVfio } from '../vfio.ts';
import { bootGuest, type Guest, guestDmaProgram, MEMORY_BOUNDARY, type ServerProcess, startServer } from './guest-bed.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const CAPTURE = join(ROOT, 'captures/synthetic-smmuv3-ats.json');
const ATS = ['on', 'auto', 'off'];
const ATS_WORDS = 'Address Translation Service (ATS)';

/** Bytes that a round of guest-dma.c moves; in four rounds as many are read and written below the boundary as above. */
const DMA_LENGTH = 4 * 4096 - 100;

describe('a Linux guest with served devices', { skip: missingBed() }, () => {
  let folder = '';
  let guest: Guest;
  let serial: ServerProcess;
  const views: ServerProcess[] = [];
  let dma: EndpointServer;
  let dmaServer: VfioUserServer | undefined;
  const socket = (name: string) => join(folder, `${name}.sock`);

  before(async () => {
    // Builds what the examples import.
    packedAirlock();
    folder = mkdtempSync(join(tmpdir(), 'airlock-linux-guest-'));
    const cli = join(ROOT, 'dist/cli/main.js');
    const served = ATS.map(ats =>
      startServer([cli, 'serve', CAPTURE, '-s', '01:00.0', '--ats', ats, '--socket', socket(`ats-${ats}`)], socket(`ats-${ats}`)),
    );
    views.push(...(await Promise.all(served)));
    serial = await startServer(['--import', 'tsx', join(ROOT, 'examples/serial-card.ts'), socket('serial')], socket('serial'));
    // As `serveDevice` does it, to have the server's counters; all of the built package, as the example is.
    const [{ createDmaDevice }, transport, protocol] = await Promise.all([
      import('../../../examples/dma-device.ts'),
      import('vfio-airlock/unix-transport'),
      import('vfio-airlock/vfio-user'),
    ]);
    const device = createDmaDevice();
    const platform = new transport.LinuxPlatform();
    dma = new transport.EndpointServer(transport.UnixListener.listen(socket('dma')), carrier => {
      dmaServer = new protocol.VfioUserServer({ device, platform, carrier });
      return dmaServer;
    });
    const names = [...ATS.map(ats => `ats-${ats}`), 'serial', 'dma'];
    guest = await bootGuest(Object.fromEntries(names.map(name => [name, socket(name)])));
  });

  after(async () => {
    await guest?.[Symbol.asyncDispose]();
    await dma?.close();
    const servers = [...views, ...(serial === undefined ? [] : [serial])];
    const codes = await Promise.all(servers.map(server => server.stop()));
    rmSync(folder, { recursive: true, force: true });
    assert.deepEqual(
      codes,
      codes.map(() => 0),
      'every server ends by SIGTERM',
    );
  });

  for (const ats of ATS) {
    it(`lspci shows the bytes of airlock view over QEMU's rules with ats=${ats}`, async () => {
      const text = await guest.vm.output(['lspci', '-vvv', '-xxxx', '-s', await guest.address(`ats-${ats}`)], { timeoutSeconds: 120 });
      assert.equal(text.includes(ATS_WORDS), ats !== 'off', text);
      const [device] = parseLspciDump(new TextEncoder().encode(text));
      const expected = expectedInGuest(CAPTURE, ats);
      assert.equal(device?.config.knownLength, expected.bytes.length);
      // What a guest's write reaches is its firmware's and kernel's: addresses, Command, controls of capabilities.
      assert.deepEqual(unexpectedBytes(device.config.bytes, expected), []);
    });
  }

  it("Linux' own serial driver takes the card, and bytes go both ways by interrupt", async () => {
    const { vm } = guest;
    const address = await guest.address('serial');
    const driver = await vm.output(`basename "$(readlink /sys/bus/pci/devices/${address}/driver)"`);
    assert.equal(driver.trim(), 'serial');
    const tty = (await vm.output(`basename "$(find /sys/bus/pci/devices/${address}/ -name 'ttyS[0-9]*')"`)).trim();
    assert.match(tty, /^ttyS\d$/);
    // Named after the driver: `serial_8250` in 7.3, `serial` before.
    const list = await vm.output('cat /proc/tty/driver/serial*');
    assert.match(list, new RegExp(`^${tty.slice(4)}: uart:16550A `, 'm'));

    const out = `from the guest ${'0123456789abcdef'.repeat(64)}\n`;
    const into = `to the guest ${'fedcba9876543210'.repeat(64)}\n`;
    // The shell leads a session, so that the port becomes its terminal: whoever reads it must stay in the foreground.
    const script = [
      `exec 3<>/dev/${tty}`,
      'stty 115200 raw -echo -crtscts clocal <&3',
      'cat >&3',
      `head -c ${into.length} <&3`,
      `grep ${tty} /proc/interrupts`,
      `grep -h '^${tty.slice(4)}:' /proc/tty/driver/serial*`,
    ];
    const running = vm.run(script.join('\n'), { stdin: out, timeoutSeconds: 120 });
    // Once all is out the port is set up, so that nothing is echoed or edited.
    for (let tries = 0; serial.stdout().length < out.length && tries < 600; tries++) await setTimeout(100);
    serial.send(into);
    const { stdout, stderr } = await running;
    assert.equal(serial.stdout().toString(), out);
    assert.equal(stdout.slice(0, into.length), into, stderr);
    const [interrupts = '', counts = ''] = stdout.slice(into.length).split('\n');
    assert.match(interrupts, /^ *\d+: +[1-9]/);
    assert.match(counts, new RegExp(`tx:${out.length} rx:${into.length}\\b`));
  });

  it('DMA crosses pages, mapped and by message, and ends in one MSI-X interrupt of the vector that was asked for', async () => {
    const { vm } = guest;
    const address = await guest.address('dma');
    await bindToVfio(vm, address);
    await vm.copyIn(guestDmaProgram(), '/usr/local/bin/guest-dma');
    const expected = [
      ['low', 'low', 2],
      ['high', 'high', 2],
      ['low', 'high', 2],
      ['high', 'low', 2],
      ['nowhere', 'low', 3],
    ].map(([from, to, status], round) => ({ from, to, vector: round % 2, came: 1, signals: 1, others: 0, status, wrong: 0 }));
    // The second process has other pages at the same I/O addresses: what the first had mapped must be gone.
    for (let process = 1; process <= 2; process++) {
      const { stdout } = await vm.run(['guest-dma', address, `${MEMORY_BOUNDARY}`], { timeoutSeconds: 240 });
      assert.deepEqual(JSON.parse(stdout), expected);
      const moved = process * 4 * DMA_LENGTH;
      assert.deepEqual(dmaServer && [dmaServer.counters.dmaMapped, dmaServer.counters.dmaByMessage], [moved, moved]);
    }
  });
});
