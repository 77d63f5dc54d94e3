/** Opens an address in the user's browser. */
import { spawn } from 'node:child_process';

/** The program that opens addresses, with its first words; null where there is no display that a browser could appear on. */
export function opener(platform: NodeJS.Platform, env: NodeJS.ProcessEnv): readonly [program: string, ...words: string[]] | null {
  if (platform === 'darwin') return ['open'];
  // `start` takes its first word in quotes as the title of a window.
  if (platform === 'win32') return ['cmd', '/c', 'start', '""'];
  return env.DISPLAY || env.WAYLAND_DISPLAY ? ['xdg-open'] : null;
}

/** Opens `address`, which holds no character that a shell takes for more than itself; tells where no browser could be started. */
export function openBrowser(address: string, tell: (words: string) => void): void {
  const found = opener(process.platform, process.env);
  if (found === null) return;
  const [program, ...words] = found;
  const child = spawn(program, [...words, address], { stdio: 'ignore', detached: true });
  child.once('error', () => tell(`no browser could be opened: ${program} cannot be run; open the address yourself`));
  child.once('exit', code => {
    if (code !== null && code !== 0) tell(`no browser could be opened: ${program} ended with ${code}; open the address yourself`);
  });
  child.unref();
}
