/** The config space that QEMU's guest would read of a device at a socket: QEMU inside the host VM, stopped before its first instruction. */
import { configConversation, configFiles, readConfigs } from '../vm/guest-config.ts';
import type { HostVm } from '../vm/host-vm.ts';

/** 4096 bytes. Throws QEMU's words where the device does not realize. */
export async function servedGuestBytes(vm: HostVm, socket: string): Promise<Uint8Array> {
  const device = { driver: 'vfio-user-pci', bus: 'rp', 'x-msg-timeout': 60_000, socket: { type: 'unix', path: socket } };
  const files = configFiles();
  const { code, stderr } = await vm.run(
    [
      ...['qemu-system-x86_64', '-nodefaults', '-no-user-config', '-display', 'none', '-qmp', 'stdio', '-accel', 'qtest', '-S'],
      ...['-machine', 'q35,memory-backend=mem', '-m', '16M', '-object', 'memory-backend-memfd,id=mem,size=16M,share=on'],
      ...['-device', 'pcie-root-port,id=rp,bus=pcie.0,addr=1.0', '-device', JSON.stringify(device)],
    ],
    { stdin: configConversation(files), timeoutSeconds: 120 },
  );
  const [config] = await readConfigs(vm, code === 0 ? [files] : []);
  if (config === undefined) throw new Error(`QEMU does not take the device at ${socket}: ${stderr}`);
  return config.guest;
}
