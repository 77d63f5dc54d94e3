import assert from 'node:assert/strict';
import { test } from 'node:test';
import { detectFormat, type InputFormat } from './detect-format.ts';

function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

/** A config space of `size` bytes that begins with a vendor and a device. */
function raw(size: number, ...begin: number[]): Uint8Array {
  const bytes = new Uint8Array(size);
  bytes.set(begin);
  return bytes;
}

const VECTORS: [string, Uint8Array, InputFormat][] = [
  ['gzip', Uint8Array.of(0x1f, 0x8b, 8, 0, 0), 'gzip'],
  ['a JSON object', text(' \n{ "schemaVersion": 1 }'), 'json'],
  ['JSON lines behind a byte order mark', text('\ufeff{"a":1}\n{"a":2}\n'), 'json'],
  ['an array', text('[]'), 'json'],
  ['lspci', text('00:1c.0 PCI bridge: Intel\n\tControl: I/O+\n00: 86 80\n'), 'lspci'],
  ['lspci with a domain', text('10000:e1:00.0 Ethernet\r\n'), 'lspci'],
  ['lspci behind the prompt of a shell', text('$ sudo lspci -vvv\n00:00.0 Host bridge\n'), 'lspci'],
  ['lspci with a name that is not ASCII', text('00:1c.0 Gerät\n'), 'lspci'],
  ['an address alone', text('00:1c.0'), 'lspci'],
  ['other text', text('hello 00:1c.0 world\n'), 'unknown'],
  ['nothing', new Uint8Array(0), 'unknown'],
  ['64 bytes', raw(64, 0x86, 0x80), 'raw'],
  ['256 bytes', raw(256, 0x86, 0x80), 'raw'],
  ['4096 bytes', raw(4096, 0x86, 0x80), 'raw'],
  ['4096 bytes that begin like JSON', raw(4096, 0x7b, 0x22), 'raw'],
  ['4096 bytes that begin like gzip', raw(4096, 0x1f, 0x8b, 0x86), 'raw'],
  ['256 bytes of all ones and zeros', raw(256, 0xff, 0xff), 'raw'],
  ['64 bytes of lspci', text('00:1c.0 PCI bridge'.padEnd(64)), 'lspci'],
  ['64 bytes of ones alone', new Uint8Array(64).fill(0xff), 'raw'],
  ['4096 bytes of ones alone', new Uint8Array(4096).fill(0xff), 'raw'],
  ['100 bytes of ones', new Uint8Array(100).fill(0xff), 'unknown'],
  ['100 bytes', raw(100, 0x86, 0x80), 'unknown'],
];

for (const [name, bytes, wanted] of VECTORS) {
  test(`detectFormat tells ${name}`, () => assert.equal(detectFormat(bytes), wanted));
}

test('detectFormat takes the size of the whole input where it sees only the beginning', () => {
  assert.equal(detectFormat(raw(64, 0x86, 0x80), 4096), 'raw');
  assert.equal(detectFormat(raw(64, 0x86, 0x80), 5000), 'unknown');
});
