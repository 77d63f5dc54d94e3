/** Serves devices that are ready: sockets, services, metrics and control, from the first word to the last. */
import { notifyServiceManager } from '../linux/service-manager/index.ts';
import { StandbyThreads } from '../linux/unix-transport/index.ts';
import { type ControlServer, serveControl } from './control/control-server.ts';
import { type Amend, ControlledService } from './controlled-service.ts';
import { DeviceService } from './device-service.ts';
import { openListeners } from './listeners.ts';
import { type MetricsServer, serveMetrics } from './metrics.ts';
import type { Prepared, Source } from './prepare.ts';
import type { ServeStart } from './protocol.ts';
import type { ServeSettings } from './serve-settings.ts';

const WORKER = new URL('./serve-worker.mjs', import.meta.url);
/** A VMM connects to its devices at once, one after the other; each thread that waits costs 10 MB. */
const MOST_STANDBYS = 4;

/** Where running services answer requests; null for each that the user did not ask for. */
export interface Desks {
  readonly metrics: MetricsServer | null;
  readonly control: ControlServer | null;
}

export interface ServeOptions {
  readonly settings: ServeSettings;
  /** Makes the request with `NAME=VALUE` words added; null under the profile raw. */
  readonly amend: Amend | null;
  /** The lines that name a device for people. */
  readonly heading: (source: Source) => readonly string[];
  readonly makesFolder: boolean;
  readonly signal: Promise<NodeJS.Signals>;
  /** Called once all devices can be reached. */
  readonly announce: (desks: Desks) => void;
  /** Takes messages for the user, one line at a time. */
  readonly tell: (line: string) => void;
}

function tellManager(prepared: readonly Prepared[]): void {
  const what = prepared.length === 1 ? prepared[0]?.source.name : `${prepared.length} devices`;
  notifyServiceManager(['READY=1', `STATUS=serving ${what}`]);
}

/** The first device as a replay: what is rehearsed touches no hardware. */
function rehearsalOf([first]: readonly Prepared[]): ServeStart | undefined {
  return first === undefined ? undefined : { order: { ...first.order, lent: null }, state: null, isFresh: true, isLogged: false };
}

function makeServices(prepared: readonly Prepared[], threads: StandbyThreads, serveOptions: ServeOptions): DeviceService[] {
  const { settings, makesFolder, tell } = serveOptions;
  const listeners = openListeners(
    prepared.map(({ source }) => source.socket),
    { mode: settings.mode, makesFolder },
  );
  return prepared.map(({ source: { name, host }, order }, i) => {
    return new DeviceService({ ...settings, name, host, order, listener: listeners[i], threads, tell });
  });
}

/** Opens the control socket and the metrics of running services. */
async function openDesks(
  services: readonly DeviceService[],
  prepared: readonly Prepared[],
  { settings, amend, heading, tell }: ServeOptions,
): Promise<Desks> {
  const { metrics: listen, control: path } = settings;
  const metrics = listen === null ? null : await serveMetrics(listen, services);
  if (path === null) return { metrics, control: null };
  const devices = services.map(
    (service, i) => new ControlledService(service, prepared[i], { heading: heading(prepared[i].source), amend }),
  );
  try {
    return { metrics, control: serveControl({ path, mode: 0o600, devices, tell }) };
  } catch (error) {
    metrics?.close();
    throw error;
  }
}

/**
 * Serves until a signal comes or, with `once`, until each device has had its client. `isFault` is set with `once` alone: a fault of ours
 * ends one connection, and where others may follow the service goes on.
 */
export async function serveAll(prepared: readonly Prepared[], serveOptions: ServeOptions): Promise<{ readonly isFault: boolean }> {
  const threads = new StandbyThreads(WORKER, Math.min(prepared.length, MOST_STANDBYS), {
    most: prepared.length,
    rehearsal: rehearsalOf(prepared),
  });
  try {
    const services = makeServices(prepared, threads, serveOptions);
    await runServices(services, prepared, serveOptions);
    return { isFault: serveOptions.settings.isOnce && services.some(({ faults }) => faults > 0) };
  } finally {
    await threads.close();
  }
}

async function runServices(services: readonly DeviceService[], prepared: readonly Prepared[], serveOptions: ServeOptions): Promise<void> {
  const ended = Promise.all(services.map(service => service.ended)).then(() => null);
  // It is awaited below; a rejection before that must not count as unhandled.
  ended.catch(() => {});
  let desks: Desks | null = null;
  try {
    desks = await openDesks(services, prepared, serveOptions);
    serveOptions.announce(desks);
    tellManager(prepared);
    const reason = await Promise.race([serveOptions.signal, ended]);
    if (reason !== null) serveOptions.tell(`${reason}: ending`);
  } finally {
    notifyServiceManager(['STOPPING=1']);
    desks?.metrics?.close();
    await desks?.control?.close();
    await Promise.all(services.map(service => service.close()));
  }
}
