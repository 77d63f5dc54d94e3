/** Whether the user may pin a guest's memory: RLIMIT_MEMLOCK, which the kernel overlooks for CAP_IPC_LOCK (setrlimit(2)). */
import type { Check } from '../../pure/reports/doctor-report.ts';
import type { Limit } from '../sysfs/index.ts';
import { command, fail, pass, unknown, warn } from './check.ts';

const MIB = 1024 * 1024;
/** Less than any guest has. */
const TOO_LITTLE = 64 * MIB;
const ENOUGH_FOR_MOST = 1024 * MIB;

const CODE = 'permissions.memlock';
/** Of the shell that it is typed in. */
const FIX = command('sudo prlimit --pid $$ --memlock=unlimited');

export function checkMemoryLimit(limit: Limit | null, { isRoot, root }: { isRoot: boolean; root: string }): Check {
  if (root !== '/') return unknown(CODE, `${root} is another tree: how much its users may pin does not show`);
  if (isRoot) return pass(CODE, 'root may pin any amount of memory');
  if (limit === null) return unknown(CODE, 'the limit of locked memory cannot be read from /proc/self/limits');
  if (limit.soft === null) return pass(CODE, 'this user may pin any amount of memory');
  const text = `this user may pin ${Math.floor(limit.soft / MIB)} MiB: a guest with an assigned device can have no more memory (a service: LimitMEMLOCK=infinity)`;
  if (limit.soft < TOO_LITTLE) return fail(CODE, text, FIX);
  return limit.soft < ENOUGH_FOR_MOST ? warn(CODE, text, FIX) : pass(CODE, text);
}
