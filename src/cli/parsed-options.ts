/** Options as plain values, so that a thread can be given them. */
import type { Options } from './command.ts';

export type OptionValues = Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>;

export class ParsedOptions implements Options {
  /** The values by option name, as `node:util` parsed them. */
  readonly given: OptionValues;
  readonly words: readonly string[] | null;

  constructor(given: OptionValues, words: readonly string[] | null = null) {
    this.given = given;
    this.words = words;
  }

  flag(name: string): boolean {
    return this.given[name] === true;
  }

  value(name: string): string | undefined {
    const value = this.given[name];
    return typeof value === 'string' ? value : undefined;
  }

  values(name: string): readonly string[] {
    const value = this.given[name];
    return Array.isArray(value) ? value.map(String) : [];
  }
}
