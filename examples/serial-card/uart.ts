/** A 16550A as its driver meets it: eight ports, a FIFO each way, the loop for tests (PC16550D, National Semiconductor 1995, §8). */

export interface UartOptions {
  /** A byte leaves the card. It is gone at once: no line is as fast. */
  readonly onOutput: (byte: number) => void;
  /** The level of the interrupt line. */
  readonly onLevel: (isAsserted: boolean) => void;
}

const FIFO_SIZE = 16;
/** Bytes in the FIFO from which on data asks for an interrupt at once, by FCR [7:6]. */
const TRIGGERS = [1, 4, 8, 14];

/** Port 0 and 1 are the divisor while LCR's bit 7 is set. */
const PORT = { data: 0, enable: 1, identify: 2, line: 3, modem: 4, lineStatus: 5, modemStatus: 6, scratch: 7 };
/** IER: what may interrupt. */
const ENABLE = { data: 0x01, room: 0x02, line: 0x04, modem: 0x08 };
/** IIR: the reason of highest rank; bit 0 is set where there is none. */
const REASON = { none: 0x01, line: 0x06, data: 0x04, timeout: 0x0c, room: 0x02, modem: 0x00 };
const IIR_FIFO = 0xc0;
const FCR = { enable: 0x01, clearReceive: 0x02 };
const LCR_DIVISOR = 0x80;
const MCR = { dtr: 0x01, rts: 0x02, out1: 0x04, out2: 0x08, loop: 0x10 };
const LSR = { data: 0x01, overrun: 0x02, room: 0x20, empty: 0x40 };
/** MSR: the lines; the four bits below say what changed since the last read. */
const MSR = { cts: 0x10, dsr: 0x20, ri: 0x40, dcd: 0x80 };

/** Where `state` keeps what; the FIFO's bytes stand at its end. */
const AT = { enable: 0, fifo: 1, line: 2, modem: 3, scratch: 4, divisor: 5, overrun: 7, room: 8, modemStatus: 9, count: 10, bytes: 11 };

/** A register model for a region of 8 bytes. */
export class Uart {
  readonly state = new Uint8Array(AT.bytes + FIFO_SIZE);
  readonly #options: UartOptions;
  /** Bytes for the guest that are not in the FIFO yet. */
  readonly #waiting: number[] = [];

  constructor(options: UartOptions) {
    this.#options = options;
    this.reset();
  }

  /** Bytes come in from outside. They wait for RTS and for room: a driver that is not there yet loses none. */
  receive(bytes: Uint8Array): void {
    for (const byte of bytes) this.#waiting.push(byte);
    this.#update();
  }

  reset(): void {
    this.state[AT.room] = 1;
    this.state[AT.modemStatus] = this.#lines();
    this.#update();
  }

  read(offset: number, into: Uint8Array): void {
    for (let i = 0; i < into.length; i++) into[i] = this.#readPort(offset + i);
    this.#update();
  }

  write(offset: number, bytes: Uint8Array): void {
    for (const [i, byte] of bytes.entries()) this.#writePort(offset + i, byte);
    this.#update();
  }

