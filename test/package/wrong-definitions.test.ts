/** What airlock plan says of definitions, hosts and options that are wrong: what failed, on what, what was wanted, and the exit code. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { airlock } from './airlock.ts';

const root = resolve(import.meta.dirname, '../..');
const example = (name: string): string => readFileSync(join(root, 'examples/definitions', name), 'utf8');
const web1 = example('web1.args');
const db1 = example('db1.xml');
const web2 = example('web.yaml');

const FILES: Readonly<Record<string, string>> = {
  'host.json': readFileSync(join(root, 'captures/vm-intel-iotlb.json'), 'utf8'),
  'web1.args': web1,
  'web.yaml': web2,
  'typo.args': web1.replace('iommufd=iommufd0', 'iommufd=iommufd0,atz=on'),
  'address.args': web1.replace('host=0000:01:00.0', 'host=01:00:0'),
  'absent.args': web1.replace('0000:01:00.0', '0000:07:00.0'),
  'machine.args': web1.replace('q35', 'q36'),
  'full.args': 'qemu-system-x86_64 -M q35 -device virtio-rng-pci,addr=5 -device vfio-pci,host=01:00.0,addr=5',
  'typo.xml': db1.replace("managed='yes'>", "managed='yes' manged='no'>"),
  'machine.xml': db1.replace(/machine='[^']*'/, "machine='pc-q35-99.1'"),
  'absent.xml': db1.replace("bus='0x01'", "bus='0x07'"),
  'cut.xml': db1.slice(0, 300),
  'bad.yaml': 'apiVersion: kubevirt.io/v1\nkind: VirtualMachine\nmetadata: {name: a\nspec:\n  - x: [\n',
  'bad.json': '{"cpus": {"boot_vcpus": 1}, "devices": [ {"path": }',
  'empty.xml': ' \n',
  'resource.yaml': web2.replace('deviceName: example.com/virtio-net', 'deviceName: example.com/nope'),
  '100.conf': 'machine: q35\nhostpci0: 01:00.0,pcie=1,rombra=0\n',
  '101.conf': 'machine: q35\nhostpci0: 01:0x.0,pcie=1\n',
  'incus.yaml': 'name: c1\ntype: virtual-machine\ndevices:\n  nic0:\n    type: pci\n    adress: 0000:01:00.0\n',
  'ch.json': '{"payload":{"kernel":"x"},"devices":[{"path":"/sys/bus/pci/devices/0000:77:00.0/","idd":"x"}]}',
  'text/notes.txt': 'nothing of the kind\n',
};

const HOST = ['--host', 'host.json'];

/** `says` stands in what is printed, text first; lines are joined, as they are wrapped. */
const WRONG: readonly (readonly [words: readonly string[], status: number, says: string])[] = [
  [['typo.args'], 1, "nic0: Property 'vfio-pci.atz' not found (typo.args:4:75)"],
  [['address.args'], 1, "Property 'vfio-pci.host' doesn't take value '01:00:0' (address.args:4:25)"],
  [['absent.args'], 0, 'whether the host has 0000:07:00.0 is not known: host.json holds some of its host'],
  [['machine.args'], 1, 'machine: unsupported machine type: "q36" (machine.args:1:34)'],
  [['full.args'], 1, 'PCI: slot 5 function 0 not available for vfio-pci, in use by virtio-rng-pci'],
  [['typo.xml'], 0, 'typo.xml:12:56: warning: libvirt 12.9.0 knows no attribute "manged" of <hostdev> and ignores it'],
  [['machine.xml'], 1, 'machine: unsupported machine type: "pc-q35-99.1" (machine.xml:7:'],
  [['absent.xml'], 0, 'whether the host has 0000:07:00.0 is not known'],
  [['cut.xml'], 2, 'airlock: Cannot read cut.xml:10:46: The XML is not well formed: unclosed tag: devices'],
  [['bad.yaml'], 2, 'airlock: Cannot read bad.yaml:4:1: it cannot be read as YAML or JSON: deficient indentation'],
  [['bad.json'], 2, 'airlock: Cannot read bad.json:1:52: it cannot be read as YAML or JSON: unexpected end of the stream'],
  [['empty.xml'], 2, 'airlock: Cannot read empty.xml: it is empty, wanted a definition of a VM'],
  [['text'], 2, 'airlock: No definition of a VM was found: text/notes.txt is none'],
  [['text/notes.txt'], 2, 'airlock: Cannot read text/notes.txt: it is not a definition of a VM that is known by its content: KubeVirt'],
  [['nothing'], 2, 'airlock: Cannot read nothing: the folder holds no file, wanted definitions of VMs'],
  [['resource.yaml'], 1, 'HostDevice example.com/nope is not permitted in permittedHostDevices configuration'],
  [['100.conf'], 0, '100.conf:2:26: warning: hostpci0 has no "rombra" (did you mean rombar?); Proxmox drops the line'],
  [['101.conf'], 0, '101.conf:2:11: warning: "01:0x.0" is no PCI address: Proxmox takes [DDDD:]BB:DD[.F]'],
  [['incus.yaml'], 1, 'c1: incus, incus.yaml:1; qemu-11.1 (assumed), pc-q35-11.1 fails on host.json'],
  [['incus.yaml'], 1, 'incus.yaml:6:5: error: Invalid device option "adress" (did you mean address?)'],
  [['ch.json'], 0, 'warning: devices[0] has no key idd (did you mean id?): Cloud Hypervisor ignores it without a word'],
  [['web.yaml', '--permitted', 'web1.args'], 2, 'airlock: --permitted web1.args: Cannot read web1.args: it has no permittedHostDevices'],
  [
    ['web.yaml', '--permitted', 'bad.yaml'],
    2,
    'airlock: --permitted bad.yaml: Cannot read bad.yaml:4:1: it cannot be read as YAML or JSON',
  ],
  [['web.yaml', '--related', 'text/notes.txt'], 2, 'it holds nothing that a definition refers to: wanted a network of libvirt'],
  [['web.yaml', '--format', 'libvirt'], 2, 'airlock: Cannot read web.yaml:'],
  [['web.yaml', '--only', 'nope'], 2, 'airlock: --only nope: no VM is called so: there are web2'],
  [['web1.args', '--device', 'nope'], 2, 'airlock: --device nope: web1 has no such device: it has nic0'],
  [['web1.args', '--change', 'kernl=7.1'], 2, 'airlock: --change does not take "kernl=7.1": wanted NAME=VALUE with a name of kernel, vmm'],
  [['web1.args', '--change', 'machine=q36'], 1, 'web1 on host.json: starts no more: unsupported machine type: "q36"'],
  [['web1.args', '--change', 'host=nope.json'], 2, 'airlock: Cannot read nope.json: no such file or directory'],
  [['--pin'], 2, 'airlock: airlock plan needs a definition'],
  [['--pid', '4194305'], 2, 'airlock: --pid 4194305: no process has that number'],
  [['web1.args', '--host', 'typo.xml'], 2, 'airlock: Cannot read typo.xml: it is in no format that is known: wanted a dump of lspci'],
  [['web1.args', '--host', 'bad.json'], 2, 'airlock: Cannot read bad.json: not JSON: '],
  [['web1.args', '--author', 'nope.json'], 2, 'airlock: Cannot read nope.json: no such file or directory'],
];

describe('airlock plan of what is wrong', () => {
  let folder = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'airlock-wrong-'));
    for (const name of ['text', 'nothing']) mkdirSync(join(folder, name));
    for (const [name, text] of Object.entries(FILES)) writeFileSync(join(folder, name), text);
  });
  after(() => rmSync(folder, { recursive: true }));

  for (const [words, status, says] of WRONG) {
    it(`ends with ${status} and says so: ${words.join(' ')}: ${says.slice(0, 40)}`, () => {
      const host = words.includes('--host') ? [] : HOST;
      const ended = airlock(['plan', ...words, ...host], '', folder);
      const all = `${ended.stdout}\n${ended.stderr}`;
      assert.equal(ended.status, status, all);
      assert.ok(all.replace(/\s+/g, ' ').includes(says), all);
      assert.doesNotMatch(all, /\n\s+at /, 'no stack trace');
      assert.ok(
        ended.stdout.split('\n').every(line => line.length <= 80),
        ended.stdout,
      );
    });
  }
});
