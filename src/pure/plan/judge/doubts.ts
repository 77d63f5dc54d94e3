/** Refusals of a VM of which not all is known: those that what is not known may turn away are doubts, and no refusals. */
import type { VmDefinition } from '../definition.ts';
import type { Origin } from '../origin.ts';
import type { DevicePlan, IommuPlan, PlanMessage } from '../plan-report.ts';

/** The code of a doubt. */
export const DOUBT = 'definition.unknown';

/** What the VMM says where something is not there, or in the way of something: other words may bring it, or move it. */
const OF_OTHERS: ReadonlySet<string> = new Set([
  ...['place.bus', 'place.bus-full', 'place.bus-kind', 'place.chassis', 'place.expander', 'place.failover', 'place.function'],
  ...['place.hotplug-controller', 'place.index', 'place.slot-taken', 'place.virtual-functions'],
  ...['iommufd.object-absent', 'machine.missing', 'iommu.after-device', 'iommu.irqchip', 'iommu.machine', 'intel-iommu.caching-mode'],
]);

const keyOf = ({ file, line, column }: Origin): string => `${file}:${line}:${column}`;

/** Texts with the place that an error about them has; that about an id has its device's. */
function* textsOf({ devices, objects, globals, machine }: VmDefinition): Generator<readonly [text: string, origin: Origin]> {
  for (const { id, origin } of devices) if (id !== null) yield [id, origin];
  const values = [...[...devices, ...objects].flatMap(each => each.values), ...globals, ...machine.values, machine.type ?? []].flat();
  for (const { value, origin } of values) yield [value, origin];
}

/** Tells doubts from refusals. */
export class Doubts {
  readonly #placeholders: readonly string[];
  /** Whether what was not read are words of the VMM's, which may bring anything. */
  readonly #isOfWords: boolean;
  /** By the place of a text that is not known, what in it stands for something else. */
  readonly #places = new Map<string, string>();

  /** null where the whole of the definition is known. */
  static of(definition: VmDefinition): Doubts | null {
    return definition.isPartial === true ? new Doubts(definition) : null;
  }

  private constructor(definition: VmDefinition) {
    this.#placeholders = definition.placeholders ?? [];
    this.#isOfWords = definition.source.format === 'qemu';
    if (this.#placeholders.length === 0) return;
    for (const [text, origin] of textsOf(definition)) {
      const found = this.#found(text);
      if (found !== undefined && origin.line !== null) this.#places.set(keyOf(origin), found);
    }
  }

  #found(text: string): string | undefined {
    return this.#placeholders.find(each => text.includes(each));
  }

  /** A message that is a doubt in words that say so, any other as it is. */
  message<T extends PlanMessage>(said: T): T {
    const { code, message, origin } = said;
    const found = this.#found(message) ?? (origin === null ? undefined : this.#places.get(keyOf(origin)));
    if (found !== undefined) {
      return { ...said, code: DOUBT, message: `what the shell puts in place of ${found} is not known, and the VM rests on it`, mend: null };
    }
    if (!this.#isOfWords || !OF_OTHERS.has(code)) return said;
    return { ...said, code: DOUBT, message: `${message}, unless what is not known here makes it so that it is`, mend: null };
  }

  /** A device or an IOMMU, whose failure may be a doubt. */
  told<T extends DevicePlan | IommuPlan>(plan: T): T {
    if (plan.outcome !== 'failed' || plan.error === null) return plan;
    const error = this.message(plan.error);
    return error === plan.error ? plan : { ...plan, outcome: 'unknown', error };
  }
}
