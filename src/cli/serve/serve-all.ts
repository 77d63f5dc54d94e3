/** Serves devices that are ready: sockets, services, metrics and control, from the first word to the last. */
import { notifyServiceManager } from '../../linux/service-manager/index.ts';
import { StandbyThreads } from '../../linux/unix-transport/index.ts';
import type { ViewRequest } from '../../pure/guest-view/index.ts';
import { EXIT } from '../command.ts';
import { type ControlServer, serveControl } from '../control/control-server.ts';
import { painter, print, printError } from '../output.ts';
import { cloudHypervisorArguments, qemuArguments } from './attach-words.ts';
import { ControlledService } from './controlled-service.ts';
import { DeviceService } from './device-service.ts';
import { openListeners } from './listeners.ts';
import { type MetricsServer, serveMetrics } from './metrics.ts';
import { formatDevice, type Prepared } from './prepare.ts';
import type { ServeSettings } from './settings.ts';

const WORKER = new URL('./serve-worker.js', import.meta.url);
/** A VMM connects to its devices at once, one after the other; each thread that waits costs 10 MB. */
const MOST_STANDBYS = 4;

export interface ServeOptions {
  readonly settings: ServeSettings;
  /** What all devices were realized under; null under the profile raw. */
  readonly request: ViewRequest | null;
  readonly makesFolder: boolean;
  readonly signal: Promise<NodeJS.Signals>;
}

function formatReady({ name, socket, host }: Prepared['source']): string[] {
  const paint = painter();
  return [
    '',
    `${paint('strong', 'Ready:')} ${name} at ${socket}`,
    '  QEMU 10.1 or newer:',
    ...qemuArguments(socket, { isPinned: host !== null }).map(line => `    ${line}`),
    '  Cloud Hypervisor:',
    ...cloudHypervisorArguments(socket).map(line => `    ${line}`),
  ];
}

const tell = (line: string): void => printError(`airlock: ${line}`);

function announce(prepared: readonly Prepared[], metrics: MetricsServer | null, control: ControlServer | null): void {
  print(prepared.flatMap(({ source, report }) => [...formatDevice(source.device, report), ...formatReady(source)]));
  if (metrics !== null) print([`Metrics: ${metrics.url}`]);
  if (control !== null) print([`Control: airlock ctl ${control.path}`]);
  const what = prepared.length === 1 ? prepared[0]?.source.name : `${prepared.length} devices`;
  notifyServiceManager(['READY=1', `STATUS=serving ${what}`]);
}

function makeServices(prepared: readonly Prepared[], threads: StandbyThreads, serveOptions: ServeOptions): DeviceService[] {
  const { settings, makesFolder } = serveOptions;
  const listeners = openListeners(
    prepared.map(({ source }) => source.socket),
    { mode: settings.mode, makesFolder },
  );
  return prepared.map(({ source: { name, host }, order }, i) => {
    return new DeviceService({ ...settings, name, host, order, listener: listeners[i], threads, tell });
  });
}

/** Where services are asked from outside while they run. */
async function openDesks(
  services: readonly DeviceService[],
  prepared: readonly Prepared[],
  { settings, request }: ServeOptions,
): Promise<{ metrics: MetricsServer | null; control: ControlServer | null }> {
  const { metrics: listen, control: path } = settings;
  const metrics = listen === null ? null : await serveMetrics(listen, services);
  if (path === null) return { metrics, control: null };
  const devices = services.map((service, i) => new ControlledService(service, prepared[i], request));
  try {
    return { metrics, control: serveControl({ path, mode: 0o600, devices, tell }) };
  } catch (error) {
    metrics?.close();
    throw error;
  }
}

/**
 * Serves until a signal comes, or until each device had its client where one is all that is wanted; the number is the exit code. A fault
 * of ours ends one connection, and is what comes of the whole only where there are no others.
 */
export async function serveAll(prepared: readonly Prepared[], serveOptions: ServeOptions): Promise<number> {
  const threads = new StandbyThreads(WORKER, Math.min(prepared.length, MOST_STANDBYS));
  try {
    const services = makeServices(prepared, threads, serveOptions);
    await runServices(services, prepared, serveOptions);
    return serveOptions.settings.isOnce && services.some(({ faults }) => faults > 0) ? EXIT.fault : EXIT.fine;
  } finally {
    await threads.close();
  }
}

async function runServices(services: readonly DeviceService[], prepared: readonly Prepared[], serveOptions: ServeOptions): Promise<void> {
  const ended = Promise.all(services.map(service => service.ended)).then(() => null);
  // Until it is waited for below, one that cannot be served is nobody's news.
  ended.catch(() => {});
  let desks: Awaited<ReturnType<typeof openDesks>> | null = null;
  try {
    desks = await openDesks(services, prepared, serveOptions);
    announce(prepared, desks.metrics, desks.control);
    const reason = await Promise.race([serveOptions.signal, ended]);
    if (reason !== null) tell(`${reason}: ending`);
  } finally {
    notifyServiceManager(['STOPPING=1']);
    desks?.metrics?.close();
    await desks?.control?.close();
    await Promise.all(services.map(service => service.close()));
  }
}
