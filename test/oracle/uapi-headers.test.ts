/** Every declaration of src/pure/spec against the kernel's own headers: gcc prints sizeof, offsetof and values, once for all. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type CType, s32, u32, u64 } from '../../src/pure/bytes/c-types.ts';
import { isFlexible, isStruct, type Struct, struct } from '../../src/pure/bytes/struct.ts';
import * as iommufd from '../../src/pure/spec/iommufd/index.ts';
import * as pciRegs from '../../src/pure/spec/pci-regs.ts';
import * as vfio from '../../src/pure/spec/vfio/index.ts';

const HEADERS = { 'linux/vfio.h': vfio, 'linux/iommufd.h': iommufd, 'linux/pci_regs.h': pciRegs };
const MULTIARCH: Readonly<Record<string, string>> = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' };

/** Declarations that are wrong on purpose, compiled in the same run: the comparison must find each. */
const WRONG = {
  vfio_region_info: struct('vfio_region_info', { argsz: u32, flags: u32, index: u64, cap_offset: u32, size: u64, offset: u64 }),
  vfio_device_bind_iommufd: struct('vfio_device_bind_iommufd', { argsz: u32, flags: s32, iommufd: u32, out_devid: u32 }),
  VFIO_DEVICE_RESET: 0x3b70,
  IOMMU_GET_HW_INFO: -0x3b8a,
};

type Facts = ReadonlyMap<string, string>;

function isDeclaredStruct(value: unknown): value is Struct {
  return typeof value === 'object' && value !== null && isStruct(value as CType);
}

const isSigned = (type: CType): boolean => 'min' in type && Number(type.min) < 0;

/** What our declarations say: a line of `key value` for each fact, in the words that the C program prints. */
function ourFacts(declarations: object): Facts {
  const facts = new Map<string, string>();
  for (const [name, value] of Object.entries(declarations)) {
    if (typeof value === 'number') facts.set(`constant ${name}`, BigInt.asIntN(32, BigInt(value)).toString());
    if (!isDeclaredStruct(value)) continue;
    assert.equal(value.name, name, 'a struct is exported under its C name');
    facts.set(`sizeof ${name}`, `${value.size} align ${value.align}`);
    for (const [field, { offset, size, type }] of Object.entries(value.fields)) {
      facts.set(`field ${name}.${field}`, `${offset} size ${isFlexible(type) ? type.element.size : size}`);
      if ('min' in type) facts.set(`sign ${name}.${field}`, isSigned(type) ? 'signed' : 'unsigned');
    }
  }
  return facts;
}

/** The C statement that prints a fact as the header has it. */
function printFact(key: string, flexible: ReadonlySet<string>): string {
  const [kind, name = ''] = key.split(' ');
  const [type, field] = name.split('.');
  const member = `((struct ${type} *)0)->${field}`;
  const one = flexible.has(name) ? `${member}[0]` : member;
  switch (kind) {
    case 'constant':
      return `printf("${key}=%d\\n", (int)(${name}));`;
    case 'sizeof':
      return `printf("${key}=%zu align %zu\\n", sizeof(struct ${name}), _Alignof(struct ${name}));`;
    case 'field':
      return `printf("${key}=%zu size %zu\\n", offsetof(struct ${type}, ${field}), sizeof(${one}));`;
    default:
      return `printf("${key}=%s\\n", (__typeof__(${member}))-1 < 0 ? "signed" : "unsigned");`;
  }
}

function flexibleFields(declarations: object): Set<string> {
  const structs = Object.values(declarations).filter(isDeclaredStruct);
  const names = structs.flatMap(type =>
    Object.entries(type.fields).flatMap(([field, { type: of }]) => (isFlexible(of) ? [`${type.name}.${field}`] : [])),
  );
  return new Set(names);
}

