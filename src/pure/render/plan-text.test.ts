import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostOf, planOf } from '../../../test/fixtures/mends.ts';
import { createPainter } from './paint.ts';
import { formatHostPlan } from './plan-text.ts';

const OBJECT = '-object iommufd,id=i0 -device pcie-root-port,id=';

function linesOf(id: string, width = 80): string[] {
  const words = `${OBJECT}p${id},chassis=1 -device vfio-pci,host=01:00.0,bus=p${id},id=${id},iommufd=i0,ats=on -device intel-iommu,id=v${id}`;
  return formatHostPlan(planOf(`qemu-system-x86_64 -M q35 -nodefaults ${words}`, 'qemu', hostOf()), createPainter({ width }));
}

test('formatHostPlan says what mends an error on the line below it', () => {
  const lines = linesOf('nic');
  const at = lines.indexOf('    mends it: ats=auto');
  assert.match(lines[at - 1] ?? '', /\(vm:1:\d+\)$/);
});

test('formatHostPlan keeps to the columns of the terminal, however long ids are', () => {
  for (const width of [40, 80]) {
    for (const length of [1, 10, 24, 25, 36, 60, 75, 76, 77, 78, 80, 200]) {
      const long = linesOf('n'.repeat(length), width).filter(line => line.length > width);
      assert.deepEqual(long, [], `${length} characters in ${width} columns`);
    }
  }
});

test('formatHostPlan does not say none of a set of which nothing is known', () => {
  const lines = (mapping: string) =>
    formatHostPlan(
      planOf(`ostype: l26\nmachine: pc-q35-11.0\nhostpci0: ${mapping},pcie=1\n`, 'proxmox', hostOf()),
      createPainter({ width: 80 }),
    );
  const [line = ''] = lines('mapping=nics').filter(each => /hostpci0/.test(each));
  assert.match(line, / \? /);
  assert.doesNotMatch(line, /none/);
});
