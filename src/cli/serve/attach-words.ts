/** The command-line words that attach a VMM to a socket. */

/** A word of a shell's command line, quoted where it must be. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/**
 * QEMU 10.1 and newer: shared memory of the guest's size, so that DMA reaches it, and the device. QEMU's vfio-user-pci is built on its
 * vfio-pci, so extended capabilities need an express bus: a root port. Lines of a shell, which may be indented.
 *
 * With a real device QEMU waits for one reply until all guest memory is pinned, which may take longer than its default of 5 s.
 */
export function qemuArguments(socket: string, { isPinned = false, memory = '2G' } = {}): readonly string[] {
  const patience = isPinned ? '"x-msg-timeout":60000,' : '';
  // JSON allows white space between its parts, so the two lines stay one word.
  const device = `{"driver":"vfio-user-pci","bus":"rp1",${patience}\n"socket":${JSON.stringify({ type: 'unix', path: socket })}}`;
  return [
    `-m ${memory} -object memory-backend-memfd,id=mem,size=${memory},share=on \\`,
    '-machine q35,memory-backend=mem -device pcie-root-port,id=rp1 \\',
    ...`-device ${shellWord(device)}`.split('\n'),
  ];
}

/** Cloud Hypervisor; lines as above. */
export function cloudHypervisorArguments(socket: string): readonly string[] {
  return [`--memory size=2G,shared=on --user-device ${shellWord(`socket=${socket}`)}`];
}