/** Compiles and runs one program that prints every fact. */
function headerFacts(include: string, keys: Iterable<string>, flexible: ReadonlySet<string>): Facts {
  const source = [
    '#include <stddef.h>',
    '#include <stdio.h>',
    ...Object.keys(HEADERS).map(header => `#include <${header}>`),
    'int main(void) {',
    ...[...keys].map(key => printFact(key, flexible)),
    'return 0; }',
  ].join('\n');
  const dir = mkdtempSync(join(tmpdir(), 'airlock-uapi-'));
  try {
    writeFileSync(join(dir, 'facts.c'), source);
    const paths = ['-I', include, '-I', join(include, MULTIARCH[process.arch] ?? '')];
    const gcc = spawnSync('gcc', ['-w', '-o', join(dir, 'facts'), ...paths, join(dir, 'facts.c')], { encoding: 'utf8' });
    assert.equal(gcc.status, 0, gcc.stderr);
    const run = spawnSync(join(dir, 'facts'), { encoding: 'utf8' });
    assert.equal(run.status, 0, run.stderr);
    return new Map(
      run.stdout
        .trimEnd()
        .split('\n')
        .map(line => line.split('=') as [string, string]),
    );
  } finally {
    rmSync(dir, { recursive: true });
  }
}

function differences(ours: Facts, theirs: Facts): string[] {
  return [...ours]
    .filter(([key, value]) => theirs.get(key) !== value)
    .map(([key, value]) => `${key}: ours ${value}, header ${theirs.get(key)}`);
}

const install = spawnSync(join(import.meta.dirname, 'install'), ['--print'], { encoding: 'utf8' });
const include = join(install.stdout.trim(), 'root/opt/linux-headers/usr/include');

function missing(): string | false {
  if (MULTIARCH[process.arch] === undefined) return `layouts are those of x86-64 and AArch64, this machine is ${process.arch}`;
  if (spawnSync('gcc', ['--version']).status !== 0) return 'gcc is not installed';
  if (install.status !== 0) return 'the oracle is not installed: run test/oracle/install';
  const header = Object.keys(HEADERS).find(name => !existsSync(join(include, name)));
  return header === undefined ? false : `the oracle has no ${header}`;
}

const skip = missing();
let header: Facts | undefined;

/** The facts of all headers, from the one run of gcc. */
function theirFacts(): Facts {
  const all = Object.assign({}, ...Object.values(HEADERS));
  header ??= headerFacts(include, new Set([...ourFacts(all).keys(), ...ourFacts(WRONG).keys()]), flexibleFields(all));
  return header;
}

for (const [name, declarations] of Object.entries(HEADERS)) {
  test(`uapi equals ${name}: every size, offset, sign, constant and ioctl number`, { skip }, t => {
    const ours = ourFacts(declarations);
    assert.deepEqual(differences(ours, theirFacts()), []);
    t.diagnostic(`${ours.size} facts`);
    assert.ok(ours.size >= Object.keys(declarations).length, 'every declaration is compared');
  });
}

test('uapi comparison finds declarations that are wrong on purpose', { skip }, () => {
  assert.deepEqual(differences(ourFacts(WRONG), theirFacts()), [
    'sizeof vfio_region_info: ours 40 align 8, header 32 align 8',
    'field vfio_region_info.index: ours 8 size 8, header 8 size 4',
    'field vfio_region_info.cap_offset: ours 16 size 4, header 12 size 4',
    'field vfio_region_info.size: ours 24 size 8, header 16 size 8',
    'field vfio_region_info.offset: ours 32 size 8, header 24 size 8',
    'sizeof vfio_device_bind_iommufd: ours 16 align 4, header 24 align 8',
    'sign vfio_device_bind_iommufd.flags: ours signed, header unsigned',
    'sign vfio_device_bind_iommufd.iommufd: ours unsigned, header signed',
    'constant VFIO_DEVICE_RESET: ours 15216, header 15215',
    'constant IOMMU_GET_HW_INFO: ours -15242, header 15242',
  ]);
});
