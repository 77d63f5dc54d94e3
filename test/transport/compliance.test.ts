/** The compliance suite over real sockets, with and without polling. */
import { after, before, describe } from 'node:test';
import { vfioUserCompliance } from '../compliance/vfio-user/suite.ts';
import { createSocketBed } from './socket-bed.ts';

const messages = Number(process.env.AIRLOCK_HOSTILE_MESSAGES ?? 10_000);

for (const [name, spin] of [
  ['a UNIX socket', 0],
  ['a UNIX socket, polling', 50],
] as const) {
  describe(name, () => {
    const bed = createSocketBed(spin);
    before(() => bed.open());
    after(() => bed.close());
    vfioUserCompliance(name, bed, messages / 2);
  });
}
