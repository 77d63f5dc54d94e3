/** What host and agent say to each other over the virtio console: a line of numbers, then bytes as they are. agent.c has the other end. */

/** Host to agent: run `argv`, which has a word at least, with `stdin`. `id` is not 0. */
export interface CommandRequest {
  readonly id: number;
  readonly argv: readonly string[];
  readonly stdin: Uint8Array;
}

/**
 * Agent to host: how a command ended. `code` is 128 + signal for one that a signal ended, 127 for one that could not be started. The
 * agent's first response has id 0; its `stdout` is the kernel's release.
 */
export interface CommandResponse {
  readonly id: number;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  readonly code: number;
  readonly timedOut: boolean;
}

/** The name of the virtio console's port. */
export const agentPort = 'airlock.agent';

/** Throws RangeError where an argument holds a zero byte, which no program can be given. */
export function encodeRequest({ id, argv, stdin }: CommandRequest): Uint8Array {
  if (argv.some(word => word.includes('\0'))) throw new RangeError(`An argument holds a zero byte: ${JSON.stringify(argv)}`);
  const words = Buffer.from(argv.map(word => `${word}\0`).join(''));
  const head = `${id} ${argv.length} ${words.length} ${stdin.length}\n`;
  return Buffer.concat([Buffer.from(head), words, stdin]);
}

/** Host to agent: kill the command of this ID with all its children; nothing happens where it has ended. */
export function encodeEnd(id: number): Uint8Array {
  return Buffer.from(`${id} 0 0 0\n`);
}

/** Collects bytes and hands on whole responses. */
export function responseSplitter(onResponse: (response: CommandResponse) => void): (chunk: Uint8Array) => void {
  let chunks: Uint8Array[] = [];
  let length = 0;
  /** Of the response that is coming, so that a long one is looked at once. */
  let wanted = 1;
  return chunk => {
    chunks.push(chunk);
    length += chunk.length;
    if (length < wanted) return;
    let rest = Buffer.concat(chunks, length);
    wanted = 1;
    for (let end = rest.indexOf(10); end !== -1; end = rest.indexOf(10)) {
      const [id = 0, code = 0, late = 0, out = 0, err = 0] = rest.toString('latin1', 0, end).split(' ').map(Number);
      const start = end + 1;
      wanted = start + out + err;
      if (rest.length < wanted) break;
      const [stdout, stderr] = [rest.subarray(start, start + out), rest.subarray(start + out, wanted)];
      rest = rest.subarray(wanted);
      wanted = 1;
      onResponse({ id, code, timedOut: late !== 0, stdout, stderr });
    }
    chunks = [rest];
    length = rest.length;
  };
}

/** Collects bytes and hands on whole lines. */
export function lineSplitter(onLine: (line: string) => void): (chunk: Uint8Array) => void {
  let parts: Buffer[] = [];
  return chunk => {
    let rest = Buffer.from(chunk);
    for (let end = rest.indexOf(10); end !== -1; end = rest.indexOf(10)) {
      parts.push(rest.subarray(0, end));
      const line = Buffer.concat(parts).toString('utf8');
      parts = [];
      rest = rest.subarray(end + 1);
      onLine(line);
    }
    if (rest.length > 0) parts.push(rest);
  };
}
