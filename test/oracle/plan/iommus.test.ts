/** What is judged of a guest's IOMMUs without a host is what QEMU says of the same command lines: 11.1 on x86 and Arm, 10.0 on x86. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import fc from 'fast-check';
import { judgeIommus } from '../../../src/pure/plan/judge/iommus/index.ts';
import { qemuReader } from '../../../src/pure/plan/readers/qemu/index.ts';
import { qemu10_0Tables } from '../../../src/pure/profiles/qemu-10.0/tables.ts';
import { qemu11_1Tables } from '../../../src/pure/profiles/qemu-11.1/tables.ts';
import { findMachineType } from '../../../src/pure/qemu/index.ts';
import { placeOf } from '../../fixtures/qemu-definition.ts';
import { oracleRoot, skipWithoutChroot } from '../oracle-root.ts';

const skip = skipWithoutChroot('QEMU');

const UNPACKED = '/opt/qemu-10.0/usr';
const PROGRAMS = {
  x86: ['qemu-system-x86_64'],
  arm: ['qemu-system-aarch64'],
  'x86-10.0': [
    ...['env', `QEMU_MODULE_DIR=${UNPACKED}/lib/x86_64-linux-gnu/qemu`],
    ...[`${UNPACKED}/bin/qemu-system-x86_64`, '-L', `${UNPACKED}/share/qemu`],
  ],
} as const;
type Program = keyof typeof PROGRAMS;

interface Line {
  readonly program: Program;
  /** Without spaces inside a word. */
  readonly text: string;
}

const RUN = ['-nodefaults', '-display', 'none', '-S', '-qmp', 'stdio'];
const CONVERSATION = '{"execute":"qmp_capabilities"}\n{"execute":"quit"}\n';

/** The error without the option that it belongs to, null where QEMU starts. */
function complaintOf(stderr: string, words: readonly string[]): string | null {
  const lines = stderr.split('\n').filter(line => line !== '' && !/: warning: /.test(line) && !/^Please use /.test(line));
  const [first, ...more] = lines;
  if (first === undefined) return null;
  const text = first.replace(/^qemu-system-[a-z0-9_]+: /, '');
  const prefix = words
    .flatMap((word, at) => (word === '-device' ? [`-device ${words[at + 1]}: `] : []))
    .find(each => text.startsWith(each));
  return [text.slice(prefix?.length ?? 0), ...more].join('\n');
}

function askQemu({ program, text }: Line): Promise<string | null> {
  const words = text.split(' ');
  return new Promise((done, fail) => {
    const args = [oracleRoot, ...PROGRAMS[program], ...RUN, '-accel', 'tcg', ...words];
    const child = execFile('chroot', args, { encoding: 'utf8', timeout: 120_000 }, (error, _stdout, stderr) => {
      if (error !== null && error.killed === true) fail(error);
      else done(complaintOf(stderr, words));
    });
    child.stdin?.on('error', () => {});
    child.stdin?.end(CONVERSATION);
  });
}

/** The same of what is judged. */
function judge({ program, text }: Line): string | null {
  const name = program === 'arm' ? 'qemu-system-aarch64' : 'qemu-system-x86_64';
  const quoted = text
    .split(' ')
    .map(word => `'${word}'`)
    .join(' ');
  const context = { related: [], openFile: () => null };
  const [definition] = qemuReader.read({ file: 'vm.args', text: `${name} -nodefaults -accel tcg ${quoted}\n` }, context).definitions;
  assert.ok(definition, text);
  const profile = program === 'x86-10.0' ? qemu10_0Tables : qemu11_1Tables;
  const machine = findMachineType(profile, definition.machine.type?.value ?? 'pc');
  const judgement = judgeIommus({
    definition,
    profile,
    machine,
    placeOf: placeOf(definition, machine.family === 'pc-i440fx' ? 'pci.0' : 'pcie.0'),
    hostIommuOf: () => null,
  });
  const failed = judgement.iommus.find(({ plan }) => plan.outcome !== 'realized');
  return failed?.plan.error?.message ?? judgement.errors[0]?.message ?? null;
}

