/** What was found of VMs, kept for those that are alike: a fleet has thousands of VMs of a few kinds. */
import { createHash } from 'node:crypto';
import { alikeText } from '../../pure/plan/alike.ts';
import type { VmDefinition } from '../../pure/plan/definition.ts';

/** So many kinds of VMs are kept, which is some megabytes. */
const MOST_KINDS = 2 ** 16;

/** Found once for all VMs that are alike. */
export class AlikeVms<Found> {
  /** By the hash of all that is judged of a VM, whose texts would be as large as the fleet. */
  readonly #found = new Map<string, Found>();

  /** What was found of a VM like this one; otherwise what `find` finds, which gets the definition without its name. */
  of(definition: VmDefinition, find: (nameless: VmDefinition) => Found): Found {
    const key = createHash('sha256').update(alikeText(definition)).digest('base64');
    const known = this.#found.get(key);
    if (known !== undefined) return known;
    const found = find({ ...definition, name: '' });
    if (this.#found.size >= MOST_KINDS) this.#found.clear();
    this.#found.set(key, found);
    return found;
  }
}
