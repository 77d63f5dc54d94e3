import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { VmDefinition } from '../../definition.ts';
import { formatOrigin } from '../../origin.ts';
import { DefinitionError, MOST_CHARACTERS, type ReadContext } from '../reader.ts';
import { looseWords, plainWord, qemuDefinition, qemuReader, readQemuWords } from './index.ts';

const context = (files: Readonly<Record<string, string>> = {}): ReadContext => ({ related: [], openFile: path => files[path] ?? null });
const readAll = (text: string, files = {}) => qemuReader.read({ file: 'vm.sh', text }, context(files)).definitions;

function readOne(text: string, files = {}): VmDefinition {
  const [definition] = readAll(text, files);
  assert.ok(definition);
  return definition;
}

/** Devices as `driver id name=value …`. */
const devicesOf = ({ devices }: Pick<VmDefinition, 'devices'>) =>
  devices.map(({ driver, id, values }) => [driver, id, ...values.map(({ name, value }) => `${name}=${value}`)].join(' '));
const saidOf = ({ findings }: Pick<VmDefinition, 'findings'>) =>
  findings.map(({ severity, message, origin }) => `${origin === null ? '' : `${formatOrigin(origin)}: `}${severity}: ${message}`);

const SCRIPT = `#!/bin/sh
# qemu-system-x86_64 is started here
modprobe vfio-pci && echo "it's qemu-kvm"
LC_ALL=C exec sudo -E /usr/bin/qemu-system-x86_64 \\
  -name guest='db 1',debug-threads=on -M q35,accel=kvm:tcg,kernel_irqchip=split -nodefaults \\
  --object iommufd,id=iommufd0 -device pcie-root-port,id=rp1 \\
  -device vfio-pci,host=3b:00.0,id=nic0,bus=rp1,addr=0x0,iommufd=iommufd0 \\
  -global vfio-pci.ats=off -set device.nic0.ats=auto -append 'root=/dev/vda -device x' disk.img > log 2>&1 &
`;

test('qemuReader reads a command in a script', () => {
  const vm = readOne(SCRIPT);
  assert.deepEqual(vm.vmm, { family: 'qemu', architecture: 'x86_64', program: '/usr/bin/qemu-system-x86_64' });
  assert.deepEqual(vm.source, { format: 'qemu', file: 'vm.sh', line: 4 });
  assert.equal(vm.name, 'db 1');
  assert.equal(vm.machine.type?.value, 'q35');
  assert.deepEqual(
    vm.machine.values.map(({ name, value }) => `${name}=${value}`),
    ['accel=kvm:tcg', 'kernel-irqchip=split'],
  );
  assert.deepEqual(vm.accelerators, ['kvm', 'tcg']);
  assert.equal(vm.hasDefaultDevices, false);
  assert.deepEqual(
    vm.objects.map(({ type, id }) => [type, id]),
    [['iommufd', 'iommufd0']],
  );
  assert.deepEqual(devicesOf(vm), ['pcie-root-port rp1', 'vfio-pci nic0 host=3b:00.0 bus=rp1 addr=0x0 iommufd=iommufd0 ats=auto']);
  const [global] = vm.globals;
  assert.deepEqual([global?.driver, global?.name, global?.value], ['vfio-pci', 'ats', 'off']);
  assert.deepEqual(
    vm.otherOptions.map(({ name, value }) => [name, value]),
    [
      ['append', 'root=/dev/vda -device x'],
      ['hda', 'disk.img'],
    ],
  );
  const host = vm.devices[1]?.host;
  assert.equal(host?.kind === 'address' && host.address.text, '0000:3b:00.0');
  assert.deepEqual(saidOf(vm), []);
});

test('a value of a device says what an edit replaces', () => {
  const ats = readOne(SCRIPT).devices[1]?.values.find(({ name }) => name === 'ats');
  assert.deepEqual(ats?.origin.span && SCRIPT.slice(ats.origin.span.start, ats.origin.span.end), 'auto');
  assert.equal(ats?.origin.line, 8);
});

