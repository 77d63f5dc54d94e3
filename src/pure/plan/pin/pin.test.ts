import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { captureDevices, captureHostFacts, parseCapture } from '../../capture/index.ts';
import { guestBytes } from '../../guest-view/index.ts';
import type { PlanHost } from '../judge/host/plan-host.ts';
import { Planner } from '../plan.ts';
import { NO_CONTEXT, readDefinitions } from '../readers/index.ts';
import { applyEdits } from './edits.ts';
import { pinVm } from './pin.ts';

test('applyEdits replaces and inserts, and keeps the rest', () => {
  const edit = (start: number, end: number, text: string) => ({ file: 'x', span: { start, end }, text });
  assert.equal(applyEdits('abcdef', [edit(4, 5, 'EE'), edit(1, 1, '1'), edit(1, 1, '2'), edit(6, 6, '!')]), 'a12bcdEEf!');
  assert.throws(() => applyEdits('abcdef', [edit(0, 3, ''), edit(2, 4, '')]), RangeError);
});

function hostOf(name: string): PlanHost {
  const capture = parseCapture(readFileSync(new URL(`../../../../captures/${name}.json`, import.meta.url), 'utf8'));
  return { name, facts: captureHostFacts(capture), devices: [...captureDevices(capture)], isWhole: true };
}

const X86 = `qemu-system-x86_64 -M q35 \\
  -nodefaults -object iommufd,id=i0 \\
  -device pcie-root-port,id=rp1,chassis=1 -device pcie-root-port,id=rp2,chassis=2 -device pcie-root-port,id=rp3,chassis=3 \\
  -device vfio-pci,host=01:00.0,bus=rp1,iommufd=i0 # the first
`;

/** As the words of a running program stand one a line. */
const oneALine = (text: string): string =>
  `${text
    .replace(/ #.*|\\$/gm, '')
    .trim()
    .split(/\s+/)
    .join('\n')}\n`;

const WAYS: readonly (readonly [string, string])[] = [
  ['a plain word', X86],
  [
    'an alias that is not there',
    X86.replace('-M q35', '')
      .replace(/-device pcie-root-port\S+/g, '')
      .replace('bus=rp1,', ''),
  ],
  ['AUTO that is written', X86.replace('iommufd=i0', 'ats=auto,iommufd=i0')],
  ['JSON', X86.replace(/vfio-pci,host\S+/, `'{"driver":"vfio-pci","host":"0000:01:00.0","bus":"rp1","iommufd":"i0"}'`)],
  [
    'JSON with AUTO',
    X86.replace(/vfio-pci,host\S+/, `'{"driver":"vfio-pci","host":"0000:01:00.0","ats":"auto","bus":"rp1","iommufd":"i0"}'`),
  ],
  ['a quoted word', X86.replace(/(vfio-pci,host\S+)/, '"$1"')],
  ['one argument a line', oneALine(X86)],
  [
    'one argument a line, of an alias that is not there',
    oneALine(
      X86.replace('-M q35', '')
        .replace(/-device pcie-root-port\S+/g, '')
        .replace('bus=rp1,', ''),
    ),
  ],
  ['a list in JSON', JSON.stringify(oneALine(X86).trim().split('\n'))],
  [
    'a list in JSON, of an alias that is not there',
    JSON.stringify(
      oneALine(
        X86.replace('-M q35', '')
          .replace(/-device pcie-root-port\S+/g, '')
          .replace('bus=rp1,', ''),
      )
        .trim()
        .split('\n'),
    ),
  ],
  ['a row of an older machine', X86.replace('q35', 'pc-q35-9.0')],
];

