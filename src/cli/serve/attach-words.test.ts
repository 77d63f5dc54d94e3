import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { cloudHypervisorArguments, machineWords, qemuArguments } from './attach-words.ts';

/** What a shell makes of a line. */
function wordsOf(lines: string): string[] {
  return execFileSync('sh', ['-c', `printf '%s\\0' ${lines}`], { encoding: 'utf8' })
    .split('\0')
    .slice(0, -1);
}

test('qemuArguments are words of a shell, whatever the socket is called', () => {
  for (const socket of ['/run/a.sock', "/tmp/it's here.sock", '/tmp/$(id).sock', '/tmp/a"b.sock']) {
    const words = wordsOf(
      qemuArguments(socket)
        .map(line => `    ${line}`)
        .join('\n'),
    );
    assert.deepEqual(JSON.parse(words.at(-1) ?? ''), { driver: 'vfio-user-pci', bus: 'rp1', socket: { type: 'unix', path: socket } });
    assert.equal(words.length, 10);
  }
});

const lineOf = (architecture: string | null) => qemuArguments('/run/a.sock', { architecture }).join('\n');

test("qemuArguments name the machine of the host's architecture, and no word of x86 for one that was never tried", () => {
  for (const architecture of ['x86_64', null])
    assert.match(lineOf(architecture), /-machine q35,memory-backend=mem -device pcie-root-port,/);
  assert.match(lineOf('aarch64'), /^-machine virt,gic-version=max,memory-backend=mem \\\n-device pcie-root-port,id=rp1 \\$/m);
  for (const architecture of ['riscv64', 'ppc64le', 's390x', 'loongarch64', 'vax']) {
    assert.match(lineOf(architecture), /-machine TYPE,memory-backend=mem -device PORT,/);
    assert.match(machineWords(architecture).note, new RegExp(`^for ${architecture}, not tried: .* TYPE and PORT$`));
  }
  const programs = ['x86_64', 'aarch64', 's390x', null].map(architecture => machineWords(architecture).program);
  assert.deepEqual(programs, ['qemu-system-x86_64', 'qemu-system-aarch64', 'qemu-system-s390x', 'qemu-system-x86_64']);
});

test('cloudHypervisorArguments name the socket', () => {
  assert.deepEqual(
    wordsOf(
      cloudHypervisorArguments('/tmp/a b.sock')
        .map(line => `    ${line}`)
        .join('\n'),
    ).at(-1),
    'socket=/tmp/a b.sock',
  );
});
