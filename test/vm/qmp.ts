/** QEMU's monitor, as the QMP specification has it: greeting, qmp_capabilities, then one answer for each command. */
import { openChannel } from './channel.ts';
import { lineSplitter } from './protocol.ts';

export interface Qmp {
  /** The value of `return`; an Error with QEMU's words where it refuses. */
  execute(command: string, args?: object): Promise<unknown>;
  /** Ends everything that waits. */
  fail(error: Error): void;
  close(): void;
}

interface QmpMessage {
  readonly id?: number;
  readonly return?: unknown;
  readonly error?: { readonly class: string; readonly desc: string };
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Listens at `path` for QEMU; commands given before it connects wait for it. */
export async function openQmp(path: string): Promise<Qmp> {
  const waiting = new Map<number, Waiting>();
  let nextId = 1;
  const onLine = (line: string) => {
    if (line.trim() === '') return;
    // The greeting and the events have no id.
    const { id, error, return: answer } = JSON.parse(line) as QmpMessage;
    if (id === undefined) return;
    const command = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) command?.resolve(answer);
    else command?.reject(new Error(`${error.class}: ${error.desc}`));
  };
  const channel = await openChannel(path, lineSplitter(onLine));
  const send = (message: object) => channel.send(`${JSON.stringify(message)}\n`);
  send({ execute: 'qmp_capabilities' });
  return {
    execute(command, args = {}) {
      return new Promise((resolve, reject) => {
        const id = nextId++;
        waiting.set(id, { resolve, reject });
        send({ execute: command, arguments: args, id });
      });
    },
    fail(error) {
      for (const { reject } of waiting.values()) reject(error);
      waiting.clear();
    },
    close: () => channel.close(),
  };
}