/** Texts, with how many VMs each holds. */
const TEXTS: readonly (readonly [text: string, count: number])[] = [
  ['qemu-system-aarch64 -M virt', 1],
  ['kvm -m 1G', 1],
  ['"/opt/my qemu/qemu-system-x86_64" -M q35', 1],
  ['A=1 B="2 3" nice -n 5 taskset -c 0-3 /usr/libexec/qemu-kvm -M q35', 1],
  ['[Service]\nExecStart=-/usr/bin/qemu-system-x86_64 \\\n  -M q35\n', 1],
  ['/nix/store/x/bin/.qemu-system-x86_64-wrapped -M q35', 1],
  ['qemu-system-x86_64 -M q35\nqemu-system-aarch64 -M virt; echo; kvm -M pc', 3],
  ['if test -e /dev/kvm; then qemu-kvm -M q35; fi', 1],
  ['-M q35\n# devices\n-device edu\n', 1],
  ["2026-01-01 00:00:00.000+0000: starting up\nLC_ALL=C \\\n/usr/bin/qemu-system-x86_64 \\\n-name guest=a\nqemu-kvm: warning: can't\n", 1],
  ['/usr/bin/qemu-system-x86_64\0-M\0q35\0', 1],
  ['[machine]\n  type = "q35"\n', 1],
  ['', 0],
  ['hello', 0],
  ['apt install qemu-kvm qemu-system-x86\n', 0],
  ['<emulator>/usr/bin/qemu-system-x86_64 </emulator>', 0],
  ['{"emulator": "/usr/bin/qemu-system-x86_64 "}', 0],
  ["I can't find qemu-kvm here\n", 0],
  ['-nosuch option', 0],
  ['# qemu-system-x86_64 -M q35\n', 0],
];

for (const [text, count] of TEXTS) {
  test(`qemuReader finds ${count} in ${JSON.stringify(text.slice(0, 60))}`, () => {
    assert.equal(qemuReader.matches(text), count > 0);
    if (count > 0) assert.equal(readAll(text).length, count);
    else assert.throws(() => readAll(text), DefinitionError);
  });
}

test('qemuReader reads the words of a running program, whose values have places but no lines', () => {
  const text = '/usr/bin/qemu-kvm\0-device\0vfio-pci,fd=5,id=a\0-nodefaults\0';
  const vm = readOne(text);
  const fd = vm.devices[0]?.values[0];
  assert.deepEqual([vm.source.line, fd?.origin.line, fd?.origin.column], [null, null, null]);
  assert.equal(fd?.origin.span && text.slice(fd.origin.span.start, fd.origin.span.end), '5');
  assert.deepEqual([vm.vmm.architecture, vm.name], [null, 'vm']);
  assert.equal(vm.devices[0]?.host.kind, 'late');
});

test('qemuReader makes devices of key=value and of files before those in JSON', () => {
  const text = `qemu-system-x86_64 -device '{"driver":"edu","id":"j"}' -device edu,id=k -readconfig f.cfg`;
  assert.deepEqual(devicesOf(readOne(text, { 'f.cfg': '[device "f"]\ndriver = "edu"\n' })), ['edu k', 'edu f', 'edu j']);
});

/** The words of a running program, one a line. */
const LINES = `/usr/bin/qemu-system-x86_64
-M
q35
-nodefaults
-append
root=/dev/vda console='a' $x
-serial

-device
{"driver":"vfio-pci","host":"0000:3b:00.0","id":"a"}
-device
vfio-pci,host=3b:00.1,id=b
`;

