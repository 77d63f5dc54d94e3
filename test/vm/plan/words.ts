/** Words of a command line, as a table writes them and as a shell takes them. */

/** What every line of x86 begins with: no processor runs, and little memory, since all of it is pinned. */
export const QEMU_RUN = [
  ...(['qemu-system-x86_64', '-nodefaults', '-no-user-config', '-display', 'none', '-qmp', 'stdio', '-S'] as const),
  ...(['-accel', 'qtest', '-m', '2M'] as const),
] as const;

/** A command line as it is typed. */
export interface TypedLine {
  /** The program first. */
  readonly words: readonly string[];
  /** What it names, by the path in the VM. */
  readonly files: ReadonlyMap<string, string>;
}

/** The words of a line in which single quotes hold what has spaces. */
export function splitWords(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|\S+/g)].map(([word, quoted]) => quoted ?? word);
}

/** The words as a shell is given them. */
export function wordsInLine(words: readonly string[]): string {
  return words.map(word => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
}
