/** A thread that serves connections: makes each one's device, carries the protocol, and hands the device's state on at the end. */
import { LinuxPlatform, runInWorker, type WorkerLink } from '../linux/unix-transport/index.ts';
import { VfioUserServer } from '../pure/vfio-user/index.ts';
import { makeDevice } from './device-order.ts';
import type { FromServer, ServeStart, ToServer } from './protocol.ts';
import { isKernelRefusal } from './system-words.ts';

await runInWorker<ServeStart>(({ data, carrier, post }: WorkerLink<ServeStart>) => {
  const tell = (message: FromServer): void => post(message);
  const device = makeDevice(data.order, data.state, line => tell({ kind: 'notice', line }));
  const server = new VfioUserServer(
    { device, platform: new LinuxPlatform(), carrier },
    {
      ...(data.isLogged && { log: (line: string) => tell({ kind: 'log', line }) }),
      fault: thrown => {
        const error = thrown instanceof Error ? thrown : new Error(String(thrown));
        tell({ kind: 'fault', error, isOurs: !isKernelRefusal(error) });
      },
    },
  );
  const tellCounters = (): void => tell({ kind: 'counters', counters: server.counters });
  return {
    endpoint: server,
    onMessage: message => {
      if ((message as ToServer).kind === 'counters') tellCounters();
    },
    onEnd: () => {
      tellCounters();
      tell({ kind: 'state', state: data.isFresh ? null : (device.migration?.save() ?? null) });
      device.close();
    },
  };
});
