import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { NO_HOST_FACTS } from '../../facts/index.ts';
import type { FormatName } from '../definition.ts';
import { Planner } from '../plan.ts';
import { NO_CONTEXT, readDefinitions } from '../readers/index.ts';

/** `OUTCOME: WORDS` of a definition without devices, on a host of that architecture. */
function planned(text: string, architecture: string | null, format: FormatName = 'qemu'): string {
  const [definition] = readDefinitions({ file: 'vm', text }, format, NO_CONTEXT).definitions;
  assert.ok(definition);
  const [host] = new Planner([{ name: 'h', facts: { ...NO_HOST_FACTS, architecture }, devices: [], isWhole: true }]).plan(definition).hosts;
  assert.ok(host);
  return `${host.outcome}: ${host.stopsWith?.message ?? ''}`;
}

const domain = (type: string, arch: string) =>
  `<domain type='${type}'><name>a</name><os><type arch='${arch}' machine='${arch === 'aarch64' ? 'virt' : 'q35'}'>hvm</type></os><devices/></domain>`;

describe('judgeAccelerator', () => {
  test('refuses KVM alone for a guest of another architecture, in QEMU’s words', () => {
    const refused = 'fails: invalid accelerator kvm';
    assert.equal(planned('qemu-system-x86_64 -M q35 -nodefaults -accel kvm', 'aarch64'), refused);
    assert.equal(planned('qemu-system-x86_64 -M q35,accel=kvm -nodefaults', 'aarch64'), refused);
    assert.equal(planned('qemu-system-x86_64 -M q35 -nodefaults -enable-kvm', 'aarch64'), refused);
    assert.equal(planned('qemu-system-aarch64 -M virt -nodefaults -accel kvm', 'x86_64'), refused);
  });

  test('refuses what no QEMU for Linux has, and takes the next where there is one', () => {
    assert.equal(planned('qemu-system-x86_64 -M q35 -nodefaults -accel hvf', 'x86_64'), 'fails: invalid accelerator hvf');
    assert.equal(planned('qemu-system-aarch64 -M virt,accel=hvf -nodefaults', null), 'fails: invalid accelerator hvf');
    assert.equal(planned('qemu-system-x86_64 -M q35 -nodefaults -accel whpx -accel tcg', 'x86_64'), 'fits: ');
    assert.equal(planned('qemu-system-x86_64 -M q35 -nodefaults -accel mshv', 'x86_64'), 'fits: ');
  });

  test('lets those run that the host’s KVM takes, that may be emulated, and that no host is known of', () => {
    assert.equal(planned('qemu-system-x86_64 -M q35 -nodefaults -accel kvm', 'x86_64'), 'fits: ');
    assert.equal(planned('qemu-system-i386 -M q35 -nodefaults -accel kvm', 'x86_64'), 'fits: ');
    assert.equal(planned('qemu-system-aarch64 -M virt -nodefaults -accel kvm', 'aarch64'), 'fits: ');
    assert.equal(planned('qemu-system-x86_64 -M q35 -nodefaults -accel kvm -accel tcg', 'aarch64'), 'fits: ');
    assert.equal(planned('qemu-system-x86_64 -M q35,accel=kvm:tcg -nodefaults', 'aarch64'), 'fits: ');
    assert.equal(planned('qemu-system-x86_64 -M q35 -nodefaults', 'aarch64'), 'fits: ');
    assert.equal(planned('qemu-system-x86_64 -M q35 -nodefaults -accel kvm', null), 'fits: ');
    assert.equal(planned('qemu-kvm -M q35 -nodefaults', 'aarch64'), 'fits: ');
  });

  test('speaks as libvirt does of a domain', () => {
    const words = "fails: Emulator '/usr/bin/qemu-system-x86_64' does not support virt type 'kvm'";
    assert.equal(planned(domain('kvm', 'x86_64'), 'aarch64', 'libvirt'), words);
    assert.equal(planned(domain('kvm', 'x86_64'), 'x86_64', 'libvirt'), 'fits: ');
    assert.equal(planned(domain('qemu', 'aarch64'), 'x86_64', 'libvirt'), 'fits: ');
  });
});
