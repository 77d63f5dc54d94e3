/** A word of a shell's command line: what is left of it when quotes and backslashes are gone, and where each character stood. */
import type { Origin, TextPlaces } from '../../origin.ts';
import type { QemuWord } from './word.ts';

/** Characters outside of quotes; each pair of quotes is a number of its own. */
export const UNQUOTED = 0;

/** A word while it is read. */
export class ShellWord implements QemuWord {
  text = '';
  /** The parts in whose place a shell would put something else: `$HOME`, `$(nproc)`. */
  readonly expansions: string[] = [];
  readonly #places: TextPlaces;
  /** For each run of characters that stand in the text as they are: its index in the word, its place in the text, how it is quoted. */
  readonly #at: number[] = [];
  readonly #from: number[] = [];
  readonly #to: number[] = [];
  readonly #quote: number[] = [];
  /** Whether the characters of the last run stand in the text as they are, so that more may follow. */
  #endsPlain = false;
  /** The place behind the last run. */
  #end: number;

  constructor(places: TextPlaces, start: number) {
    this.#places = places;
    this.#end = start;
  }

  /** A word of parts of others, each from one index to another, which stand elsewhere in the text. */
  static of(places: TextPlaces, parts: readonly (readonly [word: ShellWord, start: number, end: number])[]): ShellWord {
    const [first] = parts;
    const word = new ShellWord(places, first === undefined ? 0 : first[0].#end);
    for (const [source, start, end] of parts) word.addFrom(source, start, end);
    return word;
  }

  /** Adds a part of another word, such as a variable's value. What it is of stays one with itself alone, so that an edit can replace it. */
  addFrom(source: ShellWord, start: number, end: number): void {
    const part = source.text.slice(start, end);
    this.expansions.push(...source.expansions.filter(text => part.includes(text)));
    const quotes = new Map<number | undefined, number>();
    for (let at = start; at < end; ) {
      const run = source.#run(at);
      const next = Math.min(end, source.#at[run + 1] ?? source.text.length);
      const quote = quotes.get(source.#quote[run]) ?? -this.#at.length - 1;
      quotes.set(source.#quote[run], quote);
      this.#at.push(this.text.length);
      this.#from.push(source.#place(at, run));
      this.#to.push(source.#placeBehind(next - 1, run));
      this.#quote.push(quote);
      this.text += source.text.slice(at, next);
      at = next;
    }
    this.#endsPlain = false;
  }

  get hasExpansion(): boolean {
    return this.expansions.length > 0;
  }

  /** Adds characters that stand from `from` to `to`; `quote` says by which pair of quotes they are held. */
  add(characters: string, from: number, quote: number, to = from + characters.length): void {
    const isNext = from === this.#end && quote === this.#quote.at(-1) && this.#endsPlain && to - from === characters.length;
    this.#end = to;
    if (characters === '') return;
    this.#endsPlain = to - from === characters.length;
    if (isNext) {
      this.#to[this.#to.length - 1] = to;
      this.text += characters;
      return;
    }
    this.#at.push(this.text.length);
    this.#from.push(from);
    this.#to.push(to);
    this.#quote.push(quote);
    this.text += characters;
  }

  origin(start: number, end: number): Origin {
    const first = this.#run(start);
    const last = this.#run(Math.max(start, end - 1));
    const from = this.#place(start, first);
    const to = end > start ? this.#placeBehind(end - 1, last) : from;
    const origin = this.#places.at(from, to);
    return this.#quote[first] === this.#quote[last] ? origin : { ...origin, span: null };
  }

  /** The run that the character at `index` is in; behind the last one, the last. */
  #run(index: number): number {
    let [low, high] = [0, this.#at.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#at[middle] ?? 0) <= index) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #place(index: number, run: number): number {
    const at = this.#at[run];
    return at === undefined || index >= this.text.length ? this.#end : (this.#from[run] ?? 0) + index - at;
  }

  /** The last character of a run may have stood as two, with a backslash. */
  #placeBehind(index: number, run: number): number {
    const next = this.#at[run + 1] ?? this.text.length;
    return index + 1 === next ? (this.#to[run] ?? this.#end) : this.#place(index, run) + 1;
  }
}
