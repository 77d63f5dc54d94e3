/** The guide does what it says: every block of commands runs as it stands, and prints what is below it. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { isPrinted, readPages, runPage } from './guide-pages.ts';
import { oracleRoot, skipWithoutOracle } from './oracle-root.ts';

const skip = skipWithoutOracle;

const SYSTEMD = 'needs systemd as the machine’s manager; run by test/passthrough/services.test.ts';
const HARDWARE = 'needs a device of the host; run by test/vm in a host made for it';
const ARM = 'needs a device of an Arm host; run by test/arm in a host made for it';
const HYPERVISOR = 'needs Cloud Hypervisor, which no package has; run by test/cloud-hypervisor where it is';
const PACKAGE = 'run by test/package/plan-guides.test.ts on files of its own';

/** What begins blocks that tools/check-docs.ts runs, all of them: it compares what they print. */
const PROMPT = '$ airlock ';

/** Other blocks that are not run here: first line → why. */
const NOT_RUN: Readonly<Record<string, string>> = {
  'README.md: npm install ./vfio-airlock-0.1.0.tgz': 'the tarball is made in a clone; test/package installs it',
  'explore.md: airlock explore host.json': 'serves until it is ended; run by test/browser/explore.test.ts',
  'serve-a-capture-to-qemu.md: lspci -vvv -d 1234:a001 | grep -A 2 ATS': 'is typed into a guest',
  'attach-with-cloud-hypervisor.md: cloud-hypervisor --cpus boot=2 --kernel vmlinux --disk path=disk.raw --cmdline "console=hvc0 root=/dev/vda1 rw" \\':
    HYPERVISOR,
  'attach-with-cloud-hypervisor.md: ch-remote --api-socket vm.sock add-user-device socket=nic.sock': HYPERVISOR,
  'run-as-a-service.md: sudo npm install -g ./vfio-airlock-0.1.0.tgz': SYSTEMD,
  'run-as-a-service.md: sudo install -D -m 0644 capture.json /etc/airlock/gpu.json': SYSTEMD,
  'run-as-a-service.md: sudo systemctl start airlock@gpu.service': SYSTEMD,
  'run-as-a-service.md: sudo systemctl edit airlock@.socket': SYSTEMD,
  'run-as-a-service.md: sudo systemctl restart airlock@gpu.socket': SYSTEMD,
  'run-as-a-service.md: sudo systemctl edit airlock@gpu.service': SYSTEMD,
  "run-as-a-service.md: echo 'AIRLOCK_OPTIONS=-s 01:00.0 --metrics 9464' | sudo tee /etc/airlock/gpu.env": SYSTEMD,
  'run-as-a-service.md: systemd-socket-activate --listen="$PWD/gpu.sock" "$(command -v airlock)" serve capture.json -s 01:00.0 --socket "$PWD/gpu.sock"':
    'serves until it is ended; run by test/passthrough/services.test.ts',
  'run-as-a-service.md: sudo groupadd --system --force vfio': SYSTEMD,
  'run-as-a-service.md: airlock serve 3b:00.0 --socket nic.sock --device-fd 8 --iommu-fd 9 8<>/dev/vfio/devices/vfio0 9<>/dev/iommu':
    HARDWARE,
  'give-a-real-device-to-a-vm.md: sudo airlock doctor 3b:00.0': HARDWARE,
  'give-a-real-device-to-a-vm.md: sudo airlock serve 3b:00.0 --bind --socket /run/nic.sock --control /run/nic.ctl': HARDWARE,
  'give-a-real-device-to-a-vm.md: qemu-system-x86_64 -m 2G -object memory-backend-memfd,id=mem,size=2G,share=on \\': HARDWARE,
  'give-a-real-device-to-a-vm.md: sudo airlock doctor 0006:01:00.0': ARM,
  'give-a-real-device-to-a-vm.md: sudo airlock ctl /run/nic.ctl': HARDWARE,
  'plan-many-vms.md: install -D -m 755 node_modules/vfio-airlock/examples/libvirt-hook/qemu /etc/libvirt/hooks/qemu': PACKAGE,
  'plan-many-vms.md: node_modules/vfio-airlock/examples/ci/plan-manifests manifests hosts/*.json': PACKAGE,
  'plan-many-vms.md: airlock plan fleet/ --host host.json --in-place': PACKAGE,
  'read-a-real-device.md: sudo airlock doctor': HARDWARE,
  'read-a-real-device.md: sudo airlock bind 3b:00.0': HARDWARE,
  'read-a-real-device.md: sudo airlock probe 3b:00.0': HARDWARE,
  'read-a-real-device.md: sudo airlock capture 3b:00.0 -o host.json --description "the GPU of lab 3"': HARDWARE,
};

const pages = readPages();

describe('docs/guide', () => {
  it('has no block that is not run but those with a reason', () => {
    const found = pages.flatMap(({ name, blocks }) =>
      blocks
        .filter(({ kind, text }) => kind === 'console' && !text.startsWith(PROMPT))
        .map(({ text }) => `${name}: ${text.split('\n')[0]}`),
    );
    assert.deepEqual(found.sort(), Object.keys(NOT_RUN).sort());
    const kinds = new Set(pages.flatMap(({ blocks }) => blocks.map(({ kind }) => kind)));
    assert.deepEqual([...kinds].sort(), ['console', 'ini', 'js', 'sh', 'text']);
  });

  it('shows output below commands that are run, and nowhere else', () => {
    for (const { name, blocks } of pages) {
      for (const [i, { kind, line }] of blocks.entries()) {
        if (kind === 'text') assert.equal(blocks[i - 1]?.kind, 'sh', `${name}:${line}`);
      }
    }
  });

  for (const page of pages.filter(({ blocks }) => blocks.some(({ kind }) => kind === 'sh'))) {
    it(`${page.name} does what it says`, { skip }, async () => {
      const folder = mkdtempSync(join(tmpdir(), 'airlock-guide-'));
      try {
        for (const { block, stdout, stderr } of await runPage(page, folder, oracleRoot)) {
          const where = `${page.name}:${block.line}`;
          assert.notEqual(stdout, null, `${where} failed: ${stderr}`);
          const below = page.blocks[page.blocks.indexOf(block) + 1];
          if (below?.kind !== 'text') continue;
          assert.ok(isPrinted(below.text, stdout ?? ''), `${where} printed:\n${stdout}\nwanted:\n${below.text}\nerrors:\n${stderr}`);
        }
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });
  }

  it('isPrinted takes … for a part of a line and for lines, and nothing else for anything', () => {
    assert.ok(isPrinted('a\n…\nb …z\n', 'a\nx\ny\nb 12z\n'));
    assert.ok(isPrinted('…\nb\n', 'b\n'));
    for (const printed of ['a\nb\n', 'b\nc\n', '', 'b', 'xb\n']) assert.equal(isPrinted('…\nx\nb\n', printed), false, printed);
    assert.equal(isPrinted('a.c\n', 'abc\n'), false);
  });
});