test('qemuReader reads a command line that has one argument a line, each as it stands', () => {
  for (const text of [
    LINES,
    LINES.replaceAll('\n', '\r\n'),
    `$ tr '\\0' '\\n' < /proc/7/cmdline\n${LINES}`,
    LINES.slice(LINES.indexOf('-M')),
  ]) {
    const vm = readOne(text);
    assert.equal(vm.machine.type?.value, 'q35');
    assert.equal(vm.hasDefaultDevices, false);
    assert.equal(vm.isPartial, undefined);
    assert.deepEqual(devicesOf(vm), ['vfio-pci b host=3b:00.1', 'vfio-pci a host=0000:3b:00.0']);
    assert.deepEqual(
      vm.otherOptions.map(({ value }) => value),
      ["root=/dev/vda console='a' $x", ''],
    );
    assert.deepEqual(saidOf(vm), []);
  }
  const [first, second, ...more] = readAll(`${LINES}${LINES.replace('3b:00.1', '41:00.0')}`);
  assert.deepEqual([first?.devices.length, second?.devices.length, more], [2, 2, []]);
  const { origin } = readOne(LINES).devices[0] ?? {};
  assert.deepEqual(
    [origin?.line, origin?.column, LINES.slice(origin?.span?.start, origin?.span?.end)],
    [12, 1, 'vfio-pci,host=3b:00.1,id=b'],
  );
});

test("qemuReader reads a shell's lines as a shell does, and says where the command ends before an option", () => {
  const options = readOne("-nodefaults\n-M\nq35\n-device\n'vfio-pci,host=3b:00.0'\n");
  assert.deepEqual(devicesOf(options), ['vfio-pci  host=3b:00.0']);
  for (const option of ['-M q35', '--device vfio-pci,host=3b:00.0', '-nodefaults -M q35']) {
    const [said = '', ...more] = saidOf(readOne(`qemu-system-x86_64\n  ${option}\n`));
    assert.match(said, /^vm\.sh:2:3: warning: The command ends before -/);
    assert.deepEqual(more, []);
  }
});

test('qemuReader reads a file for -readconfig alone', () => {
  const vm = readOne(
    '[machine]\n  type = "q35"\n  kernel_irqchip = "split"\n[device "nic0"]\n  driver = "vfio-pci"\n  host = "0000:3b:00.0"\n' +
      '[object "i0"]\n  qom-type = "iommufd"\n[global]\n  driver = "vfio-pci"\n  property = "ats"\n  value = "off"\n' +
      '[name]\n  guest = "c1"\n[accel]\n  accel = "kvm"\n[drive "d"]\n  if = "virtio"\n  file = "a,b"\n',
  );
  assert.deepEqual([vm.name, vm.machine.type?.value, vm.accelerators], ['c1', 'q35', ['kvm']]);
  assert.deepEqual(
    vm.machine.values.map(({ name }) => name),
    ['kernel-irqchip'],
  );
  assert.deepEqual(devicesOf(vm), ['vfio-pci nic0 host=0000:3b:00.0']);
  assert.deepEqual(
    vm.objects.map(({ type, id }) => [type, id]),
    [['iommufd', 'i0']],
  );
  assert.deepEqual(
    vm.globals.map(({ driver, name, value }) => [driver, name, value]),
    [['vfio-pci', 'ats', 'off']],
  );
  assert.deepEqual(
    vm.otherOptions.map(({ name, value }) => [name, value]),
    [['drive', 'id=d,if=virtio,file=a,,b']],
  );
});

/** Devices, and which device of the host they name. */
const HOSTS: readonly (readonly [device: string, host: string])[] = [
  ['edu', 'emulated'],
  ['vfio-pci,host=3b:00.1', 'address 0000:3b:00.1'],
  ['vfio-pci,host=0000:3B:00.1', 'address 0000:3b:00.1'],
  ['vfio-pci,host=3b:0.1', 'address 0000:3b:00.1'],
  ['vfio-pci,host=10000:3b:00.1', 'address 10000:3b:00.1'],
  ['vfio-pci,host=3b:00', 'late host=3b:00: not the address of a function'],
  ['vfio-pci-nohotplug,host=1:2.3,sysfsdev=/sys/bus/pci/devices/10000:3b:00.1/', 'address 10000:3b:00.1'],
  ['vfio-pci,sysfsdev=/sys/bus/mdev/devices/C2177883-f1bb-47f0-914d-32a22e3a8804', 'mdev c2177883-f1bb-47f0-914d-32a22e3a8804'],
  ['vfio-pci,sysfsdev=/tmp/x', 'late sysfsdev=/tmp/x: the path ends in no address'],
  ['vfio-pci,fd=17,iommufd=i0', 'late fd=17: whoever starts QEMU opens the device'],
  ['vfio-pci', 'emulated'],
  ['vfio-user-pci', 'socket null'],
  ['vfio-user-pci,socket=/run/x', 'socket null'],
  ['{"driver":"vfio-user-pci","socket":{"type":"unix","path":"/run/x"}}', 'socket /run/x'],
];

