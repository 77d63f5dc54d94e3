/** Addresses of devices that a message lists: all are counted, the first ones are named. */

const MOST_LISTED = 16;

export interface AddressList {
  readonly count: number;
  readonly texts: readonly string[];
}

export class ToldAddresses implements AddressList {
  #count = 0;
  readonly #texts: string[] = [];

  get count(): number {
    return this.#count;
  }

  get texts(): readonly string[] {
    return this.#texts;
  }

  /** `bdf` is null for raw bytes. */
  add({ bdf }: { readonly bdf: { readonly text: string } | null }): void {
    this.join({ count: 1, texts: [bdf?.text ?? 'bytes without an address'] });
  }

  join({ count, texts }: AddressList): void {
    this.#count += count;
    this.#texts.push(...texts.slice(0, MOST_LISTED - this.#texts.length));
  }

  toString(): string {
    const more = this.#count - this.#texts.length;
    return [...this.#texts, ...(more > 0 ? [`and ${more} more`] : [])].join(', ');
  }
}
