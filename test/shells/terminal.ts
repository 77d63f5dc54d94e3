/** A shell on a terminal of its own: keys go in as a person types them, and what the shell made of the line comes out. */
import { type ChildProcess, spawn } from 'node:child_process';

/** How long a shell may take for one line. */
const DEADLINE_MS = 30_000;
const TAB = '\t';
/** To the start of the line, in bash, zsh (emacs keys) and fish. */
const HOME_KEY = '\u0001';
const ENTER = '\r';

/** Without colours and other orders to the terminal (ECMA-48 §5.4, and xterm's OSC). */
function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the orders to the terminal
  return text.replace(/\u001b\][^\u0007]*\u0007|\u001b[[(][0-9;?]*[ -/]*[@-~]|[\u0007\r]/g, '');
}

export class Terminal {
  readonly #child: ChildProcess;
  #output = '';
  #lines = 0;

  /** `script` of util-linux gives the terminal. */
  constructor(command: string, options: { env: Record<string, string>; cwd: string }) {
    this.#child = spawn('script', ['-qec', command, '/dev/null'], { ...options, stdio: ['pipe', 'pipe', 'inherit'] });
    this.#child.stdout?.on('data', (data: Buffer) => {
      this.#output += data.toString('utf8');
    });
    // A shell that has ended is told by the deadline of whoever waits.
    this.#child.stdin?.on('error', () => {});
  }

  /** Ends the shell as a person does, so that it has written its history when this resolves. */
  async end(): Promise<void> {
    const child = this.#child;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise<void>(resolve => {
      child.once('exit', () => resolve());
    });
    child.stdin?.write(`exit${ENTER}`);
    const timer = setTimeout(() => child.kill('SIGKILL'), DEADLINE_MS);
    await ended;
    clearTimeout(timer);
  }

  async #until(text: string, from: number): Promise<string> {
    const end = Date.now() + DEADLINE_MS;
    while (!plain(this.#output.slice(from)).includes(text)) {
      if (Date.now() > end)
        throw new Error(`no ${JSON.stringify(text)} within ${DEADLINE_MS} ms: ${JSON.stringify(this.#output.slice(from))}`);
      await new Promise(next => setTimeout(next, 20));
    }
    return plain(this.#output.slice(from));
  }

  /** Runs a line as it is; resolves with all that came until it was done. */
  async run(line: string): Promise<string> {
    const from = this.#output.length;
    // The mark is not in the echo of what was typed.
    const mark = `done-${++this.#lines}-`;
    this.#child.stdin?.write(`${line}${ENTER}echo ${mark.slice(0, 2)}''${mark.slice(2)}${ENTER}`);
    return this.#until(`${mark}\n`, from);
  }

  /** The words of the line after `typed`, a TAB and `then`: what the shell would have run. */
  async complete(typed: string, then = ''): Promise<string[]> {
    const text = await this.run(`${typed}${TAB}${then}${HOME_KEY}printf '<%s>\\n' `);
    return [...text.matchAll(/^<([^%\n]*)>$/gm)].map(([, word = '']) => word);
  }

  /** What the shell shows for `typed` and two TABs; the line is thrown away. */
  async list(typed: string): Promise<string> {
    return this.run(`${typed}${TAB}${TAB}${HOME_KEY}: `);
  }
}
