/** Runs QEMU of a host VM for many command lines: it is loaded once, and each line is a process of its own. many-lines.c is inside. */
import type { HostVm } from './booted-vm.ts';
import { type CommandResponse, encodeRequest, responseSplitter } from './protocol.ts';

/** Where the library is in a VM. */
const LIBRARY = '/usr/local/lib/many-lines.so';

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
}

const provided = new WeakMap<HostVm, Promise<void>>();

/** Once for each VM. */
function provide({ vm, library }: ManyLines): Promise<void> {
  const known = provided.get(vm) ?? vm.copyIn(library, LIBRARY);
  provided.set(vm, known);
  return known;
}

/** How each line ended, in their order. */
export async function runManyLines(many: ManyLines, lines: readonly QemuLine[]): Promise<CommandResponse[]> {
  await provide(many);
  const requests = lines.map(({ argv, stdin }, index) => encodeRequest({ id: index + 1, argv, stdin: Buffer.from(stdin) }));
  const responses: CommandResponse[] = [];
  const { bytes, stderr, code } = await many.vm.run(['env', `LD_PRELOAD=${LIBRARY}`, many.program], {
    stdin: Buffer.concat(requests),
    timeoutSeconds: 120 + 10 * lines.length,
  });
  responseSplitter(response => responses.push(response))(bytes.stdout);
  if (responses.length !== lines.length) {
    throw new Error(`${many.program} was to be run ${lines.length} times, was run ${responses.length} times: exit code ${code}, ${stderr}`);
  }
  return responses;
}
