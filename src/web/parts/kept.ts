/** Keeps what the items of a list were drawn as, so that only those whose inputs changed are drawn again. */
import type { VNode } from 'preact';
import { useRef } from 'preact/hooks';

interface Drawn {
  readonly inputs: readonly unknown[];
  readonly node: VNode;
}

/** Draws an item, or gives what it was drawn as before from the same inputs. Its functions may use nothing else that changes. */
export type Keep = (key: string | number, inputs: readonly unknown[], draw: () => VNode) => VNode;

/** Items that are not drawn in one rendering are forgotten. */
export function useKept(): Keep {
  const kept = useRef<ReadonlyMap<string | number, Drawn>>(new Map());
  const before = kept.current;
  const now = new Map<string | number, Drawn>();
  kept.current = now;
  return (key, inputs, draw) => {
    const drawn = before.get(key);
    const isSame = drawn?.inputs.length === inputs.length && drawn.inputs.every((input, i) => input === inputs[i]);
    const next = drawn !== undefined && isSame ? drawn : { inputs, node: draw() };
    now.set(key, next);
    return next.node;
  };
}