async function compareAll(lines: readonly Line[]): Promise<number> {
  const waiting = [...new Map(lines.map(line => [`${line.program} ${line.text}`, line])).values()];
  const differences: object[] = [];
  let refused = 0;
  const lane = async (): Promise<void> => {
    for (let line = waiting.shift(); line !== undefined; line = waiting.shift()) {
      const [ours, theirs] = [judge(line), await askQemu(line)];
      if (theirs !== null) refused++;
      if (ours !== theirs) differences.push({ ...line, ours, theirs });
    }
  };
  await Promise.all([lane(), lane()]);
  assert.deepEqual(differences, []);
  return refused;
}

const intel = (properties: string): string => `-M q35 -device intel-iommu${properties === '' ? '' : `,${properties}`}`;

const X86: readonly string[] = [
  intel(''),
  ...['intremap=off,eim=on', 'intremap=auto,eim=on', 'intremap=maybe', 'intremap=off', 'aw-bits=40', 'aw-bits=39', 'aw-bits=57'].map(intel),
  ...['aw-bits=300', 'aw-bits=x', 'x-flts=on', 'x-scalable-mode=on', 'pt=on', 'fsts=on', 'pasid-bits=20', 'svm=on', 'addr=3'].map(intel),
  ...['intremap=off,eim=on,fsts=on', 'aw-bits=40,fsts=on', 'aw-bits=40,pasid-bits=3', 'pasid-bits=3,svm=on'].map(intel),
  ...['scalable-mode=on,pasid-bits=21', 'scalable-mode=on,aw-bits=57', 'scalable-mode=on,fsts=on,aw-bits=39', 'svm=on,device-iotlb=on'].map(
    intel,
  ),
  ...['scalable-mode=on,fsts=on,svm=on,device-iotlb=on', 'scalable-mode=on,fsts=on,svm=on,device-iotlb=on,pasid-bits=8'].map(intel),
  intel('scalable-mode=on,fsts=on,svm=on,device-iotlb=on,dma-translation=off'),
  intel('svm=on,device-iotlb=on,dma-translation=off'),
  intel('bus=pcie.0'),
  '-M pc-q35-9.1 -device intel-iommu,scalable-mode=on,fsts=on',
  '-M q35 -global intel-iommu.aw-bits=40 -device intel-iommu',
  '-M q35 -global intel-iommu.nosuch=1 -device intel-iommu',
  '-M q35 -global x86-iommu.intremap=off -device intel-iommu,eim=on',
  '-M q35 -device {"driver":"intel-iommu","aw-bits":40}',
  '-M q35 -device {"driver":"intel-iommu","aw-bits":"48"}',
  '-M q35 -device {"driver":"intel-iommu","intremap":true}',
  '-M q35 -device {"driver":"intel-iommu","caching-mode":"on"}',
  '-M q35 -device intel-iommu -device intel-iommu',
  '-M q35 -device intel-iommu -device intel-iommu,aw-bits=40',
  '-M q35 -device intel-iommu -device intel-iommu,aw-bits=x',
  '-M q35 -device intel-iommu -device amd-iommu',
  '-M q35 -device intel-iommu -device virtio-iommu-pci',
  '-M q35 -device virtio-iommu-pci -device intel-iommu',
  '-M q35 -device amd-iommu -device virtio-iommu-pci,aw-bits=1',
  '-M q35 -device pcie-root-port,id=rp1 -device intel-iommu -device virtio-iommu-pci,bus=rp1',
  '-M pc -device intel-iommu',
  '-M pc -device amd-iommu',
  '-M pc -device virtio-iommu-pci',
  '-M pc -device virtio-iommu-pci -device virtio-iommu',
  '-M q35 -device amd-iommu,pt=on',
  '-M q35 -device amd-iommu,xtsup=maybe,pci-id=foo',
  '-M q35 -device amd-iommu,pci-id=foo',
  '-M q35 -device AMDVI-PCI,id=foo -device amd-iommu,pci-id=foo',
  '-M q35 -device pci-testdev,id=foo -device amd-iommu,pci-id=foo',
  '-M q35 -device amd-iommu,intremap=on,dma-remap=on',
  '-M q35 -device virtio-iommu-pci,aw-bits=31',
  '-M q35 -device virtio-iommu-pci,aw-bits=65',
  '-M q35 -device virtio-iommu-pci,granule=5k',
  '-M q35 -device virtio-iommu,foo=1',
  '-M q35 -device virtio-iommu-pci,reserved-regions=1',
  '-M q35 -device pcie-root-port,id=rp1 -device virtio-iommu-pci,bus=rp1,aw-bits=1',
  '-M q35 -device virtio-iommu-pci,primary-bus=nosuch',
  '-M q35 -device arm-smmuv3',
];