for (const [device, wanted] of HOSTS) {
  test(`qemuReader knows which device of the host ${device} is`, () => {
    const host = readQemuWords(looseWords(['-device', device], '--'), { context: context() }).devices[0]?.host;
    const parts = host === undefined ? [] : Object.entries(host).filter(([name]) => name !== 'origin');
    assert.equal(parts.map(([, value]) => String(value)).join(' '), wanted);
  });
}

/** Options, and what is said of them; nothing is where QEMU goes on without a word. */
const SAID: readonly (readonly [text: string, said: readonly string[]])[] = [
  ['-nosuch -device edu', ['error: -nosuch: invalid option']],
  [
    '-watchdog i6300esb -device edu,id=1a',
    [
      'error: -watchdog: invalid option',
      "error: Parameter 'id' expects an identifier; Identifiers consist of letters, digits, '-', '.', '_', starting with a letter.",
    ],
  ],
  ['-machin q35', ['error: -machin: invalid option (nearest: -machine)']],
  ['-device', ['error: -device: requires an argument']],
  ['-device edu,id=a -device edu,id=a', ["error: Duplicate ID 'a' for device"]],
  [`-device edu,id=a -device {'driver':'edu','id':'a'}`, ["error: Duplicate device ID 'a'"]],
  [`-device {'driver':'edu','id':'1a'}`, ["error: Invalid qdev ID '1a'"]],
  ['-device id=x', ["error: Parameter 'driver' is missing"]],
  [`-device {'driver':5}`, ["error: Parameter 'driver' is missing"]],
  ['-device ,', ["error: '' is not a valid device model name"]],
  ['-device help', ['error: QEMU prints help and ends']],
  ['-device vfio-pci,help', ['error: QEMU prints help and ends']],
  ['-object iommufd,help', ['error: QEMU prints help and ends']],
  ['-M q35 -version', ['error: QEMU prints its version and ends']],
  ['--help', ['error: QEMU prints help and ends']],
  ['-object iommufd', ["error: Parameter 'id' is missing"]],
  ['-object id=a', ["error: Parameter 'qom-type' is missing"]],
  ['-object iommufd,id=a -object iommufd,id=a', ["error: Duplicate ID 'a' for object"]],
  [
    `-object iommufd,id=a -object {'qom-type':'iommufd','id':'a'}`,
    ["error: attempt to add duplicate property 'a' to object (type 'container')"],
  ],
  [`-object {'qom-type':'iommufd','id':5}`, ["error: Invalid parameter type for 'id', expected: string"]],
  [
    '-global vfio-pci.ats',
    [
      "warning: short-form boolean option 'vfio-pci.ats' deprecated; please use vfio-pci.ats=on instead",
      "error: Invalid parameter 'vfio-pci.ats'",
    ],
  ],
  ['-global driver=vfio-pci,property=ats', ["error: options 'driver', 'property', and 'value' are required"]],
  ['-set foo', ['error: can\'t parse: "foo"']],
  ['-set foo.bar.baz=1', ["error: There is no option group 'foo'"]],
  ['-set machine.a.b=c', ['error: -set is not supported with machine']],
  ['-set device.e.ats=off -device edu,id=e', ['error: there is no device "e" defined']],
  [`-device {'driver':'edu','id':'e'} -set device.e.ats=off`, ['error: there is no device "e" defined']],
  ['-machine q35,usb', ["error: Expected '=' after parameter 'usb'"]],
  ['-accel kvm -enable-kvm', ['error: The -accel and "-machine accel=" options are incompatible']],
  ['-name a,x=1', ["error: Invalid parameter 'x'"]],
  ['-readconfig f.cfg', ['warning: f.cfg cannot be read here: what it defines is not known']],
  ['-device $DEV', ['warning: The shell puts something else in place of what begins with $ or ` here, which is not known: $DEV']],
  ['-nodefaults -vga none -nic none -drive if=none,id=d -enable-kvm -S', []],
];