  get #isLoop(): boolean {
    return (this.state[AT.modem] & MCR.loop) !== 0;
  }

  get #capacity(): number {
    return (this.state[AT.fifo] & FCR.enable) === 0 ? 1 : FIFO_SIZE;
  }

  #readPort(port: number): number {
    const { state } = this;
    const isDivisor = (state[AT.line] & LCR_DIVISOR) !== 0;
    if (port <= PORT.enable && isDivisor) return state[AT.divisor + port];
    switch (port) {
      case PORT.data:
        return this.#takeByte();
      case PORT.enable:
        return state[AT.enable];
      case PORT.identify: {
        const reason = this.#reason();
        // Reading that there is room acknowledges it (table II there).
        if (reason === REASON.room) state[AT.room] = 0;
        return reason | (this.#capacity > 1 ? IIR_FIFO : 0);
      }
      case PORT.line:
        return state[AT.line];
      case PORT.modem:
        return state[AT.modem];
      case PORT.lineStatus: {
        const status = LSR.room | LSR.empty | (state[AT.count] > 0 ? LSR.data : 0) | (state[AT.overrun] !== 0 ? LSR.overrun : 0);
        state[AT.overrun] = 0;
        return status;
      }
      case PORT.modemStatus: {
        const status = state[AT.modemStatus];
        state[AT.modemStatus] &= 0xf0;
        return status;
      }
      default:
        return state[AT.scratch];
    }
  }

  #writePort(port: number, value: number): void {
    const { state } = this;
    if (port <= PORT.enable && (state[AT.line] & LCR_DIVISOR) !== 0) {
      state[AT.divisor + port] = value;
      return;
    }
    switch (port) {
      case PORT.data:
        this.#transmit(value);
        break;
      case PORT.enable:
        // Asking for it anew tells of the room that there is; drivers test that.
        if ((value & ~state[AT.enable] & ENABLE.room) !== 0) state[AT.room] = 1;
        state[AT.enable] = value & 0x0f;
        break;
      case PORT.identify:
        // Switching FIFOs on or off empties them.
        if (((value ^ state[AT.fifo]) & FCR.enable) !== 0 || (value & FCR.clearReceive) !== 0) state[AT.count] = 0;
        state[AT.fifo] = (value & FCR.enable) === 0 ? 0 : value & (FCR.enable | IIR_FIFO);
        break;
      case PORT.line:
        state[AT.line] = value;
        break;
      case PORT.modem:
        state[AT.modem] = value & 0x1f;
        this.#followLines();
        break;
      case PORT.scratch:
        state[AT.scratch] = value;
        break;
    }
  }

  #transmit(byte: number): void {
    this.state[AT.room] = 1;
    if (!this.#isLoop) this.#options.onOutput(byte);
    else if (this.state[AT.count] < this.#capacity) this.#putByte(byte);
    else this.state[AT.overrun] = 1;
  }

  #putByte(byte: number): void {
    this.state[AT.bytes + this.state[AT.count]++] = byte;
  }

  #takeByte(): number {
    const { state } = this;
    const byte = state[AT.bytes];
    if (state[AT.count] > 0) {
      state.copyWithin(AT.bytes, AT.bytes + 1);
      state[AT.count]--;
    }
    return byte;
  }

  /** In the loop the card's own outputs; else a cable whose other side is always there. */
  #lines(): number {
    if (!this.#isLoop) return MSR.cts | MSR.dsr | MSR.dcd;
    const modem = this.state[AT.modem];
    const loops = [
      [MCR.rts, MSR.cts],
      [MCR.dtr, MSR.dsr],
      [MCR.out1, MSR.ri],
      [MCR.out2, MSR.dcd],
    ];
    return loops.reduce((lines, [output, input]) => lines | ((modem & output) === 0 ? 0 : input), 0);
  }

  /** Of RI only the end of a ring is a change. */
  #followLines(): void {
    const before = this.state[AT.modemStatus];
    const lines = this.#lines();
    const changed = (before ^ lines) & 0xf0 & ~(lines & MSR.ri);
    this.state[AT.modemStatus] = lines | (before & 0x0f) | (changed >> 4);
  }

  #reason(): number {
    const { state } = this;
    const enabled = state[AT.enable];
    if ((enabled & ENABLE.line) !== 0 && state[AT.overrun] !== 0) return REASON.line;
    if ((enabled & ENABLE.data) !== 0 && state[AT.count] > 0) {
      // Fewer than the trigger time out, here at once: nobody waits for more.
      return this.#capacity === 1 || state[AT.count] >= TRIGGERS[state[AT.fifo] >> 6] ? REASON.data : REASON.timeout;
    }
    if ((enabled & ENABLE.room) !== 0 && state[AT.room] !== 0) return REASON.room;
    if ((enabled & ENABLE.modem) !== 0 && (state[AT.modemStatus] & 0x0f) !== 0) return REASON.modem;
    return REASON.none;
  }

  /** After whatever happened: bytes that wait go in, the interrupt line follows. In the loop nothing comes from outside. */
  #update(): void {
    const isOpen = (this.state[AT.modem] & (MCR.rts | MCR.loop)) === MCR.rts;
    while (isOpen && this.#waiting.length > 0 && this.state[AT.count] < this.#capacity) this.#putByte(this.#waiting.shift() ?? 0);
    this.#options.onLevel(this.#reason() !== REASON.none);
  }
}