const X86_10_0: readonly string[] = [
  ...['', 'x-flts=on', 'x-pasid-mode=on', 'fsts=on', 'svm=on', 'aw-bits=57', 'intremap=off,eim=on', 'pt=off', 'x-buggy-eim=on'].map(intel),
  ...['x-scalable-mode=on,x-flts=on,aw-bits=39', 'x-scalable-mode=on,aw-bits=57', 'x-flts=on,aw-bits=40,x-pasid-mode=on'].map(intel),
  '-M q35 -device intel-iommu -device amd-iommu',
  '-M q35 -device amd-iommu,dma-remap=on',
  '-M q35 -device amd-iommu,pci-id=x',
  '-M q35 -device virtio-iommu-pci,aw-bits=20',
  '-M pc -device intel-iommu',
];

const EXPANDER = '-device pxb-pcie,id=pcie.1,bus_nr=8,bus=pcie.0';
const smmu = (properties: string): string =>
  `-M virt ${EXPANDER} -device arm-smmuv3,primary-bus=pcie.1${properties === '' ? '' : `,${properties}`}`;

const ARM: readonly string[] = [
  ...[
    '',
    'ril=off',
    'ats=on',
    'oas=48',
    'oas=44',
    'oas=52',
    'oas=43',
    'ssidsize=0',
    'ssidsize=3',
    'ssidsize=21',
    'cmdqv=on',
    'ats=maybe',
  ].map(smmu),
  ...['stage=3', 'stage=nested', 'accel=on', 'accel=on,oas=52,stage=2', 'ats=on,oas=52', 'ril=off,oas=52', 'identifier=3', 'memory=x'].map(
    smmu,
  ),
  ...['ril=off,ats=on,oas=48,ssidsize=3,cmdqv=on', 'ats=on,oas=48,ssidsize=3,cmdqv=on', 'oas=48,ssidsize=3,cmdqv=on'].map(smmu),
  ...['ssidsize=3,cmdqv=on', 'nosuch=1', 'ats=auto,ril=auto,oas=auto,ssidsize=auto,cmdqv=auto', 'bus=pcie.0'].map(smmu),
  '-M virt -device arm-smmuv3',
  '-M virt -device arm-smmuv3,ril=off',
  '-M virt -device arm-smmuv3,accel=on',
  '-M virt -device arm-smmuv3,primary-bus=',
  '-M virt -device arm-smmuv3,primary-bus=nosuch',
  '-M virt -device arm-smmuv3,primary-bus=pcie.0',
  '-M virt -device pcie-root-port,id=rp0,chassis=1 -device arm-smmuv3,primary-bus=rp0',
  `-M virt ${EXPANDER},bypass_iommu=on -device arm-smmuv3,primary-bus=pcie.1`,
  `-M virt ${EXPANDER},bypass_iommu=on -device arm-smmuv3,primary-bus=pcie.1,ril=off`,
  '-M virt,default-bus-bypass-iommu=on -device arm-smmuv3,primary-bus=pcie.0',
  '-M virt,default-bus-bypass-iommu=on -device pcie-root-port,id=rp0,chassis=1 -device arm-smmuv3,primary-bus=rp0',
  `-M virt,default-bus-bypass-iommu=on ${EXPANDER} -device arm-smmuv3,primary-bus=pcie.1`,
  `${smmu('')} -device arm-smmuv3,primary-bus=pcie.1`,
  `${smmu('')} -device arm-smmuv3,primary-bus=pcie.1,ril=off`,
  `${smmu('')} -device arm-smmuv3,primary-bus=pcie.0`,
  `-M virt -device arm-smmuv3,primary-bus=pcie.1 ${EXPANDER}`,
  '-M virt,iommu=smmuv3',
  '-M virt,iommu=none -device arm-smmuv3,primary-bus=pcie.0',
  '-M virt,iommu=foo',
  '-M virt,iommu=smmuv3 -global arm-smmuv3.accel=on',
  '-M virt,iommu=smmuv3 -global arm-smmuv3.ats=on',
  '-M virt,iommu=smmuv3 -global arm-smmuv3.oas=48',
  '-M virt,iommu=smmuv3 -global arm-smmuv3.oas=43',
  '-M virt,iommu=smmuv3 -global arm-smmuv3.nosuch=1',
  '-M virt,iommu=smmuv3 -device arm-smmuv3,primary-bus=pcie.0',
  '-M virt,iommu=smmuv3 -device arm-smmuv3,ril=off,primary-bus=pcie.0',
  '-M virt,iommu=smmuv3 -device virtio-iommu-pci',
  '-M virt -device virtio-iommu-pci -device arm-smmuv3,primary-bus=pcie.0',
  '-M virt -device arm-smmuv3,primary-bus=pcie.0 -device virtio-iommu-pci',
  '-M virt -device virtio-iommu-pci -device virtio-iommu-pci',
  '-M virt -device virtio-iommu-pci,aw-bits=1',
  '-M virt-11.0 -device arm-smmuv3,primary-bus=pcie.0,ats=on',
  '-M virt-11.0 -device arm-smmuv3,primary-bus=pcie.0',
  '-M virt -device intel-iommu',
  '-M virt -device {"driver":"arm-smmuv3","primary-bus":"pcie.0","oas":"48"}',
  '-M virt -device {"driver":"arm-smmuv3","primary-bus":"pcie.0","oas":48}',
];

