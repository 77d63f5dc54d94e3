/** What a reader is: it tells its format by content and brings texts of it to definitions. */
import type { FormatName, VmDefinition } from '../definition.ts';
import type { Origin } from '../origin.ts';
import type { PlanFinding } from '../plan-finding.ts';

/** A text and what the user calls it. */
export interface DefinitionText {
  /** A path, or `-`. */
  readonly file: string;
  readonly text: string;
}

/** What a reader may ask for besides the text. */
export interface ReadContext {
  /** The other inputs of the same question: a network, permitted devices, a mapping. */
  readonly related: readonly DefinitionText[];
  /** The text of a file that a definition names; null where it cannot be read, or must not be. */
  openFile(path: string): string | null;
}

/** What a text holds. `findings` belong to no VM in it. */
export interface Reading {
  readonly definitions: readonly VmDefinition[];
  readonly findings: readonly PlanFinding[];
}

/** One format. */
export interface Reader {
  readonly name: FormatName;
  /** A few words for help and for errors: `libvirt domain XML`. */
  readonly summary: string;
  /** Whether a text is of this format, judged by its content; cheap, bounded, never throws. */
  matches(text: string): boolean;
  /** @throws DefinitionError for a text that cannot be read at all */
  read(definition: DefinitionText, context: ReadContext): Reading;
}

/** A text that is no definition of its format; the message says what is wrong, and `origin` where. */
export class DefinitionError extends Error {
  override readonly name = 'DefinitionError';
  readonly origin: Origin | null;
  /** Whether the text is none of a VM in any format, so that among many files it may be passed over. */
  readonly isOfNone: boolean;

  constructor(message: string, origin: Origin | null = null, { isOfNone = false }: { readonly isOfNone?: boolean } = {}) {
    super(message);
    this.origin = origin;
    this.isOfNone = isOfNone;
  }
}

/** Characters that a definition may have, so that no text takes memory without bound: no real one is near. */
export const MOST_CHARACTERS = 8 * 2 ** 20;
