/** What is to be said about the text of a definition itself, whatever host it runs on. */
import type { Origin } from './origin.ts';

/** `error`: the VMM or its manager refuses it; `warning`: it does other than it seems to say; `note`: worth knowing. */
export type Severity = 'error' | 'warning' | 'note';

/** One finding. */
export interface PlanFinding {
  readonly severity: Severity;
  /** Stable, such as `libvirt.attribute.unknown`: the format or the VMM first. */
  readonly code: string;
  /** One sentence, with what mends it in the words of the format. */
  readonly message: string;
  /** null where it belongs to no place in the text. */
  readonly origin: Origin | null;
}
