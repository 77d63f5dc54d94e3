import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { VmDefinition } from '../../definition.ts';
import { formatOrigin } from '../../origin.ts';
import { NO_CONTEXT } from '../index.ts';
import { qemuReader } from './index.ts';

function readOne(text: string): VmDefinition {
  const [definition] = qemuReader.read({ file: 'vm.sh', text }, NO_CONTEXT).definitions;
  assert.ok(definition);
  return definition;
}

/** Devices as `driver id name=value …`. */
const devicesOf = ({ devices }: Pick<VmDefinition, 'devices'>) =>
  devices.map(({ driver, id, values }) => [driver, id, ...values.map(({ name, value }) => `${name}=${value}`)].join(' '));
const saidOf = ({ findings }: Pick<VmDefinition, 'findings'>) =>
  findings.map(({ severity, message, origin }) => `${origin === null ? '' : `${formatOrigin(origin)}: `}${severity}: ${message}`);

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: as a shell has them
/** A script before `qemu-system-x86_64 -nodefaults` with words, and the devices that QEMU gets; null where a word is not known. */
const SCRIPTS: readonly (readonly [before: string, words: string, devices: readonly string[] | null])[] = [
  ['GPU=3b:00.0', '-device vfio-pci,host=$GPU', ['vfio-pci  host=3b:00.0']],
  ['export BUS=\'3b\' GPU="$BUS:00.0"', '-device "vfio-pci,host=${GPU},id=a"', null],
  ['export BUS=\'3b\'; readonly GPU="$BUS:00.0"', '-device "vfio-pci,host=${GPU},id=a"', ['vfio-pci a host=3b:00.0']],
  ['OPTS="-device vfio-pci,host=3b:00.0"\nOPTS="$OPTS -device e1000"', '$OPTS', ['vfio-pci  host=3b:00.0', 'e1000 ']],
  ['OPTS="-device vfio-pci,host=3b:00.0"\nOPTS+=" -device e1000"', '${OPTS}', ['vfio-pci  host=3b:00.0', 'e1000 ']],
  ['a=(\n  -M q35 # x\n  -device vfio-pci,host=3b:00.0\n)\na+=(-device e1000)', '"${a[@]}"', ['vfio-pci  host=3b:00.0', 'e1000 ']],
  ["cat <<'X'\nGPU=41:00.0\nX\nGPU=3b:00.0; N=a", '-device vfio-pci,host=$GPU,id=$N', ['vfio-pci a host=3b:00.0']],
  ['GPU=41:00.0\nGPU=3b:00.0', '-device vfio-pci,host=$GPU', ['vfio-pci  host=3b:00.0']],
  ['GPU=3b:00.0 true', '-device vfio-pci,host=$GPU', null],
  ['GPU=3b:00.0\nread -r GPU', '-device vfio-pci,host=$GPU', null],
  ['GPU=3b:00.0\n. ./conf', '-device vfio-pci,host=$GPU', null],
  ['GPU=3b:00.0\nif x; then GPU=41:00.0; fi', '-device vfio-pci,host=$GPU', null],
  ['GPU=3b:00.0\ncase $1 in a) GPU=41:00.0;; esac', '-device vfio-pci,host=$GPU', null],
  ['GPU=3b:00.0\n[ -n "$1" ] && GPU=41:00.0', '-device vfio-pci,host=$GPU', null],
  ['GPU=3b:00.0\nf() {\n  GPU=41:00.0\n}\nf', '-device vfio-pci,host=$GPU', null],
  ['GPU=${GPU:-3b:00.0}', '-device vfio-pci,host=$GPU', null],
  ['OPTS="a -device e1000"', '-device vfio-pci,id=$OPTS', null],
  ['a=(-device e1000)', '$a', null],
];

test('qemuReader puts in place of variables what the same script sets plainly, and knows no others', () => {
  for (const [before, words, devices] of SCRIPTS) {
    const vm = readOne(`#!/bin/bash\n${before}\nqemu-system-x86_64 -nodefaults ${words}\n`);
    assert.equal(vm.isPartial === true, devices === null, before);
    if (devices !== null) assert.deepEqual([devicesOf(vm), saidOf(vm)], [devices, []], before);
  }
  const text = 'f() {\n  qemu-system-x86_64 -device vfio-pci,host=$GPU\n}\n';
  assert.equal(readOne(`GPU=3b:00.0\n${text}f\n`).isPartial, undefined);
  assert.equal(readOne(`GPU=3b:00.0\n${text}GPU=41:00.0\nf\n`).isPartial, true);
  const value = readOne('GPU=3b:00.0\nqemu-system-x86_64 -device vfio-pci,id=a,host=$GPU').devices[0]?.values[0]?.origin;
  assert.deepEqual([value?.line, value?.column], [1, 5]);
});
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: as above
