/** What `airlock explore` puts into the page; `src/web/model/embedded.ts` reads it. */

/** One input; it has either text or bytes. */
export interface PageInput {
  /** Of the file. */
  readonly name: string;
  readonly text?: string;
  readonly base64?: string;
  /** What was told of it when it was read, one sentence each, where the page cannot find it out by itself. */
  readonly notes?: readonly string[];
  /** Devices that came without an address, by their place among the others: theirs in the text mean nothing. */
  readonly addressless?: readonly number[];
}

/** A capture that the package ships. */
export interface PageExample {
  readonly name: string;
  readonly text: string;
}

export interface PageData {
  readonly inputs: readonly PageInput[];
  readonly examples: readonly PageExample[];
  /** Lines of pci.ids that name the inputs' devices. */
  readonly pciIds: string;
}

/** The data as JSON that stands in HTML, where no text of it can end its element or begin a comment. */
export function dataText(data: PageData): string {
  const escapes: Readonly<Record<string, string>> = { '<': '\\u003c', '>': '\\u003e', '&': '\\u0026' };
  return JSON.stringify(data).replace(/[<>&]/g, character => escapes[character] ?? '');
}
