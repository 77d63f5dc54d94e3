/** The values that outputs are made of, each declared with the words that its JSON Schema has. */
import * as v from 'valibot';

/** The type of a checked value: plain, read-only data. */
export type Json<S extends v.GenericSchema> = Frozen<v.InferOutput<S>>;

/** JSON has no undefined: an optional field is left out instead. */
type Frozen<T> = T extends readonly (infer E)[]
  ? readonly Frozen<E>[]
  : T extends object
    ? { readonly [K in keyof T]: Frozen<Exclude<T[K], undefined>> }
    : T;

export const text = (what: string) => v.pipe(v.string(), v.description(what));
export const flag = (what: string) => v.pipe(v.boolean(), v.description(what));
export const count = (what: string) => v.pipe(v.number(), v.integer(), v.minValue(0), v.description(what));

/** A hexadecimal string, for a number that may not fit a JSON number or that people read in hexadecimal. */
export const hex = (what: string) => v.pipe(v.string(), v.regex(/^0x[0-9a-f]+$/), v.description(`${what}, in hexadecimal`));

/** An id or a register with a fixed number of digits. */
export const hexDigits = (digits: number, what: string) =>
  v.pipe(v.string(), v.regex(new RegExp(`^0x[0-9a-f]{${digits}}$`)), v.description(`${what}, ${digits} hexadecimal digits`));

export const list = <S extends v.GenericSchema>(item: S, what: string) => v.pipe(v.array(item), v.description(what));

export const orNull = <S extends v.GenericSchema>(value: S, what: string) => v.pipe(v.nullable(value), v.description(what));

/** An object with a description; each of its fields has its own. */
export const part = <const E extends v.ObjectEntries>(fields: E, what: string) => v.pipe(v.object(fields), v.description(what));

export const oneOf = <const Words extends readonly string[]>(words: Words, what: string) => v.pipe(v.picklist(words), v.description(what));

export const address = (what: string) =>
  v.pipe(v.string(), v.regex(/^[0-9a-f]{4,8}:[0-9a-f]{2}:[01][0-9a-f]\.[0-7]$/), v.description(`${what}: domain:bus:device.function`));

/** The bytes of config space that are there. */
export const configBytes = (what: string) =>
  v.pipe(
    v.string(),
    v.regex(/^(?:[0-9a-f]{2}|\?\?)*$/),
    v.description(`${what}, from offset 0 up: two hexadecimal digits for each byte, ?? for one that is not known`),
  );

export const bytes = (what: string) =>
  v.pipe(v.string(), v.regex(/^(?:[0-9a-f]{2})*$/), v.description(`${what}: two hexadecimal digits for each byte`));

export const schemaVersion = <const Version extends number>(version: Version) =>
  v.pipe(v.literal(version), v.description('rises when a field changes its meaning or goes; fields may be added without'));

/** A stable code with what it says. */
export const coded = {
  code: text('stable, for programs'),
  text: text('one sentence for people'),
};

/** Why something failed. */
export const failure = v.object({ code: text('stable, for programs'), message: text('one sentence for people') });

export const finding = v.object({ at: hex('offset in config space, in bytes'), ...coded });

/** A run of bytes that are not known. */
export const unknownPlace = v.object({
  list: oneOf(
    ['header', 'standard', 'extended', 'body'],
    'what the bytes belong to: the header, a list of capabilities, or registers while the list around them is known',
  ),
  from: hex('offset of the first byte'),
  to: hex('offset of the last byte'),
  ...coded,
});
/** A run of bytes that are not known, in JSON. */
export type UnknownJson = Json<typeof unknownPlace>;

export const unknownPlaces = (whose: string) =>
  v.pipe(v.array(unknownPlace), v.description(`bytes of ${whose} that are not known; empty where all are`));

/** A value of a register: what is wider than 32 bits is a hexadecimal string. */
export type RegisterValue = string | number | boolean | null | readonly RegisterValue[] | { readonly [field: string]: RegisterValue };

export const registerValue: v.GenericSchema<RegisterValue> = v.union([
  v.string(),
  v.number(),
  v.boolean(),
  v.null(),
  v.array(v.lazy(() => registerValue)),
  v.record(
    v.string(),
    v.lazy(() => registerValue),
  ),
]);

/** Registers and their fields by name. */
export const registers = (what: string) => v.pipe(v.record(v.string(), registerValue), v.description(what));
