/** Command lines of QEMU with `$1`, `$2` for devices of a host, and what QEMU says of them. */

/** The text with addresses for `$1`, `$2`. */
export function fillAddresses(text: string, addresses: readonly string[]): string {
  return addresses.reduce((whole, address, index) => whole.replaceAll(`$${index + 1}`, address), text);
}

/** Addresses as `$1`, `$2` again. */
export function restoreAddresses(text: string, addresses: readonly string[]): string {
  return addresses.reduce((whole, address, index) => whole.replaceAll(address, `$${index + 1}`), text);
}

/** `vfio-pci: words` for a line of standard error about a device of the command line. */
export function attributeLine(line: string, words: readonly string[]): string {
  const text = line.replace(/^qemu-system-\w+: /, '');
  for (const [index, word] of words.entries()) {
    const prefix = `-device ${words[index + 1]}: `;
    if (word === '-device' && text.startsWith(prefix)) return `${words[index + 1]?.split(',')[0]}: ${text.slice(prefix.length)}`;
  }
  return text;
}

/** QMP for a line of QEMU's human monitor. */
export function monitorLine(line: string): object {
  return { execute: 'human-monitor-command', arguments: { 'command-line': line } };
}
