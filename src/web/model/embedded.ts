/** The data that `airlock explore` put into the page: inputs to begin with, and what goes with them. */

/** An input as `airlock explore` puts it in; it has either text or bytes. */
export interface EmbeddedInput {
  readonly name: string;
  readonly text?: string;
  readonly base64?: string;
  /** What was told of it when it was read, one sentence each. */
  readonly notes?: readonly string[];
  /** Whether its devices came without addresses, so that those of the text mean nothing. */
  readonly isAddressless?: boolean;
}

export interface Embedded {
  readonly inputs: readonly EmbeddedInput[];
  readonly examples: readonly { readonly name: string; readonly text: string }[];
  /** The lines of pci.ids that name the inputs' devices. */
  readonly pciIds: string;
}

function readEmbedded(): Embedded | null {
  const element = typeof document === 'undefined' ? null : document.getElementById('embedded');
  return element === null ? null : (JSON.parse(element.textContent) as Embedded | null);
}

/** null in a page without data. */
export const EMBEDDED: Embedded | null = readEmbedded();
