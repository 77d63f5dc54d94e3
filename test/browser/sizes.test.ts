/** How much the page's reader has to load, and the notices that go with it. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { ONE_FILE, PAGE, skip } from './page.ts';

/** Bytes of script and style that the first view needs, and of all views together, which one file holds; gzip. */
const [MOST_FIRST, MOST_WHOLE] = [250_000, 420_000];

const packedSize = (content: string | Uint8Array): number => gzipSync(content, { level: 9 }).length;

/** The files that a page of a web server loads before it shows something: its own, and what these import. */
function firstFiles(): Set<string> {
  const html = readFileSync(join(PAGE, 'index.html'), 'utf8');
  const waiting = [...html.matchAll(/(?:src|href)="([^"]+)"/g)]
    .filter(([, path = '']) => !path.startsWith('data:'))
    .map(([, path = '']) => join(PAGE, path));
  const files = new Set<string>();
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (files.has(path)) continue;
    files.add(path);
    const code = path.endsWith('.js') ? readFileSync(path, 'utf8') : '';
    for (const [, name = ''] of code.matchAll(/\b(?:from|import)\s*["'](\.[^"']+)["']/g)) waiting.push(join(dirname(path), name));
  }
  return files;
}

describe('the sizes of the page', { skip }, () => {
  it(`a web server's page needs at most ${MOST_FIRST} bytes of script and style for its first view`, context => {
    const files = [...firstFiles()];
    assert.ok(files.some(path => path.endsWith('.js')) && files.some(path => path.endsWith('.css')), files.join(', '));
    const size = files.reduce((sum, path) => sum + packedSize(readFileSync(path)), 0);
    context.diagnostic(`${size} bytes, gzip, in ${files.length} files`);
    assert.ok(size <= MOST_FIRST, `${size} bytes`);
  });

  it(`the one file, which holds all views, has at most ${MOST_WHOLE} bytes of script and style, and the notices of what it is made of`, context => {
    const html = readFileSync(ONE_FILE, 'utf8');
    const [, notices = ''] = /<\/html>\n<!--([\s\S]*)-->\n$/.exec(html) ?? [];
    for (const name of ['preact', '@preact/signals', 'valibot', 'js-yaml', 'saxes']) assert.match(notices, new RegExp(`^${name} \\d`, 'm'));
    assert.match(notices, /The above copyright notice and this permission notice shall be included/);
    const size = packedSize(html.slice(0, -notices.length));
    context.diagnostic(`${size} bytes, gzip`);
    assert.ok(size <= MOST_WHOLE, `${size} bytes`);
  });
});