for (const [text, said] of SAID) {
  test(`qemuReader says of ${text} what QEMU does`, () => {
    const quoted = text.replaceAll(/\{\S+\}/g, json => `"${json}"`);
    const found = readOne(`qemu-system-x86_64 ${quoted}`).findings.map(({ severity, message }) => `${severity}: ${message}`);
    assert.deepEqual(found, said);
  });
}

/** Texts of which a part is not known, and whether that may be about devices. */
const PARTS: readonly (readonly [text: string, isPartial: boolean])[] = [
  ['-device edu', false],
  ['-m $MEM -name "$NAME"', false],
  ['$ARGS', true],
  [`"\${args[@]}" -S`, true],
  ['-device vfio-pci,host=$BDF', true],
  ['-M $(machine)', true],
  ['-readconfig vm.cfg', true],
];

for (const [text, isPartial] of PARTS) {
  test(`qemuReader ${isPartial ? 'does not know' : 'knows'} all devices of ${text}`, () => {
    assert.equal(readOne(`kvm ${text}`).isPartial ?? false, isPartial);
  });
}

test('qemuReader says where a command ends before its author meant it to', () => {
  const said = saidOf(readOne('qemu-system-x86_64 \\\n  -M q35 \\\n  # -device a \\\n  -device edu\n'));
  assert.match(said.join('\n'), /^vm\.sh:4:3: warning: The command ends before -device, which QEMU does not get/);
});

test('readQemuWords sets values of devices that are known already, and keeps them first', () => {
  const known = readQemuWords(looseWords(['-device', 'edu,id=a'], '--'), { context: context() }).devices;
  const read = readQemuWords(looseWords(['-set', 'device.a.x=1', '-device', 'edu,id=a', '-device', 'edu,id=b'], '--'), {
    context: context(),
    known,
  });
  assert.deepEqual(devicesOf(read), ['edu a x=1', 'edu a', 'edu b']);
  assert.deepEqual(saidOf(read), ["--: error: Duplicate ID 'a' for device"]);
});

test('-set reaches drives', () => {
  const read = readQemuWords(looseWords(['-drive', 'id=d,if=none', '-set', 'drive.d.file=a,b'], '--'), { context: context() });
  assert.deepEqual(
    read.otherOptions.map(({ value }) => value),
    ['id=d,if=none,file=a,,b'],
  );
});

test('qemuDefinition takes words with the program or without it', () => {
  const words = ['/usr/bin/qemu-system-amd64', '-name', 'x'];
  const vm = qemuDefinition(looseWords(words, '--'), '--', context());
  assert.deepEqual([vm.name, vm.vmm.architecture, vm.vmm.program], ['x', 'x86_64', '/usr/bin/qemu-system-amd64']);
  assert.equal(qemuDefinition(looseWords(words.slice(1), '--'), '--', context()).vmm.program, null);
});

test('plainWord counts lines and columns from where the word stands', () => {
  const word = plainWord('ab\ncd', { file: 'vm.xml', line: 3, column: 10, span: { start: 50, end: 55 } });
  assert.deepEqual(word.origin(1, 2), { file: 'vm.xml', line: 3, column: 11, span: { start: 51, end: 52 } });
  assert.deepEqual(word.origin(4, 5), { file: 'vm.xml', line: 4, column: 2, span: { start: 54, end: 55 } });
  // Where entities were replaced, only the whole word has a place.
  assert.deepEqual(plainWord('ab', { file: 'vm.xml', line: 3, column: 10, span: { start: 50, end: 55 } }).origin(1, 2), {
    file: 'vm.xml',
    line: 3,
    column: 10,
    span: null,
  });
});

