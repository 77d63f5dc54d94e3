/** What is said to mend a domain of libvirt's is what libvirt's schema takes, and what libvirt makes a command line of. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LIBVIRT_MENDS } from '../fixtures/libvirt-mends.ts';
import { isValid, skip, toNative } from './libvirt-root.ts';

/** What libvirt asks for beside; its root has no KVM. */
function whole(text: string): string {
  const arch = text.includes('aarch64') ? 'aarch64' : 'x86_64';
  return text
    .replace('<name>db1</name>', "<name>db1</name><memory unit='KiB'>1048576</memory><vcpu>1</vcpu>")
    .replace('<devices>', `<devices><emulator>/usr/bin/qemu-system-${arch}</emulator>`)
    .replace("type='kvm'", "type='qemu'");
}

const mended = LIBVIRT_MENDS.map(({ text, edit: [from, to] }) => whole(text.replace(from, to)));
/** The root has no firmware for Arm. */
const LACKS_FIRMWARE = /Unable to find 'efi' firmware/;

describe('withMends', { skip }, () => {
  it("says what libvirt's schema takes", () => {
    const verdicts = isValid(mended);
    assert.deepEqual(
      LIBVIRT_MENDS.filter((_, i) => verdicts[i] !== true).map(({ mend }) => mend),
      [],
    );
  });

  it('says what libvirt makes a command line of', () => {
    const refused = toNative(mended).flatMap((answer, i) =>
      'error' in answer && !LACKS_FIRMWARE.test(answer.error) ? [`${LIBVIRT_MENDS[i]?.mend}: ${answer.error}`] : [],
    );
    assert.deepEqual(refused, []);
  });
});
