/** Wraps text for a terminal, as it is printed: with what a terminal would obey escaped. Only a word that is longer than its columns is wider. */
import { escapeLine } from './escape.ts';

/** Lines of a text, which has one at least. */
export type AtLeastOne = [...string[], string];

/** Lines of at most `width` characters, broken at spaces; a longer word stands alone. `indent` precedes all lines but the first. */
export function wrap(text: string, width: number, indent = ''): AtLeastOne {
  const lines: string[] = [];
  let line = '';
  for (const word of escapeLine(text).split(' ')) {
    if (line !== '' && line.trim() !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = indent + word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** As `wrap`, for text in which no word must stay whole: even an endless word breaks, such as a device's name in somebody's file. */
export function wrapName(text: string, width: number, indent = ''): AtLeastOne {
  const most = Math.max(1, width - indent.length);
  const parts = escapeLine(text)
    .split(' ')
    .flatMap(word => word.match(new RegExp(`.{1,${most}}`, 'gsu')) ?? [word]);
  return wrap(parts.join(' '), width, indent);
}

/** A property and its words as text for `wrap`: where they do not fit on one line of `width`, it may break behind its first `mark`. */
export function breakBehind(mark: '.' | '=', text: string, width: number): string {
  return text.length <= width ? text : text.replace(mark, `${mark} `);
}
