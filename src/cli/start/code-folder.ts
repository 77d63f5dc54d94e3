/** Where the code is that V8 made of the built command: of other versions of Node, and on other machines, it would be another. */
export function codeFolder(): string {
  return `code-${process.version}-${process.arch}`;
}
