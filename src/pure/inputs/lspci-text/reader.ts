/** What a reader of one capability's text is: under each label that lspci prints, the fields that stand there. */
import type { CapabilityType } from '../../pci/capability.ts';
import { FieldWriter } from './field-writer.ts';
import { eachFlag, labelLines } from './lines.ts';
import type { TextBits } from './text-bits.ts';

/** Finds something in the text behind a label and writes it. */
export type Take = (text: string, put: FieldWriter) => void;

/** Names of fields by lspci's words; several words may stand for one field, as versions of lspci differ. */
export type Words = Readonly<Record<string, string>>;

/** Flags of one register: `CorrErr+ NonFatalErr-`. */
export function flags(register: string, names: Words): Take {
  const fields = new Map(Object.entries(names));
  return (text, put) => {
    eachFlag(text, (word, isSet) => {
      const field = fields.get(word);
      if (field !== undefined) put.set(register, field, isSet);
    });
  };
}

/** A flag whose bit is clear where lspci prints a plus. */
export function inverted(register: string, names: Words): Take {
  const fields = new Map(Object.entries(names));
  return (text, put) => {
    eachFlag(text, (word, isSet) => {
      const field = fields.get(word);
      if (field !== undefined) put.set(register, field, !isSet);
    });
  };
}

function firstGroup(pattern: RegExp, text: string): string | undefined {
  return pattern.exec(text)?.[1];
}

/** A field that is a number, in the unit in which it is decoded; the pattern's first group has its digits. */
export function decimal(register: string, field: string, pattern: RegExp): Take {
  return (text, put) => {
    const digits = firstGroup(pattern, text);
    if (digits !== undefined) put.set(register, field, Number(digits));
  };
}

/** A field whose own bits are printed as a number. */
export function code(register: string, field: string, pattern: RegExp, base: 10 | 16 = 16): Take {
  return (text, put) => {
    const digits = firstGroup(pattern, text);
    if (digits !== undefined) put.code(register, field, Number.parseInt(digits, base));
  };
}

/** A field with names: lspci's words and the layout's value. Words that are not listed leave it unknown. */
export function named(register: string, field: string, pattern: RegExp, values: Readonly<Record<string, unknown>>): Take {
  return (text, put) => {
    const word = firstGroup(pattern, text);
    if (word !== undefined && Object.hasOwn(values, word)) put.set(register, field, values[word]);
  };
}

/** Takes from a part of the text alone: the pattern's first group. */
export function part(pattern: RegExp, ...takes: readonly Take[]): Take {
  return (text, put) => {
    const found = firstGroup(pattern, text);
    if (found !== undefined) for (const take of takes) take(found, put);
  };
}

/** A register that is one number. */
export function number(register: string, pattern: RegExp, base: 10 | 16 = 16): Take {
  return (text, put) => {
    const digits = firstGroup(pattern, text);
    if (digits !== undefined) put.number(register, BigInt(base === 16 ? `0x${digits}` : digits));
  };
}

/** Reads the text of one capability. */
export interface CapabilityReader {
  readonly type: CapabilityType;
  /** Matches the title; the first reader whose title fits counts. */
  readonly title: RegExp;
  /** Writes what title and lines say of the registers of the capability at `offset`. */
  read(title: string, lines: readonly string[], bits: TextBits, offset: number): void;
}

/** Fields under their labels. `title`: what the title itself says. `rest`: lines that no label tells apart. */
export interface ReaderDeclaration {
  readonly title?: readonly Take[];
  readonly labels?: Readonly<Record<string, readonly Take[]>>;
  readonly rest?: (lines: readonly string[], put: FieldWriter) => void;
}

/** A reader of the capability `type`, whose titles in all versions of lspci `title` matches. */
export function reader(type: CapabilityType, title: RegExp, declaration: ReaderDeclaration = {}): CapabilityReader {
  const labels = new Map(Object.entries(declaration.labels ?? {}));
  return {
    type,
    title,
    read(words, lines, bits, offset) {
      const put = new FieldWriter(type.registers.pieces, bits, offset);
      for (const take of declaration.title ?? []) take(words, put);
      for (const { label, text } of labelLines(lines)) for (const take of labels.get(label) ?? []) take(text, put);
      declaration.rest?.(lines, put);
    },
  };
}
