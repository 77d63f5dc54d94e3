/** Decides whether KVM runs the host VM. A /dev/kvm that opens is not enough: in some clouds it interprets, and TCG is much faster. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { oracleQemu } from './qemu-command.ts';

/**
 * A firmware that counts to 2^25 and then ends QEMU: 0.1 s where a processor or TCG runs it, a minute where it is interpreted.
 * The processor starts at 16 bytes below the end, in 16-bit mode; writing 16 to port 0xf4 makes isa-debug-exit end QEMU with 33.
 */
function countingFirmware(): Uint8Array {
  const rom = new Uint8Array(65536);
  // mov ecx, 1 << 25; dec ecx; jnz -4; mov al, 16; mov dx, 0xf4; out dx, al; hlt
  rom.set([0x66, 0xb9, 0, 0, 0, 2, 0x66, 0x49, 0x75, 0xfc, 0xb0, 0x10, 0xba, 0xf4, 0, 0xee, 0xf4], 0xff00);
  // jmp 0xff00
  rom.set([0xe9, 0x0d, 0xff], 0xfff0);
  return rom;
}

let known: 'kvm' | 'tcg' | undefined;

/** The accelerator for a VM on this machine: what AIRLOCK_VM_ACCELERATOR says, else KVM where it runs a program in less than 3 s. */
export function accelerator(oracleRoot: string): 'kvm' | 'tcg' {
  const wanted = process.env.AIRLOCK_VM_ACCELERATOR;
  if (wanted === 'kvm' || wanted === 'tcg') return wanted;
  if (known !== undefined) return known;
  known = 'tcg';
  if (!existsSync('/dev/kvm')) return known;
  const folder = mkdtempSync(join(tmpdir(), 'airlock-kvm-'));
  try {
    const rom = join(folder, 'rom');
    writeFileSync(rom, countingFirmware());
    const { file, argv, env } = oracleQemu(oracleRoot);
    const machine = ['-machine', 'q35', '-accel', 'kvm', '-cpu', 'max', '-nodefaults', '-display', 'none', '-bios', rom];
    const words = [...argv, ...machine, '-device', 'isa-debug-exit,iobase=0xf4,iosize=4'];
    const { status } = spawnSync(file, words, { env, timeout: 3000, killSignal: 'SIGKILL', stdio: 'ignore' });
    if (status === 33) known = 'kvm';
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return known;
}