const of = (program: Program, texts: readonly string[]): Line[] => texts.map(text => ({ program, text }));

test('judgeIommus says of IOMMUs of x86 what QEMU 11.1 says', { skip }, async () => {
  assert.ok((await compareAll(of('x86', X86))) > 40);
});

test('judgeIommus says of IOMMUs of x86 what QEMU 10.0 says', { skip }, async () => {
  assert.ok((await compareAll(of('x86-10.0', X86_10_0))) > 10);
});

test('judgeIommus says of IOMMUs of Arm what QEMU 11.1 says', { skip }, async () => {
  assert.ok((await compareAll(of('arm', ARM))) > 35);
});

test('judgeIommus says of made-up values what QEMU says', { skip }, async () => {
  const property = (name: string, ...values: readonly string[]) =>
    fc.option(
      fc.constantFrom(...values).map(value => `${name}=${value}`),
      { freq: 3 },
    );
  const joined = (...parts: readonly fc.Arbitrary<string | null>[]) =>
    fc.tuple(...parts).map(all => all.filter(part => part !== null).join(','));
  const bool = ['on', 'off'] as const;
  const vtd = joined(
    property('intremap', 'auto', ...bool),
    property('eim', 'auto', ...bool),
    property('scalable-mode', 'on'),
    property('fsts', ...bool),
    property('aw-bits', '39', '48', '57'),
    property('pasid-bits', '0', '20', '21'),
    property('svm', ...bool),
    property('device-iotlb', ...bool),
    property('dma-translation', ...bool),
  );
  const smmuv3 = joined(
    property('ats', 'auto', ...bool),
    property('ril', 'auto', ...bool),
    property('oas', 'auto', '44', '48', '52'),
    property('ssidsize', 'auto', '0', '5'),
    property('cmdqv', 'auto', ...bool),
    property('stage', '1', '2', 'nested'),
  );
  const sample = (values: fc.Arbitrary<string>) => fc.sample(values, { numRuns: 20, seed: 7 });
  const refused = await compareAll([...of('x86', sample(vtd).map(intel)), ...of('arm', sample(smmuv3).map(smmu))]);
  assert.ok(refused > 10 && refused < 40, `${refused} refused: QEMU must refuse some and take some`);
});
