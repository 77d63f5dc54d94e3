/** How lspci writes a number that has no name: `??7`. */

/** lspci's word for a value that a layout named; `??` and the decimal number where the layout has no name for it either. */
export function formatNamed(name: string, words: Readonly<Record<string, string>>): string {
  const word = words[name];
  if (word !== undefined) return word;
  const raw = /0x([0-9a-f]+)/.exec(name);
  return `??${raw?.[1] === undefined ? name : Number.parseInt(raw[1], 16)}`;
}
