/** `airlock ctl`: asks a running `serve` about its devices, and changes what the next client gets. */
import { existsSync } from 'node:fs';
import { formatChange, formatCounters, formatDescription, formatDeviceList } from '../../pure/render/control-text.ts';
import type { ControlResults } from '../../pure/reports/schemas/control.ts';
import { CONTROL_SCHEMA_VERSION } from '../../pure/reports/versions.ts';
import { shorten } from '../../pure/text/shorten.ts';
import { askControl } from '../../service/control/control-client.ts';
import { RefusedError } from '../../service/control/controlled-device.ts';
import { type ControlRequest, REQUESTS } from '../../service/control/protocol.ts';
import { type CommandSpec, EXIT, type Options, UsageError } from '../command.ts';
import { painter, print, printError } from '../output.ts';
import { parseTimeout, TIMEOUT_OPTION } from '../timeout-option.ts';

function noneOf(request: string, extra: string | undefined): void {
  if (extra !== undefined) throw new UsageError(`airlock ctl SOCKET ${request} does not take "${extra}"; see airlock ctl --help`);
}

/** The words after the socket. A device may be left out where only one is served: the server knows. */
function parseWords([request = 'list', ...words]: readonly string[]): ControlRequest {
  const [first, ...rest] = words;
  const device = first === undefined ? {} : { device: first };
  switch (request) {
    case 'list':
      noneOf(request, first);
      return { request };
    case 'show':
    case 'counters':
    case 'end':
      noneOf(request, rest[0]);
      return { request, ...device };
    case 'set': {
      // A word without `=` names the device.
      const [chosen, properties] = first?.includes('=') ? [{}, words] : [device, rest];
      if (properties.length === 0) throw new UsageError('airlock ctl SOCKET set needs NAME=VALUE, such as ats=off');
      return { request, ...chosen, properties };
    }
    case 'unset': {
      const valued = words.find(word => word.includes('='));
      if (valued !== undefined) {
        throw new UsageError(`airlock ctl SOCKET unset takes names of properties, not "${shorten(valued)}"; see airlock ctl --help`);
      }
      // The server knows whether the first word is a device.
      return { request, ...device, properties: rest };
    }
    default:
      throw new UsageError(`airlock ctl has no request "${shorten(request)}": wanted ${REQUESTS.join(', ')}`);
  }
}

const FORMATS: { readonly [Name in keyof ControlResults]: (result: ControlResults[Name]) => readonly string[] } = {
  list: ({ devices }) => formatDeviceList(devices, painter()),
  show: ({ device }) => formatDescription(device, painter()),
  counters: ({ devices }) => devices.flatMap((counters, i) => [...(i === 0 ? [] : ['']), ...formatCounters(counters, painter())]),
  end: ({ name, wasConnected }) => [
    wasConnected ? `${name}: the session is ended, the next client may come` : `${name}: no client is connected`,
  ],
  set: change => formatChange(change, painter()),
  unset: change => formatChange(change, painter()),
};

async function ask<Name extends keyof ControlResults>(
  socket: string,
  request: ControlRequest & { readonly request: Name },
  options: Options,
): Promise<void> {
  const result = (await askControl(socket, request, { timeout: parseTimeout(options) })) as ControlResults[Name];
  if (options.flag('json')) print(`${JSON.stringify({ schemaVersion: CONTROL_SCHEMA_VERSION, ...result }, null, 2)}\n`);
  else print(FORMATS[request.request](result));
}

async function run(operands: readonly string[], options: Options): Promise<number> {
  const [socket, ...words] = operands;
  if (socket === undefined) throw new UsageError('airlock ctl needs the socket of serve --control; see airlock ctl --help');
  if (REQUESTS.some(request => request === socket) && !existsSync(socket)) {
    throw new UsageError(`airlock ctl takes the socket before the request: airlock ctl SOCKET ${socket}`);
  }
  try {
    await ask(socket, parseWords(words), options);
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    printError(`airlock: ${error.message}`);
    return EXIT.failed;
  }
  return EXIT.fine;
}

export const command: CommandSpec = {
  name: 'ctl',
  summary: 'ask a running serve about its devices, and change them',
  operands: 'SOCKET [REQUEST [DEVICE] [NAME[=VALUE]...]]',
  options: [{ name: 'json', help: 'one JSON document' }, TIMEOUT_OPTION],
  notes: [
    'SOCKET is the one of airlock serve --control SOCKET. DEVICE is a name that list shows; it may be left out where one device is served.',
    'list (default): every device. show: one with what its guest sees, every property with its source, and what waits for the next client. counters: clients, messages and bytes since the start.',
    'end: ends the session of the client that is connected; the next one may come at once.',
    'set: realizes the device anew with these properties, on top of those of serve; the next client gets it, the one that is connected keeps what it has. unset: takes that back, for these names (NAME...) or for all.',
    'Exit code: 0, 1 where the device would fail to realize, and nothing is changed, 2 for usage or where nobody answers.',
  ],
  examples: [
    ['airlock ctl /run/airlock/control', 'every device'],
    ['airlock ctl /run/airlock/control show gpu', 'what its guest sees, and why'],
    ['airlock ctl /run/airlock/control set gpu ats=off', 'no ATS for the next VM'],
  ],
  run,
};
