/** QEMU 10.0 of Debian 13, which the VM's own disk does not hold, on a second disk of a host VM. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { testBed } from './bed.ts';
import type { HostVm } from './host-vm.ts';
import type { InnerProgram } from './inner-qemu.ts';

/** Where it is in the oracle's root and in the VM. */
const WHERE = '/opt/qemu-10.0';
const PROGRAM = 'usr/bin/qemu-system-x86_64';
const DATA = 'usr/share/qemu';

/** What a q35 machine without a display needs whose guest never runs; the firmware is SeaBIOS's, which the VM has. */
const NEEDED = [PROGRAM, `${DATA}/kvmvapic.bin`, `${DATA}/linuxboot_dma.bin`];

/** Makes the disk in `folder`; the words that give it to a host VM. 29 MB that are read where they lie start sooner than a copy does. */
export function qemu10Disk(folder: string): readonly string[] {
  const root = join(folder, 'qemu-10.0');
  for (const path of NEEDED) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    cpSync(join(testBed().oracleRoot, WHERE, path), join(root, path));
  }
  const image = join(folder, 'qemu-10.0.img');
  execFileSync('mke2fs', ['-q', '-t', 'ext4', '-O', '^has_journal', '-d', root, image, '48M']);
  return ['-drive', `file=${image},if=none,id=qemu10,format=raw,readonly=on`, '-device', 'virtio-blk-pci,drive=qemu10,bus=pcie.0,addr=7'];
}

/** Mounts the disk, and gives the words that start the program. */
export async function mountQemu10(vm: HostVm): Promise<InnerProgram> {
  await vm.output(['sh', '-c', 'mkdir -p "$1" && mount -o ro /dev/vdb "$1"', 'sh', WHERE]);
  return {
    path: `${WHERE}/${PROGRAM}`,
    argv: ['-L', `${WHERE}/${DATA}`, '-L', '/usr/share/seabios'],
    environment: ['QEMU_MODULE_DIR=/nonexistent'],
    // Debian's 10.0 has no qtest.
    accelerator: 'tcg',
  };
}
