/** The file with the code that V8 made of the built command: of other versions of Node, and on other machines, it would be another. */
export function codeFile(): string {
  return `code-${process.version}-${process.arch}.bin`;
}

/**
 * Where the code of each chunk stands behind the index. The file begins with the length of the index in four bytes, and the index in JSON;
 * spaces fill it up, so that what is behind it is aligned.
 */
export type CodeIndex = Readonly<Record<string, readonly [start: number, length: number]>>;

/** The bytes before the index. */
export const INDEX_START = 4;
