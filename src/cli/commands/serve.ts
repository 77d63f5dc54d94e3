/** `airlock serve`: be the device behind a VM's slot, over vfio-user. */
import { notifyServiceManager } from '../../linux/service-manager/index.ts';
import { PROFILES } from '../../pure/guest-view/profiles.ts';
import { type CommandSpec, EXIT, type OptionSpec, type Options, UsageError } from '../command.ts';
import { onlyOperand, parseSlot } from '../operands.ts';
import { painter, print, printError } from '../output.ts';
import { cloudHypervisorArguments, qemuArguments } from '../serve/attach-words.ts';
import { DeviceService } from '../serve/device-service.ts';
import { openListeners } from '../serve/listeners.ts';
import { type MetricsServer, serveMetrics } from '../serve/metrics.ts';
import { type Prepared, prepareAll, RAW } from '../serve/prepare.ts';
import { parseSettings, type ServeSettings } from '../serve/settings.ts';
import { readSources } from '../serve/sources.ts';
import { VIEW_OPTIONS } from '../view-options.ts';

function formatReady({ name, socket }: Prepared['source']): string[] {
  const paint = painter();
  return [
    '',
    `${paint('strong', 'Ready:')} ${name} at ${socket}`,
    '  QEMU 10.1 or newer:',
    ...qemuArguments(socket).map(line => `    ${line}`),
    '  Cloud Hypervisor:',
    ...cloudHypervisorArguments(socket).map(line => `    ${line}`),
  ];
}

/** Resolves at the first signal that asks to end; a second one of its kind ends the process at once. */
function untilSignal(): Promise<NodeJS.Signals> {
  return new Promise(resolve => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve(signal));
  });
}

function announce(prepared: readonly Prepared[], metrics: MetricsServer | null): void {
  print(prepared.flatMap(({ lines, source }) => [...lines, ...formatReady(source)]));
  if (metrics !== null) print(`Metrics: ${metrics.url}\n`);
  const what = prepared.length === 1 ? prepared[0]?.source.name : `${prepared.length} devices`;
  notifyServiceManager(['READY=1', `STATUS=serving ${what}`]);
}

/** Serves until a signal comes, or until each device had its client where one is all that is wanted. */
async function serveAll(prepared: readonly Prepared[], settings: ServeSettings, makesFolder: boolean): Promise<void> {
  const signal = untilSignal();
  const { metrics: listen, mode } = settings;
  const listeners = openListeners(
    prepared.map(({ source }) => source.socket),
    { mode, makesFolder },
  );
  const tell = (line: string): void => printError(`airlock: ${line}`);
  const services = prepared.map(
    ({ source: { name }, order }, i) => new DeviceService({ ...settings, name, order, listener: listeners[i], tell }),
  );
  const ended = Promise.all(services.map(service => service.ended)).then(() => null);
  // Until it is waited for below, one that cannot be served is nobody's news.
  ended.catch(() => {});
  let metrics: MetricsServer | null = null;
  try {
    if (listen !== null) metrics = await serveMetrics(listen, services);
    announce(prepared, metrics);
    const reason = await Promise.race([signal, ended]);
    if (reason !== null) tell(`${reason}: ending`);
  } finally {
    notifyServiceManager(['STOPPING=1']);
    metrics?.close();
    await Promise.all(services.map(service => service.close()));
  }
}

async function run(operands: readonly string[], options: Options): Promise<number> {
  const input = onlyOperand('serve', operands);
  const socket = options.value('socket');
  if (socket === undefined) throw new UsageError('airlock serve needs --socket PATH; see airlock serve --help');
  const settings = parseSettings(options);
  const { sources, isFolder } = await readSources(input, parseSlot(options), socket);
  const prepared = prepareAll(sources, options);
  if (prepared === null) return EXIT.failed;
  await serveAll(prepared, settings, isFolder);
  return EXIT.fine;
}

/** As in `view`, with one profile more. */
function serveOption(option: OptionSpec): OptionSpec {
  if (option.name !== 'profile') return option;
  return { ...option, choices: [...Object.keys(PROFILES), RAW], help: `${option.help}, or raw: the bytes untouched` };
}

export const command: CommandSpec = {
  name: 'serve',
  summary: "be the device behind a VM's slot, over vfio-user",
  operands: 'SOURCE',
  options: [
    { name: 'socket', value: 'PATH', help: 'where VMMs connect; for a folder of sources the folder of the sockets' },
    { name: 'slot', short: 's', value: 'BDF', help: 'the device at this address' },
    ...VIEW_OPTIONS.map(serveOption),
    { name: 'once', help: 'end when the first client is gone' },
    { name: 'mode', value: 'MODE', help: 'permissions of the socket; default 0600' },
    { name: 'spin', value: 'US', help: 'microseconds for which a connection polls after a message; default 100, 0 never' },
    { name: 'log-protocol', help: 'every message on standard error' },
    { name: 'metrics', value: '[ADDR:]PORT', help: 'answer http://127.0.0.1:PORT/metrics in the format of Prometheus' },
  ],
  notes: [
    'SOURCE is a capture, a dump of lspci -xxxx or raw config space, or a folder of them, each device of which gets a socket. The config space that clients read is the guest view of airlock view with the same options; regions are memory.',
    'One client at a time is served by each socket, in a thread of its own; the state of the device stays when a client goes. A socket that a server left behind is replaced, one where a server listens is not. SIGTERM ends everything and removes the sockets.',
    'QEMU runs its own rules over what it is given, as it does with a device of the host: airlock view --profile qemu-11.1 --bytes vfio says what they make of it.',
    'Under systemd: readiness is notified, and sockets that the manager passes are used, in order.',
    'Exit code: 0, 1 where a device fails to realize, 2 for usage, unreadable input or a socket that cannot be made.',
  ],
  examples: [
    ['airlock serve capture.json --socket /tmp/gpu.sock', 'one device, ATS as the capture says'],
    ['airlock serve dump.txt -s 3b:00.0 --ats off --socket /tmp/nic.sock', 'a device of a dump, without ATS'],
    ['airlock serve captures/ --socket /run/airlock', 'each device of a folder'],
  ],
  run,
};
