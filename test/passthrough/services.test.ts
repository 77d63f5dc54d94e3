/** The guide's services under systemd itself: confined, started by their sockets, with a device of the host, by iommufd and without. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { missingBed } from '../vm/bed.ts';
import { innerGuest } from './inner-guest.ts';
import { CAPTURES, ServicesHost } from './services-host.ts';

describe('services on Debian’s kernel', { skip: missingBed() }, () => {
  let host: ServicesHost;

  before(async () => {
    host = await ServicesHost.boot('debian');
  });
  after(() => host?.close());

  it('the socket of a capture starts its service, which has no right to anything', async () => {
    await host.runBlock('sudo install -D');
    assert.equal(await host.property('airlock@gpu.service', 'ActiveState'), 'inactive');
    // The first client has to wait for Node; it may be told to come again.
    await host.sh('airlock attach /run/airlock/gpu.sock');
    await host.runBlock('sudo systemctl start airlock@gpu');
    assert.match(await host.attached('gpu'), /Address Translation Service/);
    await host.assertConfined('airlock@gpu.service');
    assert.equal(await host.property('airlock@gpu.service', 'StatusText'), 'serving gpu');
  });

  it('the socket has the group of a drop-in once it was made anew', async () => {
    assert.equal((await host.output('stat -c "%G %a" /run/airlock/gpu.sock')).trim(), 'root 660');
    await host.runBlock('sudo systemctl edit airlock@.socket');
    await host.runBlock('sudo systemctl restart airlock@gpu.socket');
    assert.equal((await host.output('stat -c "%G %a" /run/airlock/gpu.sock')).trim(), 'libvirt-qemu 660');
  });

  it('metrics are answered once the drop-in lets the service have a network', async () => {
    await host.runBlock('sudo systemctl edit airlock@gpu.service');
    await host.runBlock("echo 'AIRLOCK_OPTIONS=-s 01:00.0 --metrics");
    const fetched = await host.output(`node -e "fetch('http://127.0.0.1:9464/metrics').then(answer => answer.text()).then(console.log)"`);
    assert.match(fetched, /^airlock_client_connected\{device="gpu"\} 0$/m);
  });

  it('systemd-socket-activate starts it for the first client', async () => {
    const block = host.blocks.find(({ text }) => text.startsWith('systemd-socket-activate'));
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
    assert.match(await host.output(script.join('\n')), /Address Translation Service[\s\S]*SIGTERM: ending/);
  });

  it('a device that fails to realize ends its service with 1, a mistake in the options with 2, and neither is tried again', async () => {
    await host.output(`cp ${CAPTURES}/synthetic-smmuv3-no-ats.json /etc/airlock/bad.json`);
    for (const [options, code] of [
      ['-s 01:00.0 --ats on', '1'],
      ['--no-such-option', '2'],
    ]) {
      await host.output(`echo 'AIRLOCK_OPTIONS=${options}' >/etc/airlock/bad.env; systemctl reset-failed airlock@bad || true`);
      assert.equal((await host.sh('systemctl start airlock@bad.service')).code, 1);
      assert.deepEqual(
        [await host.property('airlock@bad.service', 'ExecMainStatus'), await host.property('airlock@bad.service', 'NRestarts')],
        [code, '0'],
      );
    }
  });

  it('a device of the host is served without a privilege, and is its driver’s again afterwards', async () => {
    const { address } = host;
    // Nothing has loaded vfio-pci: the unit does. This kernel has no iommufd.
    assert.equal((await host.sh('grep -w vfio_pci /proc/modules')).code, 1);
    await host.output(`echo 'AIRLOCK_OPTIONS=--backend legacy' >/etc/airlock/${address}.env`);
    await host.runBlock('sudo groupadd');
    const unit = `airlock-device@${address}.service`;
    await host.output(`systemctl start ${unit}`);
    await host.assertConfined(unit);
    assert.match(await host.attached(address), /1b36:0010|QEMU NVM Express/);
    assert.match(await host.output(`journalctl -u ${unit}`), /64 bytes of the hardware may be read: the view is made from vfio's bytes/);
    await assertGivenBack(host);
  });
});

/** Ends the services of the device: its host driver has it, and nothing of them is left. */
async function assertGivenBack(host: ServicesHost): Promise<void> {
  const { address } = host;
  await host.output(`systemctl stop airlock-device@${address}.socket airlock-device@${address}.service`);
  assert.equal((await host.sh(`readlink /sys/bus/pci/devices/${address}/driver`)).stdout.includes('vfio-pci'), false);
  assert.equal((await host.sh(`test -e /run/airlock/${address}.sock`)).code, 1);
}

describe('services on a kernel with iommufd', { skip: missingBed() }, () => {
  let host: ServicesHost;

  before(async () => {
    host = await ServicesHost.boot('airlock');
  });
  after(() => host?.close());

  it('a device of the host is served without a privilege through iommufd, to a guest, and is its driver’s again afterwards', async () => {
    const { vm, address } = host;
    const socket = `/run/airlock/${address}.sock`;
    const unit = `airlock-device@${address}.service`;
    await host.runBlock('sudo groupadd');
    await using guest = await innerGuest(vm, {
      devices: { disk: { kind: 'vfio-user', socket, properties: { 'x-msg-timeout': 120_000 } } },
    });
    await host.assertConfined(unit);
    const files = await host.output(`readlink /proc/${await host.property(unit, 'MainPID')}/fd/*`);
    assert.match(files, /^\/dev\/iommu$/m);
    await guest.output('inner-tools blocks $(inner-tools await "/dev/nvme?n1") 100 4096 write 5', { timeoutSeconds: 300 });
    const { wrong } = JSON.parse(await guest.output('inner-tools blocks /dev/nvme0n1 100 4096 verify 5', { timeoutSeconds: 300 }));
    assert.equal(wrong, 0);
    await guest.kill();
    await assertGivenBack(host);
  });
});
