/** airlock plan --pin: texts of every format with their values written out, printed and saved, and what stays as it is. */
import assert from 'node:assert/strict';
import { chmodSync, lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { airlock as run } from './airlock.ts';

const root = resolve(import.meta.dirname, '../..');
const example = (name: string): string => join(root, 'examples/definitions', name);
const host = (name: string): readonly string[] => ['--host', join(root, 'captures', `${name}.json`)];
const NO_ATS = host('vm-intel-no-iotlb');
const pin = (...words: readonly string[]) => run(['plan', ...words, ...NO_ATS, '--pin']);

const DOMAIN = `<domain type="kvm">
\t<name>db1</name>
\t<os>
\t\t<type arch='x86_64' machine='q35'>hvm</type>
\t</os>
\t<devices>
\t\t<!-- the card -->
\t\t<hostdev mode='subsystem' type='pci' managed='yes'>
\t\t\t<driver iommufd='yes'/>
\t\t\t<source>
\t\t\t\t<address domain='0x0000' bus='0x01' slot='0x00' function='0x0'/>
\t\t\t</source>
\t\t</hostdev>
\t</devices>
</domain>
`;

const PINNED_DOMAIN = DOMAIN.replace('"kvm"', '"kvm" xmlns:qemu="http://libvirt.org/schemas/domain/qemu/1.0"')
  .replace("'q35'", "'pc-q35-11.1'")
  .replace('</source>\n', "</source>\n\t\t\t<alias name='ua-hostdev0'/>\n")
  .replace(
    '</devices>\n',
    `</devices>
\t<qemu:override>
\t\t<qemu:device alias='ua-hostdev0'>
\t\t\t<qemu:frontend>
\t\t\t\t<qemu:property name='ats' type='string' value='off'/>
\t\t\t</qemu:frontend>
\t\t</qemu:device>
\t</qemu:override>
`,
  );

const CONF = `# of the cluster
hostpci0: 0000:01:00.0,pcie=1
machine: q35
ostype: l26

[before]
machine: q35
`;

const INSTANCE = `config:
  # cores
  limits.cpu: "4"
devices:
  card:
    address: "0000:01:00.0"
    type: pci
name: c1
type: virtual-machine
`;

describe('airlock plan --pin', () => {
  let folder = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'airlock-pin-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  const write = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };

  it('writes into a domain of libvirt, whatever its indent and line ends', () => {
    const { status, stdout, stderr } = pin(write('db1.xml', DOMAIN));
    assert.deepEqual([status, stdout, stderr], [0, PINNED_DOMAIN, '']);
    const lines = (text: string): string => text.replaceAll('\n', '\r\n');
    assert.equal(pin(write('crlf.xml', lines(DOMAIN))).stdout, lines(PINNED_DOMAIN));
  });

  it('writes machine: and args: of Proxmox, and leaves snapshots alone', () => {
    const { status, stdout } = pin(write('100.conf', CONF));
    const wanted = CONF.replace('q35', 'pc-q35-11.1').replace('l26\n', 'l26\nargs: -set device.hostpci0.ats=on\n');
    assert.deepEqual([status, stdout], [0, wanted]);
  });

  it('writes raw.qemu.conf of Incus', () => {
    const { status, stdout } = pin(write('c1.yaml', INSTANCE));
    const block = `config:
  raw.qemu.conf: |
    [machine]
    type = "pc-q35-11.1"
    [device "dev-incus_card"]
    ats = "on"
`;
    assert.deepEqual([status, stdout], [0, INSTANCE.replace('config:\n', block)]);
  });

  it('says what a format has no words for, and ends with 1', () => {
    const text = readFileSync(example('web.yaml'), 'utf8').replace('{ type: pc-q35-11.1 }', '{ type: q35 } # the newest');
    const { status, stdout, stderr } = pin(write('web.yaml', text));
    assert.deepEqual([status, stdout], [1, text.replace('type: q35 }', 'type: pc-q35-11.1 }')]);
    assert.equal(stderr, 'airlock: warning: web2: ua-hostdevice-nic0: ats stays auto: KubeVirt has no field for ats\n');
  });

  it('pins every VM of a file', () => {
    const [permitted = '', vm = ''] = readFileSync(example('web.yaml'), 'utf8').replace('pc-q35-11.1', 'q35').split('---\n');
    const two = `${permitted}---\n${vm}---\n${vm.replace('web2', 'web3').replace('    machine: { type: q35 }\n', '')}`;
    const { stdout } = pin(write('two.yaml', two));
    assert.equal(stdout.match(/pc-q35-11\.1/g)?.length, 2, stdout);
    assert.match(stdout, /\n {2}domain:\n {4}machine:\n {6}type: pc-q35-11\.1\n {4}devices:/);
  });

  it('writes nothing where the host’s answer is not known', () => {
    const arm = host('vm-arm-smmuv3');
    const { status, stdout, stderr } = run(['plan', example('gpu1.args'), ...arm, '--pin']);
    assert.equal(status, 1);
    assert.doesNotMatch(stdout, /cmdqv/);
    assert.match(stderr, /smmu1: cmdqv stays auto: what it becomes on vm-arm-smmuv3\.json is not known/);
  });

  it('saves in place at once, with the mode, through a link, and leaves nothing beside', () => {
    const path = write('saved.xml', DOMAIN);
    const link = join(folder, 'link.xml');
    symlinkSync(path, link);
    chmodSync(path, 0o664);
    const { status, stdout, stderr } = run(['plan', link, ...NO_ATS, '--in-place']);
    assert.deepEqual([status, stdout, stderr], [0, '', `airlock: note: ${link}: 2 values written out\n`]);
    assert.equal(readFileSync(path, 'utf8'), PINNED_DOMAIN);
    assert.deepEqual([statSync(path).mode & 0o777, lstatSync(link).isSymbolicLink()], [0o664, true]);
    assert.deepEqual(
      readdirSync(folder).filter(name => name.includes('airlock')),
      [],
    );
    const again = statSync(path).mtimeMs;
    assert.equal(run(['plan', path, ...NO_ATS, '--in-place']).status, 0);
    assert.equal(statSync(path).mtimeMs, again);
  });

  it('refuses a log, and the words of a running program, and says which they are', () => {
    const line = 'qemu-system-x86_64 -M q35 -nodefaults -device vfio-pci,host=01:00.0';
    const started = `2026-01-01 00:00:00.000+0000: starting up libvirt version: 12.9.0\nLC_ALL=C \\\n${line}\n`;
    const vectors = [
      ['domain.txt', started, /^airlock: Cannot pin .*domain\.txt: it is a log, from which nothing starts: wanted the domain's XML\n$/],
      ['vm.log', `${line}\n`, /vm\.log: it is a log, from which nothing starts: wanted what starts the VM\n$/],
      [
        'nul.args',
        `${line.replaceAll(' ', '\0')}\0`,
        /nul\.args holds a command line as a running program has it, with NUL between its words/,
      ],
    ] as const;
    for (const [name, text, says] of vectors) {
      const path = write(name, text);
      const { status, stderr } = run(['plan', path, ...NO_ATS, '--in-place']);
      assert.equal(status, 2, name);
      assert.match(stderr, says);
      assert.equal(readFileSync(path, 'utf8'), text);
    }
    const path = write('one.args', `${line.replace('q35', 'pc-q35-11.1')}\n`);
    assert.match(run(['plan', path, ...NO_ATS, '--in-place']).stderr, /: 1 value written out$/m);
  });

  it('leaves what passes --strict passing it, where no kernel reports on the ATS that AUTO shows', () => {
    const path = write('legacy.args', 'qemu-system-x86_64 -M pc-q35-11.1 -nodefaults -device vfio-pci,host=01:00.0\n');
    const strict = () => run(['plan', path, ...NO_ATS, '--strict']);
    const before = strict();
    assert.match(before.stdout, /auto → on .*\n {2}.*: note: ATS is shown to the guest, but the host kernel has not\s+reported/);
    assert.equal(run(['plan', path, ...NO_ATS, '--in-place']).status, 0);
    assert.match(readFileSync(path, 'utf8'), /ats=on/);
    assert.deepEqual([before.status, strict().status], [0, 0]);
  });

  it('pins the others of several files where one cannot be pinned, and ends with 2', () => {
    const [good, bad] = [write('good.xml', DOMAIN), write('bad.xml', readFileSync(example('db1.xml'), 'utf8'))];
    const before = readFileSync(bad, 'utf8');
    const { status, stderr } = run(['plan', bad, good, ...NO_ATS, '--in-place']);
    assert.equal(status, 2);
    assert.match(stderr, /^airlock: Cannot pin db1: it does not start on vm-intel-no-iotlb\.json; airlock plan says why$/m);
    assert.deepEqual([readFileSync(good, 'utf8'), readFileSync(bad, 'utf8')], [PINNED_DOMAIN, before]);
    const printed = pin(good, bad);
    assert.deepEqual([printed.status, printed.stdout], [2, '']);
    assert.match(printed.stderr, /^airlock: --pin prints the text of one file, and 2 were named: --in-place saves each/);
  });
});
