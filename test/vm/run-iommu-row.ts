/** QEMU inside a host VM with an IOMMU for its guest and devices of the host: what ends it. */
import assert from 'node:assert/strict';
import { attributeLine, fillAddresses, restoreAddresses } from './device-lines.ts';
import type { HostVm } from './host-vm.ts';
import { INSTALLED, type InnerProgram } from './inner-qemu.ts';
import type { IommuRow } from './iommu-rows.ts';

const CONVERSATION = '{"execute":"qmp_capabilities"}\n{"execute":"quit"}\n';
/** Lines that are said beside what ends QEMU, and where it starts. */
const HARMLESS = /KVM VFIO device isn't created yet$|: warning: /;

/** null where it starts. `addresses` are those of `$1` and `$2`. */
export async function runIommuRow(
  vm: HostVm,
  { words, machine = 'q35' }: IommuRow,
  addresses: readonly string[],
  program: InnerProgram = INSTALLED,
): Promise<string | null> {
  const all = fillAddresses(words, addresses).split(' ');
  const { code, stderr } = await vm.run(
    [
      ...['env', ...program.environment, program.path, ...program.argv],
      ...['-nodefaults', '-no-user-config', '-display', 'none', '-qmp', 'stdio', '-S', '-m', '2M'],
      ...['-machine', machine, '-accel', program.accelerator, ...all],
    ],
    { stdin: CONVERSATION, timeoutSeconds: 120 },
  );
  const lines = stderr.split('\n').filter(line => line !== '' && !HARMLESS.test(line));
  assert.equal(code, lines.length > 0 ? 1 : 0, stderr);
  assert.ok(lines.length < 2, stderr);
  const [line] = lines.map(text => attributeLine(text, all));
  return line === undefined ? null : restoreAddresses(line, addresses);
}