for (const [what, text] of WAYS) {
  test(`pinVm writes out what AUTO and rows decided: ${what}`, () => {
    const host = hostOf('vm-intel-no-iotlb');
    const plan = (words: string) => {
      const [definition] = readDefinitions({ file: 'vm.txt', text: words }, 'qemu', NO_CONTEXT).definitions;
      assert.ok(definition);
      return new Planner([host]).plan(definition);
    };
    const guest = (words: string) => {
      const realized = plan(words).hosts[0]?.devices[0]?.view?.realized;
      assert.ok(realized && realized.outcome !== 'failed', words);
      return guestBytes(realized).bytes;
    };
    const [before] = plan(text).hosts;
    assert.ok(before);
    const { edits, unwritten, findings } = pinVm(plan(text), before, text);
    assert.deepEqual([unwritten, findings], [[], []]);
    const pinned = applyEdits(text, edits);
    const after = plan(pinned);
    assert.equal(after.definition.machine.type?.value, after.machine);
    assert.deepEqual(
      Object.values(after.hosts[0]?.devices[0]?.properties ?? {}).filter(
        ({ value, source }) => value === 'auto' || source.startsWith('compat'),
      ),
      [],
      pinned,
    );
    assert.deepEqual(guest(pinned), guest(text));
    assert.deepEqual(pinVm(after, after.hosts[0] ?? before, pinned).edits, []);
  });
}

function planOf(format: 'qemu' | 'incus' | 'proxmox', text: string, host: string) {
  const [definition] = readDefinitions({ file: 'vm', text }, format, NO_CONTEXT).definitions;
  assert.ok(definition);
  const plan = new Planner([hostOf(host)]).plan(definition);
  const [ofHost] = plan.hosts;
  assert.ok(ofHost);
  return { plan, ofHost };
}

test('pinVm leaves a size of addresses AUTO that QEMU takes of a host alone', () => {
  const text =
    'qemu-system-aarch64 -M virt-11.1,gic-version=3 -nodefaults -accel kvm -object iommufd,id=i0 -device arm-smmuv3,primary-bus=pcie.0,id=s,accel=on -device pcie-root-port,id=rp1 -device vfio-pci,host=01:00.0,bus=rp1,iommufd=i0\n';
  const { plan, ofHost } = planOf('qemu', text, 'synthetic-smmuv3-ats');
  const iommus = ofHost.iommus.map(iommu => ({
    ...iommu,
    properties: { ...iommu.properties, oas: { value: 'auto', resolved: '52', source: 'default' } },
  }));
  const { edits, findings } = pinVm(plan, { ...ofHost, iommus }, text);
  assert.doesNotMatch(applyEdits(text, edits), /oas/);
  assert.match(
    findings.map(({ message }) => message).join('\n'),
    /^s: oas stays auto: it becomes 52 on synthetic-smmuv3-ats, which the VMM takes of nobody else$/m,
  );
});

test('pinVm says what no word of the format reaches', () => {
  const nic = 'devices:\n  eth1: { type: nic, nictype: physical, pci: "0000:01:00.0" }\nconfig: {}\nname: a\ntype: virtual-machine\n';
  const incus = planOf('incus', nic, 'vm-intel-iotlb');
  assert.deepEqual(
    pinVm(incus.plan, incus.ofHost, nic).findings.map(({ message }) => message),
    [
      'dev-incus_eth1: ats stays auto: Incus adds a nic over QMP, where raw.qemu.conf does not reach it',
      'the machine type, pc-q35-11.1 by alias q35, is not written out: config: has no lines of its own, where raw.qemu.conf could be written',
    ],
  );
  // -set cannot name the two functions, and -global reaches nothing else: hostpci1 has a value of its own.
  const functions =
    'hostpci0: 0000:01:00.0;0000:03:00.0\nhostpci1: 0000:04:00.0\nmachine: pc-i440fx-11.1\nostype: l26\nargs: -set device.hostpci1.ats=off\n';
  const { plan, ofHost } = planOf('proxmox', functions, 'vm-intel-iotlb');
  const pinned = pinVm(plan, ofHost, functions);
  assert.match(applyEdits(functions, pinned.edits), /-set device\.hostpci1\.ats=off -global vfio-pci\.ats=(?:on|off)\n/);
});
