/** A client that is killed: `dying-client PATH` maps memory of both kinds, sets the device to work and answers until it dies. */
import { createMemfd } from '../../src/linux/ffi/index.ts';
import { connectClient } from '../../src/linux/unix-transport/index.ts';

const [path = ''] = process.argv.slice(2);
const { client } = connectClient(path);
await client.negotiate();
const handle = createMemfd('guest', 1 << 20);
await client.mapDma({ address: 0n, size: 1n << 20n, isReadable: true, isWritable: true, file: { handle, offset: 0n } });
await client.mapDma({ address: 1n << 32n, size: 1n << 20n, isReadable: true, isWritable: true, bytes: new Uint8Array(1 << 20) });
// The device works from the first write to it on.
await client.writeRegion(0, 0, Uint8Array.of(1, 0, 0, 0));
process.stdout.write('working\n');
