/** What host and agent say to each other over the virtio console: one JSON value a line, bytes in base64. */

/** Host to agent: run `argv` with `stdin`, and end it with all its children after `timeoutSeconds`. */
export interface CommandRequest {
  readonly id: number;
  readonly argv: readonly string[];
  readonly stdin: string;
  readonly timeoutSeconds: number;
}

/** Agent to host: how a command ended. `code` is 128 + signal for one that a signal ended, 127 for one that could not be started. */
export interface CommandResponse {
  readonly id: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
  readonly timedOut: boolean;
}

/** The agent's first line, its id is 0. */
export interface AgentReady {
  readonly id: 0;
  readonly release: string;
}

/** The name of the virtio console's port. */
export const agentPort = 'airlock.agent';

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
