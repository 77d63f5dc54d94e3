import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatHexBytes, hexDigits } from '../../bytes/hex.ts';
import { detectFormat, isWrapping } from '../detect-format.ts';
import { parseHexText } from '../forms/index.ts';
import { parseLspciDump } from '../lspci-dump.ts';
import { TextUnwrapper, type TextWrapping, unwrapText } from './index.ts';

const BYTES = Uint8Array.from({ length: 64 }, (_, i) => (i * 37 + 11) & 0xff);
const ROWS = Array.from({ length: 4 }, (_, i) => {
  const pairs = Array.from(BYTES.subarray(16 * i, 16 * i + 16), byte => hexDigits(byte, 2));
  return `${hexDigits(16 * i, 2)}: ${pairs.join(' ')}`;
});
const NOTE = '\tA note of nobody: Len=08 <?>';
const DUMP = ['02:00.0 Ethernet controller', NOTE, ...ROWS];

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const escapeHtml = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** As a mail program writes lines for its transport: an equals sign encoded, lines broken before 76 characters. */
const quoted = (lines: readonly string[]): string =>
  lines.map(line => line.replaceAll('=', '=3D').replaceAll('\u00a0', '=C2=A0').replace(/.{72}/g, '$&=\r\n')).join('\r\n');

const HTML: readonly (readonly [name: string, text: string])[] = [
  ['lines that br ends', `<html><body>${DUMP.map(escapeHtml).join('<br>')}</body></html>`],
  ['lines that br and a line end end', DUMP.map(line => `${escapeHtml(line)}<br />\n`).join('')],
  ['a pre', `<p>Hello,</p><pre class="x"><code>${DUMP.map(escapeHtml).join('\n')}</code></pre>`],
  ['a div for each line', DUMP.map(line => `<div><span style="a: b">${escapeHtml(line)}</span></div>`).join('')],
  ['spaces as character references', DUMP.map(line => `${escapeHtml(line).replaceAll(' ', '&nbsp;')}<br>\n`).join('')],
  ['spaces as numeric character references', DUMP.map(line => `${escapeHtml(line).replaceAll(' ', '&#160;')}<br>\n`).join('')],
  ['quoting', DUMP.map(line => `&gt; ${escapeHtml(line)}\n`).join('')],
  [
    'a table with a cell for each byte',
    `<table>${DUMP.map(line => `<tr><td>${line.split(' ').map(escapeHtml).join('</td><td>')}</td></tr>`).join('')}</table>`,
  ],
];

const MAIL: readonly (readonly [name: string, text: string])[] = [
  ['rows that are broken', quoted(DUMP.map(line => `> > > > > > > > > > > > ${line}`))],
  ['spaces that are no ASCII', quoted(DUMP.map(line => line.replaceAll(' ', '\u00a0')))],
  ["the mail's header", `Content-Transfer-Encoding: quoted-printable\r\n\r\n${quoted(DUMP)}`],
];

/** The bytes of the one device inside of wrappings. */
function readInside(text: string, wanted: readonly TextWrapping[]): void {
  let inside = bytesOf(text);
  for (const name of wanted) {
    assert.equal(detectFormat(inside), name);
    inside = unwrapText(inside, name);
  }
  assert.equal(detectFormat(inside), 'lspci');
  const [device, ...others] = parseLspciDump(inside);
  assert.deepEqual(
    [device?.bdf.text, formatHexBytes(device?.config.bytes ?? new Uint8Array(0)), device?.config.isWhole, device?.unread, others.length],
    ['0000:02:00.0', formatHexBytes(BYTES), true, null, 0],
    new TextDecoder().decode(inside),
  );
}

for (const [name, text] of HTML) test(`a dump in HTML is read: ${name}`, () => readInside(text, ['html']));
for (const [name, text] of MAIL) test(`a dump in quoted-printable is read: ${name}`, () => readInside(text, ['quoted-printable']));

test('a row below a soft break whose line goes on nowhere is a row', () => {
  readInside([`${'02:00.0 Ethernet controller of a maker with a long name'.padEnd(70, 'x')}=`, ...ROWS].join('\n'), []);
});

test('a dump in HTML in quoted-printable is read', () => {
  readInside(quoted([`<pre>${DUMP.map(escapeHtml).join('<br>')}</pre>`]), ['quoted-printable', 'html']);
});

test('a hex dump of another program in HTML is read', () => {
  const text = ROWS.map(row => `<div>000000${row.replace(': ', '&nbsp; ')}</div>`).join('');
  assert.equal(detectFormat(bytesOf(text)), 'html');
  const inside = new TextDecoder().decode(unwrapText(bytesOf(text), 'html'));
  assert.equal(formatHexBytes(parseHexText(inside).result.devices[0]?.config.bytes ?? new Uint8Array(0)), formatHexBytes(BYTES));
});

test('text of lspci, and text that holds no device, is in no wrapping', () => {
  for (const text of [DUMP.join('\n'), '<domain><name>a &amp; b</name></domain>', '<p>Hello</p>', 'a =3D b', '<html>1 &lt; 2</html>'])
    assert.equal(isWrapping(detectFormat(bytesOf(text))), false, text);
});

test('TextUnwrapper gives the same however a text is cut', () => {
  for (const [name, text] of [
    ...HTML.map(([, text]) => ['html', text] as const),
    ...MAIL.map(([, text]) => ['quoted-printable', text] as const),
  ]) {
    const whole = new TextDecoder('latin1').decode(unwrapText(bytesOf(text), name));
    for (const size of [1, 7, 64]) {
      const unwrapper = new TextUnwrapper(name);
      let pieces = '';
      for (let at = 0; at < text.length; at += size)
        pieces += new TextDecoder('latin1').decode(unwrapper.push(bytesOf(text.slice(at, at + size))));
      pieces += new TextDecoder('latin1').decode(unwrapper.end());
      assert.equal(pieces.replace(/\n+/g, '\n'), whole.replace(/\n+/g, '\n'));
    }
  }
});

test('wrappings of text that repeats are taken off in time', { timeout: 20_000 }, () => {
  for (const part of ['<', '<p ', '<br>', '&', '&amp;', '&#', '=\n', '= ', '=3D', '<!--', '</']) {
    const bytes = bytesOf(`${DUMP.join('\n')}\n${part.repeat(200_000 / part.length)}`);
    detectFormat(bytes);
    unwrapText(bytes, 'html');
    unwrapText(bytes, 'quoted-printable');
  }
});

test('detectFormat takes no row of xxd for a line that quoted-printable broke, though its characters end in an equals sign', () => {
  const row = '00000000: 8680 7215 0604 1000 0200 0002 1000 003d  ..r............=';
  const text = bytesOf(`${row}\n${row.replace('00000000', '00000010')}\n`);
  assert.equal(row.length, 67);
  assert.equal(detectFormat(text), 'hex-text');
});
