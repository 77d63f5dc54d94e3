/** The UART of examples/serial-card.ts, port by port, as Linux' 8250 driver and the data sheet of the PC16550D want it. */
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { Uart } from '../../examples/serial-card/uart.ts';

const [DATA, IER, IIR, LCR, MCR, LSR, MSR, SCR] = [0, 1, 2, 3, 4, 5, 6, 7];
const FCR = IIR;
const DLAB = 0x80;
const [RTS, OUT2, LOOP] = [0x02, 0x08, 0x10];
const [RX, THRE, LINE, MODEM] = [0x01, 0x02, 0x04, 0x08];
const NOTHING = 0x01;

describe('Uart', () => {
  let uart: Uart;
  let output: number[];
  let level: boolean;
  const put = (port: number, value: number): void => uart.write(port, Uint8Array.of(value));
  const get = (port: number): number => {
    const into = new Uint8Array(1);
    uart.read(port, into);
    return into[0];
  };
  const send = (length: number): void => uart.receive(Uint8Array.from({ length }, (_, i) => i));
  const drain = (): number[] => {
    const bytes: number[] = [];
    while ((get(LSR) & 1) !== 0) bytes.push(get(DATA));
    return bytes;
  };
  beforeEach(() => {
    output = [];
    level = false;
    uart = new Uart({
      onOutput: byte => output.push(byte),
      onLevel: isAsserted => {
        level = isAsserted;
      },
    });
  });

  it('Uart keeps its four interrupt enables and nothing beside them', () => {
    put(IER, 0xff);
    assert.equal(get(IER), 0x0f);
    put(IER, 0);
    assert.equal(get(IER), 0);
  });

  it('Uart shows its outputs on its lines in the loop, each on its own', () => {
    assert.equal(get(MSR), 0xb0);
    for (const [output, line] of [
      [0, 0],
      [0x01, 0x20],
      [RTS, 0x10],
      [0x04, 0x40],
      [OUT2, 0x80],
      [OUT2 | RTS, 0x90],
    ]) {
      put(MCR, LOOP | output);
      assert.equal(get(MSR) & 0xf0, line);
    }
    put(MCR, 0);
    assert.equal(get(MSR) >> 4, 0x0b);
    assert.equal(get(MSR), 0xb0, 'changes are gone once they were read');
  });

  it('Uart says that it is a 16550A, and neither a 16750 nor one with an EFR', () => {
    assert.equal(get(IIR), NOTHING);
    put(LCR, 0xbf);
    put(FCR, 0);
    put(LCR, 0);
    put(FCR, 0x01);
    assert.equal(get(IIR) >> 6, 3);
    put(FCR, 0x21);
    assert.equal(get(IIR) >> 5, 6);
    put(LCR, DLAB);
    put(FCR, 0x21);
    assert.equal(get(IIR) >> 5, 6);
    put(FCR, 0x01);
    assert.notEqual(get(IIR), 0, 'where an EFR would read 0');
    put(FCR, 0);
    assert.equal(get(IIR), NOTHING);
  });

  it('Uart holds 16 bytes in the loop, and the next one is an overrun until it was told', () => {
    put(FCR, 0x07);
    put(MCR, LOOP);
    put(IER, LINE);
    for (let byte = 0; byte < 17; byte++) put(DATA, byte);
    assert.deepEqual([level, get(IIR) & 0x0f], [true, 0x06]);
    assert.equal(get(LSR), 0x63);
    assert.equal(level, false);
    assert.deepEqual(
      drain(),
      Array.from({ length: 16 }, (_, i) => i),
    );
    assert.equal(get(LSR), 0x60);
    assert.deepEqual(output, []);
  });

  it('Uart has a divisor and a scratch register that change nothing', () => {
    put(IER, RX);
    put(LCR, DLAB | 3);
    put(DATA, 0x12);
    put(IER, 0x34);
    assert.deepEqual([get(DATA), get(IER), get(LCR)], [0x12, 0x34, DLAB | 3]);
    put(LCR, 3);
    assert.deepEqual([get(IER), output], [RX, []]);
    put(SCR, 0x5a);
    assert.equal(get(SCR), 0x5a);
  });

  it('Uart interrupts for room when it is asked to, once for each time, and again after each byte', () => {
    put(IER, THRE);
    assert.equal(level, true);
    assert.equal(get(IIR) & 0x0f, 0x02);
    assert.equal(level, false);
    assert.equal(get(IIR) & 0x0f, NOTHING);
    put(IER, 0);
    put(IER, THRE);
    assert.equal(get(IIR) & 0x0f, 0x02, 'a driver tests that it is told anew');
    put(DATA, 0x41);
    assert.deepEqual([level, output], [true, [0x41]]);
  });

  it('Uart interrupts for data: at the trigger as such, below it as a timeout, until all is read', () => {
    put(FCR, 0x81);
    put(IER, RX);
    put(MCR, RTS);
    send(8);
    assert.deepEqual([level, get(IIR)], [true, 0xc4]);
    get(DATA);
    assert.deepEqual([level, get(IIR)], [true, 0xcc]);
    assert.deepEqual(drain(), [1, 2, 3, 4, 5, 6, 7]);
    assert.deepEqual([level, get(IIR)], [false, 0xc1]);
  });

  it('Uart lets bytes wait outside for RTS, for room and for the end of the loop, and loses none', () => {
    put(FCR, 0x01);
    send(20);
    assert.equal(get(LSR) & 1, 0);
    put(MCR, LOOP | RTS);
    assert.equal(get(LSR) & 1, 0);
    put(MCR, RTS);
    assert.deepEqual(
      drain(),
      Array.from({ length: 20 }, (_, i) => i),
    );
    send(3);
    put(FCR, 0x03);
    assert.deepEqual(drain(), [], 'what is in the FIFO is lost when its driver clears it');
    put(FCR, 0);
    send(2);
    assert.deepEqual(drain(), [0, 1], 'one at a time without a FIFO');
  });

  it('Uart interrupts for a changed line until it is read', () => {
    put(IER, MODEM);
    assert.equal(level, false);
    put(MCR, LOOP | RTS);
    assert.deepEqual([level, get(IIR)], [true, 0x00]);
    get(MSR);
    assert.equal(level, false);
  });

  it('Uart starts anew after a reset, its state cleared before it', () => {
    put(FCR, 0x01);
    put(IER, RX);
    put(MCR, RTS);
    send(4);
    assert.equal(level, true);
    uart.state.fill(0);
    uart.reset();
    assert.deepEqual([level, get(IER), get(LSR), get(IIR), get(MSR)], [false, 0, 0x60, NOTHING, 0xb0]);
  });
});
