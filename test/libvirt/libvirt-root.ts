/** libvirt in the root of test/libvirt/install: what it makes of domains, and what its schema says of them. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const installed = spawnSync(join(import.meta.dirname, 'install'), ['--print'], { encoding: 'utf8' });
const root = join(installed.stdout.trim(), 'root');

/** The reason why tests with libvirt cannot run here, or false. */
export const skip =
  process.getuid?.() !== 0
    ? 'needs root: libvirt runs in a chroot'
    : installed.status === 0
      ? false
      : 'the root of libvirt is missing: run test/libvirt/install';

/** What libvirt makes of a domain: QEMU's command line, or its error. */
export type Answer = { readonly argv: string } | { readonly error: string };

/** No document has it. */
const MARK = '@@ document ';

/** The environment of every program in the root. */
const ENVIRONMENT = ['env', '-i', 'PATH=/usr/sbin:/usr/bin:/sbin:/bin', 'HOME=/tmp', 'LC_ALL=C.UTF-8'];

/** The command lines for domains, in their order; one libvirt of its own answers for all of them. */
export function toNative(texts: readonly string[]): readonly Answer[] {
  return inFolder(texts, (folder, files) => {
    const script = files.flatMap((file, index) => [`echo "${MARK}${index}"`, `domxml-to-native qemu-argv ${file}`]).join('\n');
    const virsh = `virsh -q -c 'qemu:///embed?root=${folder}/embed' 2>&1`;
    // libvirt looks at its own process in /proc, and QEMU at what it is asked for must not outlive it.
    const words = ['-m', '-p', '-f', `--mount-proc=${root}/proc`, 'chroot', root, ...ENVIRONMENT, 'sh', '-c', virsh];
    const { stdout, error } = spawnSync('unshare', words, { encoding: 'utf8', input: script, maxBuffer: 1 << 28, timeout: 300_000 });
    if (error) throw error;
    return texts.map((_, index) => answerOf(stdout, index));
  });
}

function answerOf(output: string, index: number): Answer {
  // virsh repeats what it reads; only what it prints itself begins a line with the mark.
  const start = output.indexOf(`\n${MARK}${index}`) + 1;
  if (start === 0) throw new Error(`virsh did not come to document ${index}: ${output.slice(-2000)}`);
  const end = output.indexOf(`\n${MARK}${index + 1}`, start);
  const lines = output.slice(start, end < 0 ? undefined : end).split('\n');
  const error = lines.find(line => line.startsWith('error: '));
  if (error !== undefined) return { error: error.replace(/^error: (?:[a-z A-Z]+: )?/, '') };
  const argv = lines.find(line => line.startsWith('LC_ALL='));
  if (argv === undefined) throw new Error(`virsh says neither an error nor a command: ${lines.join('\n').slice(0, 2000)}`);
  return { argv: argv.replace(/virsh # .*$/, '') };
}

/** Whether libvirt's schema takes each document. */
export function isValid(texts: readonly string[]): readonly boolean[] {
  return inFolder(texts, (_, files) => {
    const words = [root, ...ENVIRONMENT, 'xmllint', '--noout', '--relaxng', '/usr/share/libvirt/schemas/domain.rng', ...files];
    const { stderr, error } = spawnSync('chroot', words, { encoding: 'utf8', maxBuffer: 1 << 28, timeout: 300_000 });
    if (error) throw error;
    const verdicts = new Map([...stderr.matchAll(/^(\S+) (validates|fails to validate)$/gm)].map(([, file, words]) => [file, words]));
    return files.map(file => {
      const verdict = verdicts.get(file);
      if (verdict === undefined) throw new Error(`xmllint says nothing of ${file}: ${stderr.slice(-2000)}`);
      return verdict === 'validates';
    });
  });
}

/** Writes texts into a folder of the root, which is gone in the end; what is given are the paths inside of it. */
function inFolder<T>(texts: readonly string[], use: (folder: string, files: readonly string[]) => T): T {
  const outside = mkdtempSync(join(root, 'tmp/airlock-'));
  try {
    const folder = `/tmp/${basename(outside)}`;
    const files = texts.map((text, index) => {
      writeFileSync(join(outside, `${index}.xml`), text);
      return `${folder}/${index}.xml`;
    });
    return use(folder, files);
  } finally {
    rmSync(outside, { recursive: true, force: true });
  }
}
