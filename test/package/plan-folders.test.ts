/** airlock plan of folders as they are found: with files that are no definition, with what definitions refer to, with many VMs and hosts. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { airlock, ROOT } from './airlock.ts';

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const host = read('captures/vm-intel-iotlb.json');
const web1 = read('examples/definitions/web1.args');
const db1 = read('examples/definitions/db1.xml');

const NETWORK = (bus: string): string => `<network><name>pool</name><forward mode='hostdev' managed='yes'>
<address type='pci' domain='0' bus='${bus}' slot='0' function='0'/></forward></network>
`;
const ON_NETWORK = `<domain type='kvm'><name>net1</name><os><type arch='x86_64' machine='pc-q35-11.1'>hvm</type></os>
<devices><interface type='network'><source network='pool'/></interface></devices></domain>
`;

const FILES: Readonly<Record<string, string | Uint8Array>> = {
  'mixed/web1.args': web1,
  'mixed/README.md': '# VMs\n',
  'mixed/config.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {b: c}\n',
  'mixed/kustomization.yaml': 'resources: [web1.yaml]\n',
  'mixed/host.json': host,
  'mixed/empty': '',
  'cut/web1.args': web1,
  'cut/cut.xml': db1.slice(0, 300),
  'libvirt/net1.xml': ON_NETWORK,
  'libvirt/networks/pool.xml': NETWORK('1'),
  'two/a/net1.xml': ON_NETWORK,
  'two/a/networks/pool.xml': NETWORK('1'),
  'two/b/net2.xml': ON_NETWORK.replace('net1', 'net2'),
  'two/b/networks/pool.xml': NETWORK('3'),
  'pve/qemu-server/100.conf': 'name: p1\nmachine: pc-q35-11.1\nhostpci0: mapping=nics,pcie=1\n',
  'pve/mapping/pci.cfg': 'nics\n\tmap id=1af4:1041,node=a,path=0000:01:00.0\n',
  'n1/host.json': host,
  'n2/host.json': host,
  'db1.log.gz': gzipSync(web1),
  'cut.gz': gzipSync(web1).subarray(0, 60),
};

describe('airlock plan of folders', () => {
  let folder = '';
  const run = (...words: string[]) => airlock(['plan', ...words], '', folder);
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'airlock-folders-'));
    for (const [name, text] of Object.entries(FILES)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
  });
  after(() => rmSync(folder, { recursive: true }));

  const HOST = ['--host', 'n1/host.json'] as const;
  const LEFT_OUT = `airlock: note: left out, no definition of a VM: mixed/README.md, mixed/config.yaml, mixed/empty, mixed/host.json,
  mixed/kustomization.yaml`.replaceAll(/\s+/g, ' ');

  it('leaves out the files that are no definition, in one line', () => {
    for (const more of [[], ['--change', 'ats=off'], ['--json']]) {
      const ended = run('mixed', ...HOST, ...more);
      assert.equal(ended.status, 0, ended.stderr);
      assert.equal(ended.stderr.trim().replaceAll(/\s+/g, ' '), LEFT_OUT);
    }
  });

  it('refuses such a file that is named, and a definition that cannot be read wherever it is', () => {
    const named = run('mixed', 'mixed/README.md', ...HOST);
    assert.equal(named.status, 2, named.stdout);
    assert.match(named.stderr, /Cannot read mixed\/README\.md: it is not a definition/);
    const cut = run('cut', ...HOST);
    assert.deepEqual([cut.status, /Cannot read cut\/cut\.xml/.test(cut.stderr)], [2, true], cut.stderr);
  });

  it('finds the network or the mapping that lies in the folder, or among the operands, and the nearest of several', () => {
    for (const words of [['libvirt'], ['libvirt/net1.xml', 'libvirt/networks/pool.xml'], ['pve']]) {
      const ended = run(...words, ...HOST);
      assert.equal(ended.status, 0, ended.stderr);
      assert.match(ended.stdout, /fits on host\.json[\s\S]*realized/, words.join(' '));
      assert.doesNotMatch(ended.stdout, /among the inputs|No input has/);
    }
    const both: unknown = JSON.parse(run('two', ...HOST, '--json').stdout);
    assert.match(JSON.stringify(both), /"name":"net1".*"host":"0000:01:00\.0".*"name":"net2".*"host":"0000:03:00\.0"/);
  });

  it('takes --device of the VMs that have it, and says how many are left out', () => {
    const ended = run('mixed/web1.args', 'libvirt', '--device', 'nic0', ...HOST);
    assert.equal(ended.status, 0, ended.stderr);
    assert.match(ended.stdout, /^web1: /);
    assert.doesNotMatch(ended.stdout, /net1/);
    assert.match(ended.stderr, /note: --device nic0: left out, as they have no such device: 1 of 2 VMs/);
    const none = run('mixed/web1.args', 'libvirt', '--device', 'nope', ...HOST);
    assert.equal(none.status, 2);
    assert.match(none.stderr.replaceAll(/\s+/g, ' '), /--device nope: none of 2 VMs has such a device: they have nic0/);
  });

  it('tells hosts apart whose captures are called alike', () => {
    const ended = run('mixed/web1.args', '--host', 'n1/host.json', '--host', './n2/host.json');
    assert.match(ended.stdout, /fits on n1\/host\.json[\s\S]*fits on n2\/host\.json/);
  });

  it('reads a definition that gzip made smaller, and pins none', () => {
    const ended = run('db1.log.gz', ...HOST);
    assert.deepEqual([ended.status, /^web1: qemu, db1\.log\.gz:/.test(ended.stdout)], [0, true], ended.stdout + ended.stderr);
    assert.match(run('cut.gz', ...HOST).stderr, /Cannot read cut\.gz: it is not valid gzip/);
    assert.match(run('db1.log.gz', ...HOST, '--pin').stderr, /Cannot pin db1\.log\.gz: it is compressed, wanted its text/);
  });
});
