/** The guide's services under systemd itself, on Debian's kernel: confined, started by their sockets, with a device of the host. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Block, readPages } from '../oracle/guide-pages.ts';
import { missingBed } from '../vm/bed.ts';
import { nvmeDisk, writeEmptyImage } from '../vm/devices.ts';
import { type HostVm, hostVm } from '../vm/host-vm.ts';
import { packedAirlock } from '../vm/packed-airlock.ts';

const PAGE = 'run-as-a-service.md';
const CAPTURES = '/opt/package/node_modules/vfio-airlock/captures';
const PRINTS_ROOT = '#!/bin/sh\n[ "$*" = "root -g" ] && echo /opt/package/node_modules\nexit 0\n';
/** Puts the file of runBlock between the lines that `systemctl edit` keeps. */
const EDITOR = '#!/bin/sh\nfor file; do :; done\nexec sed -i "/^### Anything between here/r /root/ini" "$file"\n';
const timeoutSeconds = 200;

/** What a process may do, by its status. */
const CONFINED = { CapEff: '0000000000000000', CapBnd: '0000000000000000', NoNewPrivs: '1', Seccomp: '2' };

describe('services', { skip: missingBed() }, () => {
  let folder = '';
  let vm: HostVm;
  let address = '';
  /** Blocks of the page that no guide test runs, by their first line. */
  let blocks: readonly Block[] = [];

  const sh = (script: string) => vm.run(['bash', '-ec', script], { timeoutSeconds });
  const output = (script: string) => vm.output(['bash', '-ec', script], { timeoutSeconds });

  /** Runs the block that begins so, as it stands but for the device's address; an editor writes the ini block behind it. */
  async function runBlock(begin: string): Promise<string> {
    const index = blocks.findIndex(({ kind, text }) => kind === 'console' && text.startsWith(begin));
    assert.notEqual(index, -1, begin);
    const next = blocks[index + 1];
    await vm.output('cat >/root/ini', { stdin: next?.kind === 'ini' ? next.text : '' });
    const text = `export SYSTEMD_EDITOR=editor; cd /root/guide\n${blocks[index]?.text.replaceAll('0000:3b:00.0', address)}`;
    // An editor wants a terminal.
    return next?.kind === 'ini' ? vm.output(['script', '-qec', text, '/dev/null'], { timeoutSeconds }) : output(text);
  }
  const attached = (name: string) => output(`airlock attach /run/airlock/${name}.sock`);
  const property = async (unit: string, name: string) => (await output(`systemctl show -P ${name} ${unit}`)).trim();

  async function assertConfined(unit: string): Promise<void> {
    const status = await output(`cat /proc/${await property(unit, 'MainPID')}/status`);
    const fields = new Map(status.split('\n').map(line => line.split(/:\s*/, 2) as [string, string]));
    for (const [name, value] of Object.entries(CONFINED)) assert.equal(fields.get(name), value, name);
    const [user = '0'] = (fields.get('Uid') ?? '').split('\t');
    assert.ok(Number(user) > 0, `it runs as user ${user}`);
  }

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'airlock-services-'));
    const image = join(folder, 'nvme.img');
    writeEmptyImage(image, 16 << 20);
    const devices = [nvmeDisk('disk', image)];
    vm = await hostVm({ iommu: 'intel', kernel: 'debian', kernelArguments: ['airlock.systemd'], devices, package: packedAirlock() });
    address = await vm.address('disk');
    await output('until systemctl is-system-running --wait; do sleep 0.5; done 2>/dev/null');
    blocks = readPages().find(({ name }) => name === PAGE)?.blocks ?? [];
    // What the page has of a machine that is not this one: npm, sudo, a group, and an editor.
    const programs = { npm: PRINTS_ROOT, sudo: '#!/bin/sh\nexec "$@"\n', editor: EDITOR };
    for (const [name, text] of Object.entries(programs)) {
      await vm.output(`cat >/usr/local/bin/${name} && chmod +x /usr/local/bin/${name}`, { stdin: text });
    }
    await output(`groupadd libvirt-qemu; mkdir /root/guide; cp ${CAPTURES}/synthetic-vtd-ats.json /root/guide/capture.json`);
    await runBlock('sudo npm install');
  });
  after(async () => {
    await vm?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('the socket of a capture starts its service, which has no right to anything', async () => {
    await runBlock('sudo install -D');
    assert.equal(await property('airlock@gpu.service', 'ActiveState'), 'inactive');
    // The first client has to wait for Node; it may be told to come again.
    await sh('airlock attach /run/airlock/gpu.sock');
    await runBlock('sudo systemctl start airlock@gpu');
    assert.match(await attached('gpu'), /Address Translation Service/);
    await assertConfined('airlock@gpu.service');
    assert.equal(await property('airlock@gpu.service', 'StatusText'), 'serving gpu');
  });

  it('the socket has the group of a drop-in once it was made anew', async () => {
    assert.equal((await output('stat -c "%G %a" /run/airlock/gpu.sock')).trim(), 'root 660');
    await runBlock('sudo systemctl edit airlock@.socket');
    await runBlock('sudo systemctl restart airlock@gpu.socket');
    assert.equal((await output('stat -c "%G %a" /run/airlock/gpu.sock')).trim(), 'libvirt-qemu 660');
  });

  it('metrics are answered once the drop-in lets the service have a network', async () => {
    await runBlock('sudo systemctl edit airlock@gpu.service');
    await runBlock("echo 'AIRLOCK_OPTIONS=-s 01:00.0 --metrics");
    const fetched = await output(`node -e "fetch('http://127.0.0.1:9464/metrics').then(answer => answer.text()).then(console.log)"`);
    assert.match(fetched, /^airlock_client_connected\{device="gpu"\} 0$/m);
  });

  it('systemd-socket-activate starts it for the first client', async () => {
    const block = blocks.find(({ text }) => text.startsWith('systemd-socket-activate'));
    assert.ok(block !== undefined);
    const script = [
      'cd /root/guide',
      `${block.text.trimEnd()} >activated 2>&1 &`,
      'until [ -e gpu.sock ]; do sleep 0.1; done',
      // The first one has to wait for Node, maybe for too long.
      'until airlock attach gpu.sock; do sleep 1; done',
      'kill %1',
      'wait %1 || true',
      'cat activated',
    ];
    assert.match(await output(script.join('\n')), /Address Translation Service[\s\S]*SIGTERM: ending/);
  });

  it('a device that fails to realize ends its service with 1, a mistake in the options with 2, and neither is tried again', async () => {
    await output(`cp ${CAPTURES}/synthetic-smmuv3-no-ats.json /etc/airlock/bad.json`);
    for (const [options, code] of [
      ['-s 01:00.0 --ats on', '1'],
      ['--no-such-option', '2'],
    ]) {
      await output(`echo 'AIRLOCK_OPTIONS=${options}' >/etc/airlock/bad.env; systemctl reset-failed airlock@bad || true`);
      assert.equal((await sh('systemctl start airlock@bad.service')).code, 1);
      assert.deepEqual(
        [await property('airlock@bad.service', 'ExecMainStatus'), await property('airlock@bad.service', 'NRestarts')],
        [code, '0'],
      );
    }
  });

  it('a device of the host is served without a privilege, and is its driver’s again afterwards', async () => {
    // Nothing has loaded vfio-pci: the unit does. This kernel has no iommufd.
    assert.equal((await sh('grep -w vfio_pci /proc/modules')).code, 1);
    await output(`echo 'AIRLOCK_OPTIONS=--backend legacy' >/etc/airlock/${address}.env`);
    await runBlock('sudo groupadd');
    const unit = `airlock-device@${address}`;
    await output(`systemctl start ${unit}.service`);
    await assertConfined(`${unit}.service`);
    assert.match(await attached(address), /1b36:0010|QEMU NVM Express/);
    const journal = await output(`journalctl -u ${unit}.service`);
    assert.match(journal, /64 bytes of the hardware may be read: the view is made from vfio's bytes/);
    await output(`systemctl stop ${unit}.socket ${unit}.service`);
    assert.equal((await sh(`readlink /sys/bus/pci/devices/${address}/driver`)).stdout.includes('vfio-pci'), false);
    assert.equal((await sh(`test -e /run/airlock/${address}.sock`)).code, 1);
  });
});
