import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ServiceError } from '../service-error.ts';
import { parseRequest, REQUESTS } from './protocol.ts';

const VALID: readonly object[] = [
  { request: 'list' },
  { request: 'show', device: 'gpu' },
  { request: 'show' },
  { request: 'counters' },
  { request: 'end', device: '' },
  { request: 'set', device: 'gpu', properties: ['ats=off', 'x='] },
  { request: 'unset', properties: [] },
];

for (const request of VALID) {
  test(`parseRequest accepts ${JSON.stringify(request)}`, () => assert.deepEqual(parseRequest(JSON.stringify(request)), request));
}

test('parseRequest knows every request of a table', () => {
  assert.deepEqual(REQUESTS, ['list', 'show', 'counters', 'end', 'set', 'unset']);
  assert.deepEqual(new Set(VALID.map(request => 'request' in request && request.request)), new Set(REQUESTS));
});

const INVALID: readonly (readonly [line: string, words: RegExp])[] = [
  ['', /^the request is not JSON: wanted one object a line, such as \{"request":"list"\}$/],
  ['{"request":"list"', /not JSON/],
  ['null', /wanted a JSON object with "request"/],
  ['[]', /wanted "request" to be one of list, show, counters, end, set, unset/],
  ['"list"', /wanted a JSON object/],
  ['{}', /wanted "request" to be one of list,/],
  ['{"request":"quit"}', /wanted "request" to be one of list,/],
  ['{"request":{"list":1}}', /wanted "request" to be one of list,/],
  ['{"request":"list","device":"gpu"}', /there is no field "device" in this request/],
  ['{"request":"show","moon":1}', /there is no field "moon" in this request/],
  ['{"request":"show","__proto__":{}}', /there is no field "__proto__" in this request/],
  ['{"request":"show","device":7}', /device: .*string/],
  ['{"request":"set","device":"gpu"}', /properties: /],
  ['{"request":"set","properties":[]}', /properties: .*length/],
  ['{"request":"set","properties":[7]}', /properties\.0: .*string/],
  [`{"request":"set","properties":["a=${'x'.repeat(1024)}"]}`, /properties\.0: .*length/],
  [JSON.stringify({ request: 'set', properties: Array(257).fill('a=b') }), /properties: .*length/],
  [`{"request":"show","${'x'.repeat(10_000)}":1}`, /no field "x{40}"/],
  ['['.repeat(60_000), /not JSON/],
  [`${'['.repeat(30_000)}${']'.repeat(30_000)}`, /wanted "request"/],
  [`{"request":"show","device":${'['.repeat(30_000)}${']'.repeat(30_000)}}`, /device: .*string/],
];

for (const [line, words] of INVALID) {
  test(`parseRequest refuses ${line.slice(0, 60)}`, () => {
    assert.throws(
      () => parseRequest(line),
      (error: unknown) => {
        assert.ok(error instanceof ServiceError, String(error));
        assert.match(error.message, words);
        assert.ok(error.message.length < 250 && !error.message.includes('\n'), error.message);
        return true;
      },
    );
  });
}
