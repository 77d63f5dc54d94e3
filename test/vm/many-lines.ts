/** Runs QEMU of a host VM for many command lines: it is loaded once, and each line is a process of its own. many-lines.c is inside. */
import type { HostVm } from './booted-vm.ts';
import { type CommandResponse, encodeRequest, responseSplitter } from './protocol.ts';
import { type CommandResult, CommandTimeoutError } from './running-vm.ts';

/** Where the library is in a VM. */
const LIBRARY = '/usr/local/lib/many-lines.so';
/** For all lines, where two minutes for each are more: below the deadline of the test that waits. */
const MOST_SECONDS = 1100;

/** One command line; `argv` begins with the program. */
export interface QemuLine {
  readonly argv: readonly string[];
  readonly stdin: string;
}

export interface ManyLines {
  readonly vm: HostVm;
  /** The path of many-lines.c as a library, on this machine. */
  readonly library: string;
  readonly program: string;
  /** `NAME=VALUE` each. */
  readonly environment?: readonly string[];
}

const provided = new WeakMap<HostVm, Promise<void>>();

/** Once for each VM. */
function provide({ vm, library }: ManyLines): Promise<void> {
  const known = provided.get(vm) ?? vm.copyIn(library, LIBRARY);
  provided.set(vm, known);
  return known;
}

function responsesIn({ bytes, stderr, code }: CommandResult, lines: readonly QemuLine[]): CommandResponse[] {
  const responses: CommandResponse[] = [];
  responseSplitter(response => responses.push(response))(bytes.stdout);
  const { length } = responses;
  if (length !== lines.length) {
    throw new Error(`${length} of ${lines.length} runs ended, exit code ${code}, ${stderr}; not: ${lines[length]?.argv.join(' ')}`);
  }
  return responses;
}

/** How each line ended, in their order. */
export async function runManyLines(many: ManyLines, lines: readonly QemuLine[]): Promise<CommandResponse[]> {
  await provide(many);
  const requests = lines.map(({ argv, stdin }, index) => encodeRequest({ id: index + 1, argv, stdin: Buffer.from(stdin) }));
  const words = ['env', ...(many.environment ?? []), `LD_PRELOAD=${LIBRARY}`, many.program];
  const options = { stdin: Buffer.concat(requests), timeoutSeconds: Math.min(120 * (1 + lines.length), MOST_SECONDS) };
  try {
    return responsesIn(await many.vm.run(words, options), lines);
  } catch (error) {
    // Time passes on this machine: the VM's own clock is another one.
    if (error instanceof CommandTimeoutError) responsesIn(error.result, lines);
    throw error;
  }
}
