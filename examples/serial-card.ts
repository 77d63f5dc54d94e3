/**
 * A PCI serial card to which Linux' own driver (8250_pci) binds: one 16550A with its eight ports in BAR 0, its interrupt on INTA#.
 *
 *   npm run build && node --import tsx examples/serial-card.ts [SOCKET]
 *
 * With a socket's path it waits there for QEMU until it is interrupted: what the guest writes to /dev/ttyS… comes out on standard output, what
 * comes in on standard input goes to the guest. Without one it meets a client in this process, which does what that driver does to
 * find out what it has, and ends.
 */
import { fileURLToPath } from 'node:url';
import { SoftwareDevice } from 'vfio-airlock/device';
import { serveDevice } from 'vfio-airlock/unix-transport';
import { MemoryPlatform, MemoryTransport, VfioUserClient, VfioUserServer } from 'vfio-airlock/vfio-user';
import { Uart } from './serial-card/uart.ts';

export interface SerialCard {
  readonly device: SoftwareDevice;
  /** Bytes on their way to the guest; they wait until its driver has opened the port and reads them. */
  send(bytes: Uint8Array): void;
}

/** `onOutput` is called with each byte that the guest's driver writes. */
export function createSerialCard(onOutput: (byte: number) => void): SerialCard {
  let uart: Uart | undefined;
  const device = new SoftwareDevice({
    vendorId: 0x1234,
    deviceId: 0xa0d2,
    // Serial controller, 16550 compatible: with one I/O region of eight ports all that the driver asks for.
    classCode: 0x07_00_02,
    hasIntx: true,
    bars: {
      0: {
        size: 8,
        kind: 'io',
        model: context => {
          uart = new Uart({ onOutput, onLevel: isAsserted => context.setIntx(isAsserted) });
          return uart;
        },
      },
    },
  });
  return { device, send: bytes => uart?.receive(bytes) };
}

const [IER, IIR_FCR, LCR, MCR, LSR, MSR] = [1, 2, 3, 4, 5, 6];
const BAR0 = 0;

/** What 8250_port.c's autoconfig does: is a UART there, does its loop work, which FIFO has it? Then a byte each way. */
async function meetClient(): Promise<void> {
  let output = '';
  const card = createSerialCard(byte => {
    output += String.fromCharCode(byte);
  });
  const platform = new MemoryPlatform();
  const transport = new MemoryTransport(platform, {
    server: carrier => new VfioUserServer({ device: card.device, platform, carrier }),
    client: carrier => new VfioUserClient(carrier),
  });
  const { client } = transport;
  await client.negotiate();
  const put = (port: number, value: number) => client.writeRegion(BAR0, port, Uint8Array.of(value));
  const get = async (port: number) => (await client.readRegion(BAR0, port, 1))[0];

  await put(IER, 0x00);
  const none = await get(IER);
  await put(IER, 0x0f);
  const all = await get(IER);
  await put(IER, 0x00);
  await put(MCR, 0x1a);
  const lines = (await get(MSR)) & 0xf0;
  await put(MCR, 0x00);
  await put(IIR_FCR, 0x01);
  const fifo = (await get(IIR_FCR)) >> 6;
  const isFound = none === 0 && all === 0x0f && lines === 0x90;
  process.stdout.write(`a UART is ${isFound ? 'there' : 'not there'}, it is a ${fifo === 3 ? '16550A' : 'UART without a FIFO'}\n`);

  const event = platform.createEvent();
  await client.setIrqs({ index: 0, start: 0, count: 1, action: 'trigger', data: { kind: 'eventfds', handles: [event] } });
  await put(LCR, 0x03);
  await put(IER, 0x01);
  await put(MCR, 0x0b);
  for (const byte of new TextEncoder().encode('to the card')) await put(0, byte);
  card.send(new TextEncoder().encode('to the guest'));
  let input = '';
  while (((await get(LSR)) & 0x01) !== 0) input += String.fromCharCode(await get(0));
  process.stdout.write(`out: ${output}; in: ${input}; interrupts: ${event.object.signals}\n`);
  event.close();
  transport.close();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [socket] = process.argv.slice(2);
  if (socket === undefined) await meetClient();
  else {
    const card = createSerialCard(byte => process.stdout.write(Uint8Array.of(byte)));
    const server = serveDevice(card.device, socket);
    process.stdin.on('data', bytes => card.send(bytes));
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => server.close());
    process.stderr.write(`the card waits at ${socket}\n`);
    await server.ended;
    process.stdin.destroy();
  }
}
