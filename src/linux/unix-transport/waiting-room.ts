/** Clients that have connected and said nothing yet: they hold up nobody, and are let go after a time. */
import { type Descriptor, POLLIN, peekByte } from '../ffi/index.ts';
import { EventLoopWaiter } from './event-loop-waiter.ts';
import type { UnixListener } from './unix-listener.ts';
import { DEFAULT_VERSION_DEADLINE } from './version-deadline.ts';

/** Clients that may be here at a time. Of more that say nothing the one that came first goes; of more that speak none is accepted. */
const MOST = 64;

/** A client that has said something. */
export interface Guest {
  /** The taker's to close. */
  readonly socket: Descriptor;
  /** When it connected, by `performance.now`. */
  readonly since: number;
}

interface Silent extends Guest {
  /** Ends the wait for its first word. */
  wake(): void;
  timer: NodeJS.Timeout | null;
  isDismissed: boolean;
}

/** Accepts the clients of a listener and gives them to one taker, in the order in which they spoke. */
export class WaitingRoom {
  readonly #listener: UnixListener;
  readonly #deadline: number;
  readonly #waiter = new EventLoopWaiter();
  readonly #silent = new Set<Silent>();
  readonly #spoken: Guest[] = [];
  #failure: { readonly error: unknown } | null = null;
  #isClosed = false;
  /** Those who wait for a change: the taker, and the one who accepts. */
  #waiting: (() => void)[] = [];

  /** Accepts from now on; becomes the owner of the listener. `deadline`: milliseconds in which a client must speak, 0 for any time. */
  constructor(listener: UnixListener, deadline: number = DEFAULT_VERSION_DEADLINE) {
    this.#listener = listener;
    this.#deadline = deadline;
    void this.#accept();
  }

  async #accept(): Promise<void> {
    try {
      for (let socket = await this.#listener.accept(); socket !== null; socket = await this.#listener.accept()) {
        this.#admit({ socket, since: performance.now() });
        while (this.#spoken.length >= MOST && !this.#isClosed) await this.#change();
      }
    } catch (error) {
      this.#failure = { error };
    }
    this.#tell();
  }

  #change(): Promise<void> {
    return new Promise(resolve => this.#waiting.push(resolve));
  }

  #tell(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** One that is gone without a word was no client. */
  #admit(guest: Guest): void {
    const bytes = this.#isClosed ? 0 : peekByte(guest.socket);
    if (bytes === 0) {
      guest.socket.close();
    } else if (bytes === null) {
      this.#listen(guest);
    } else {
      this.#spoken.push(guest);
      this.#tell();
    }
  }

  #listen({ socket, since }: Guest): void {
    const silent: Silent = { socket, since, wake: () => undefined, timer: null, isDismissed: false };
    const left = since + this.#deadline - performance.now();
    if (this.#deadline > 0) silent.timer = setTimeout(() => dismiss(silent), left).unref();
    const heard = this.#waiter.ready(socket, POLLIN, wake => {
      silent.wake = wake;
    });
    this.#silent.add(silent);
    heard.then(() => {
      if (silent.timer !== null) clearTimeout(silent.timer);
      this.#silent.delete(silent);
      if (silent.isDismissed) socket.close();
      else this.#admit({ socket, since });
    });
    const [first] = this.#silent;
    if (this.#silent.size > MOST && first !== undefined) dismiss(first);
  }

  /**
   * The next client; null once the room is closed. One call at a time.
   * @throws SyscallError where no client can be accepted
   */
  async next(): Promise<Guest | null> {
    for (;;) {
      const guest = this.#spoken.shift();
      if (guest !== undefined) {
        this.#tell();
        return guest;
      }
      if (this.#isClosed) return null;
      if (this.#failure !== null) throw this.#failure.error;
      await this.#change();
    }
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Ends `next`, lets all clients here go, and closes the listener. Does nothing the second time. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#listener.close();
    for (const silent of this.#silent) dismiss(silent);
    for (const { socket } of this.#spoken.splice(0)) socket.close();
    this.#waiter.close();
    this.#tell();
  }
}

function dismiss(silent: Silent): void {
  silent.isDismissed = true;
  silent.wake();
}