test('qemuReader bounds what it takes', () => {
  const refuses = (text: string, files: Record<string, string> = {}) => assert.throws(() => readAll(text, files), DefinitionError);
  refuses(`kvm ${'a '.repeat(100_001)}`);
  refuses(`kvm -device e${',a=1'.repeat(100_001)}`);
  refuses(`kvm -device '{${Array.from({ length: 100_001 }, (_, index) => `"${index}":1`).join(',')}}'`);
  refuses(`kvm${' -readconfig f'.repeat(3)}`, { f: '\n'.repeat(MOST_CHARACTERS / 2) });
  const many = readOne(`kvm -device e${',a'.repeat(5000)}`).findings;
  assert.deepEqual([many.length, many.at(-1)?.message], [501, '4500 more findings']);
});

test('qemuReader finds the program behind what runs it, in words with a NUL behind each', () => {
  const text = ['sudo', '-u', 'qemu', '/usr/bin/qemu-system-aarch64', '-M', 'virt', ''].join('\0');
  assert.ok(qemuReader.matches(text));
  const [definition] = qemuReader.read({ file: 'words', text }, context()).definitions;
  assert.deepEqual([definition?.vmm.program, definition?.machine.type?.value], ['/usr/bin/qemu-system-aarch64', 'virt']);
});

test('qemuReader says of an older start in a log where the newest stands', () => {
  const start = 'LC_ALL=C \\\n/usr/bin/qemu-system-x86_64 -name guest=db1 -M q35\n';
  const said = readAll(`${start}shutting down\n${start}x\nqemu-system-x86_64 -name db2\n`).map(saidOf);
  assert.deepEqual(said, [['vm.sh:1: note: vm.sh:4 starts db1 again, behind this: of a log, that is how it runs'], [], []]);
});

test('qemuReader reads a list of words in JSON, or as Python prints it', () => {
  const words = ['sudo', '/usr/bin/qemu-system-x86_64', '-M', 'q35', '-append', 'a b', '-device', 'vfio-pci,host=3b:00.0,id=a'];
  const python = `[${words.map(word => `'${word}'`).join(', ')}]\n`;
  for (const text of [JSON.stringify(words), JSON.stringify(words, null, 2), python, JSON.stringify(words.slice(2))]) {
    assert.ok(qemuReader.matches(text), text);
    const vm = readOne(text);
    assert.deepEqual([vm.machine.type?.value, vm.otherOptions[0]?.value], ['q35', 'a b']);
    assert.deepEqual([devicesOf(vm), saidOf(vm)], [['vfio-pci a host=3b:00.0'], []]);
    const { span } = vm.devices[0]?.origin ?? {};
    assert.equal(text.slice(span?.start, span?.end), 'vfio-pci,host=3b:00.0,id=a');
  }
  for (const text of ['["a", "b"]', '[]', '[["qemu-system-x86_64"]]']) assert.ok(!qemuReader.matches(text), text);
  assert.throws(() => readOne('["qemu-system-x86_64", 3]'), /are strings/);
});

test('qemuReader reads a line of ps', () => {
  const line = '/usr/bin/qemu-system-x86_64 -M q35 -device vfio-pci,host=3b:00.0\n';
  for (const before of ['root  7  0.0  1.2 9 9 ?  Sl  12:30  0:05 ', 'qemu 7 1 0 Nov29 ? 01:02:03 ', '   7 ', '7 pts/0 Sl+ 0:00 '])
    assert.deepEqual(devicesOf(readOne(`USER PID COMMAND\n${before}${line}`)), ['vfio-pci  host=3b:00.0'], before);
  assert.ok(!qemuReader.matches('root 7 0.0 0.0 9 9 pts/0 S+ 12:30 0:00 grep qemu-system-x86_64\n'));
});
