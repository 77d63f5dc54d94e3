/** `airlock attach`: what a vfio-user server offers, as a VMM would meet it. */
import { setTimeout } from 'node:timers/promises';
import { SyscallError } from '../../linux/ffi/index.ts';
import { type ConnectedClient, connectClient } from '../../linux/unix-transport/index.ts';
import { decodeDevice } from '../../pure/pci/decode-device.ts';
import { formatAttach } from '../../pure/render/attach-text.ts';
import { formatLspci } from '../../pure/render/lspci/device.ts';
import { attachJson } from '../../pure/reports/attach-json.ts';
import type { AttachReport } from '../../pure/reports/attach-report.ts';
import { askServer } from '../ask-server.ts';
import { type CommandSpec, EXIT, type Options, UsageError } from '../command.ts';
import { deviceNames } from '../names.ts';
import { onlyOperand, SOCKET } from '../operands.ts';
import { painter, print, printError } from '../output.ts';
import { parseTimeout, TIMEOUT_OPTION } from '../timeout-option.ts';
import { endWords, noSocketWords, silenceWords } from '../unanswered.ts';

const FULL_VERBOSITY = 3;
const FULL_HEX = 4;

function connect(socket: string, options: Options): ConnectedClient {
  try {
    return connectClient(socket, options.flag('log-protocol') ? { log: line => printError(`airlock: ${line}`) } : {});
  } catch (error) {
    if (error instanceof SyscallError && error.code === 'ECONNREFUSED') throw new UsageError(noSocketWords(socket) ?? error.message);
    if (error instanceof SyscallError || error instanceof RangeError) throw new UsageError(error.message);
    throw error;
  }
}

/** The server is somebody else's program: whatever it does wrong becomes one line for the user. */
async function ask(socket: string, options: Options): Promise<AttachReport> {
  const seconds = parseTimeout(options);
  const connected = connect(socket, options);
  const hasAnswered = (): boolean => connected.client.counters.messages.some(count => count > 0);
  const late = setTimeout(seconds * 1000, null, { ref: false });
  try {
    const report = await Promise.race([askServer(connected.client, socket), late]);
    if (report === null) throw new UsageError(`Cannot ask ${socket}: ${silenceWords(socket, seconds, hasAnswered())}`);
    return report;
  } catch (error) {
    if (error instanceof UsageError || error instanceof TypeError) throw error;
    const { reason, error: why } = await connected.close();
    const words = reason === 'stopped' ? null : await endWords(socket, why, hasAnswered());
    throw new UsageError(`Cannot ask ${socket}: ${words ?? why?.message ?? (error instanceof Error ? error.message : String(error))}`);
  } finally {
    await connected.close();
  }
}

async function run(operands: readonly string[], options: Options): Promise<number> {
  const report = await ask(onlyOperand('attach', operands, SOCKET), options);
  if (options.flag('json')) {
    print(`${JSON.stringify(attachJson(report), null, 2)}\n`);
    return EXIT.fine;
  }
  print(formatAttach(report, painter()));
  if (report.config === null) return EXIT.fine;
  const hex = options.flag('hex') ? FULL_HEX : 0;
  const device = decodeDevice(report.config, null);
  print(['', ...formatLspci(device, { names: deviceNames(), numeric: 'both', verbosity: FULL_VERBOSITY, hex })]);
  return EXIT.fine;
}

export const command: CommandSpec = {
  name: 'attach',
  summary: 'what a vfio-user server offers, as a VMM would meet it',
  operands: 'SOCKET',
  options: [
    { name: 'json', help: 'one JSON document' },
    { name: 'hex', short: 'x', help: 'print the bytes of config space too' },
    TIMEOUT_OPTION,
    { name: 'log-protocol', help: 'print every message on standard error' },
  ],
  notes: [
    'Negotiates, asks for regions and interrupts, reads config space, and disconnects; it changes nothing of the device. A server takes one client at a time, so it does not answer while a VMM is connected; who is in the way is said, as far as the kernel tells.',
    'Any vfio-user server will do: airlock serve, libvfio-user, SPDK.',
    'Exit code: 0, or 2 where there is no server or it breaks the protocol.',
  ],
  examples: [
    ['airlock attach /tmp/gpu.sock', 'the device behind a socket'],
    ['airlock attach /tmp/gpu.sock --json', 'as JSON'],
  ],
  run,
};
