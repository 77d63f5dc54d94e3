/** What the module of an example calls to check a result; copied beside the modules, see `run-doc-examples.ts`. */
import { deepStrictEqual } from 'node:assert';

/** Throws where the two differ; `place` is the example's file and line. */
export function is(actual: unknown, expected: unknown, place: string): void {
  try {
    deepStrictEqual(actual, expected);
  } catch (error) {
    throw new Error(`${place}: ${error instanceof Error ? error.message : error}`);
  }
}

/** Throws where `run` throws no error of this name. */
export async function throws(run: () => Promise<unknown>, name: string, place: string): Promise<void> {
  const thrown = await run().then(
    () => 'nothing',
    (error: unknown) => (error instanceof Error ? error.name : String(error)),
  );
  if (thrown !== name) throw new Error(`${place}: ${thrown} was thrown, wanted ${name}`);
}
