/** A thread that serves the devices of one QEMU with our own server: it blocks in poll(2), which costs less than an event loop. */
import { unlinkSync } from 'node:fs';
import { parentPort, receiveMessageOnPort } from 'node:worker_threads';
import { acceptUnix, bindUnix, createUnixSocket, type Descriptor, listenUnix, POLLIN, PollSet } from '../../../src/linux/ffi/index.ts';
import { LinuxPlatform, UnixConnection } from '../../../src/linux/unix-transport/index.ts';
import { VfioUserServer } from '../../../src/pure/vfio-user/index.ts';
import type { ServedConfig } from './device-server.ts';
import { ServedFunction } from './served-function.ts';

/** Milliseconds after which the thread looks whether it is to stop. */
const LOOK = 20;
/** And so many turns, where there is always something to do. */
const TURNS = 256;

const platform = new LinuxPlatform();

/** A device's socket: first that of the listener, then that of its one connection. */
class Place {
  readonly #config: ServedConfig;
  readonly #listener: Descriptor;
  #connection: UnixConnection | null = null;

  constructor(config: ServedConfig) {
    this.#config = config;
    this.#listener = createUnixSocket(config.socketPath);
    bindUnix(this.#listener, config.socketPath);
    listenUnix(this.#listener, 1);
  }

  /** What to wait for; null once the connection ended. */
  get socket(): Descriptor | null {
    if (this.#connection === null) return this.#listener;
    return this.#connection.end === null ? this.#connection.socket : null;
  }

  step(): void {
    if (this.#connection !== null) {
      this.#connection.step();
      return;
    }
    const socket = acceptUnix(this.#listener);
    if (socket === null) return;
    const device = new ServedFunction(this.#config.bytes, this.#config.barSizes);
    this.#connection = new UnixConnection(socket, carrier => new VfioUserServer({ device, platform, carrier }));
  }

  close(): void {
    this.#connection?.close();
    this.#listener.close();
    unlinkSync(this.#config.socketPath);
  }
}

function isToStop(): boolean {
  return parentPort !== null && receiveMessageOnPort(parentPort) !== undefined;
}

/** Serves until the next message comes. */
function serve(places: readonly Place[]): void {
  using set = new PollSet(places.length);
  const watch = (place: Place, index: number) => {
    if (place.socket === null) set.clear(index);
    else set.watch(index, place.socket, POLLIN);
  };
  places.forEach(watch);
  for (let turn = 1; ; turn++) {
    const ready = set.wait(LOOK);
    if ((ready === 0 || turn % TURNS === 0) && isToStop()) return;
    if (ready === 0) continue;
    for (const [index, place] of places.entries()) {
      if (set.ready(index) === 0) continue;
      const before = place.socket;
      place.step();
      // A descriptor's number may be used again once it is closed.
      if (place.socket !== before) watch(place, index);
    }
  }
}

parentPort?.on('message', (configs: readonly ServedConfig[] | 'stop') => {
  if (configs === 'stop') return;
  const places = configs.map(config => new Place(config));
  parentPort?.postMessage('listening');
  serve(places);
  for (const place of places) place.close();
  parentPort?.postMessage('stopped');
});
