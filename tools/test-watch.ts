/** A deadline for every test of this process: where none begins or ends for too long, another process names it and ends this one. */
import { fork } from 'node:child_process';
import { afterEach, beforeEach } from 'node:test';
import { fileURLToPath } from 'node:url';

/** What the watchdog is told. `name` is that of a file, or those of a test's suites and its own. */
export interface TestEvent {
  readonly kind: 'loads' | 'begins' | 'ends';
  readonly name: string;
}

/** Seconds; the longest test that a plain run has takes one of these ten minutes on a busy machine. */
const DEADLINE = 600;

/**
 * To be called once, before the tests are imported. `AIRLOCK_TEST_DEADLINE` is another deadline, in seconds. A test may also wait
 * without an end in a call that blocks, a spawnSync for example, so that no timer of its own process can end it. Gives what is to be
 * called before each file.
 */
export function watchTests(): (file: string) => void {
  const seconds = Number(process.env.AIRLOCK_TEST_DEADLINE ?? DEADLINE);
  if (!(seconds > 0)) throw new Error(`AIRLOCK_TEST_DEADLINE=${process.env.AIRLOCK_TEST_DEADLINE}: wanted seconds`);
  const watchdog = fork(fileURLToPath(new URL('./test-watchdog.ts', import.meta.url)), [String(process.pid), String(seconds)], {
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  // This process may end without it, and it ends with this process.
  watchdog.unref();
  watchdog.channel?.unref();
  const tell = (kind: TestEvent['kind'], name: string): void => {
    if (watchdog.connected) watchdog.send({ kind, name } satisfies TestEvent, () => {});
  };
  beforeEach(context => tell('begins', 'fullName' in context ? context.fullName : context.name));
  afterEach(context => tell('ends', 'fullName' in context ? context.fullName : context.name));
  return file => tell('loads', file);
}
