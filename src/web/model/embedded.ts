/** The data that `airlock explore` put into the page: inputs to begin with, and what goes with them. */

/** An input as `airlock explore` puts it in; it has either text or bytes. */
export interface EmbeddedInput {
  /** Of the file. */
  readonly name: string;
  readonly text?: string;
  readonly base64?: string;
  /** What was told of it when it was read, one sentence each, where the page cannot find it out by itself. */
  readonly notes?: readonly string[];
  /** Devices that came without an address, by their place among the others: theirs in the text mean nothing. */
  readonly addressless?: readonly number[];
}

export interface Embedded {
  readonly inputs: readonly EmbeddedInput[];
  /** Captures to look at where there is nothing else. */
  readonly examples: readonly { readonly name: string; readonly text: string }[];
  /** Lines of pci.ids that name the inputs' devices. */
  readonly pciIds: string;
}

function readEmbedded(): Embedded | null {
  const element = typeof document === 'undefined' ? null : document.getElementById('embedded');
  return element === null ? null : (JSON.parse(element.textContent) as Embedded | null);
}

/** null in a page without data. */
export const EMBEDDED: Embedded | null = readEmbedded();

/** The bytes of an embedded input. */
export function embeddedBytes({ text, base64 = '' }: Pick<EmbeddedInput, 'text' | 'base64'>): Uint8Array {
  return text === undefined ? Uint8Array.from(atob(base64), character => character.charCodeAt(0)) : new TextEncoder().encode(text);
}
