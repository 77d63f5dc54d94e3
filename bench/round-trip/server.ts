/** `server PATH SPIN`: serves the memory device, one thread for each connection. */
import { ConnectionThread, StandbyThreads, UnixListener } from '../../src/linux/unix-transport/index.ts';

const [path = '', spin = '100'] = process.argv.slice(2);
const listener = UnixListener.listen(path);
const threads = new StandbyThreads(new URL('./worker.js', import.meta.url), 1, { most: 1, rehearsal: null });
process.stdout.write('ready\n');
for (let socket = await listener.accept(); socket !== null; socket = await listener.accept()) {
  const thread = new ConnectionThread(threads.take(), socket, { data: null, spin: Number(spin) });
  const { reason, error } = await thread.ended;
  if (reason !== 'closed') process.stderr.write(`${reason}: ${error?.stack ?? ''}\n`);
}
