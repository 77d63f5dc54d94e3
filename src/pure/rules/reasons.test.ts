import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { REASONS } from './reasons.ts';

describe('REASONS', () => {
  for (const [code, reason] of Object.entries(REASONS)) {
    it(`${code} has a stable code, a label that fits a table and one sentence`, () => {
      assert.equal(reason.code, code);
      assert.match(code, /^[a-z]+(?:\.[a-z-]+)+$/);
      assert.ok(reason.label.length > 0 && reason.label.length <= 30, reason.label);
      assert.ok(reason.text.length > reason.label.length - 12 && !reason.text.endsWith('.'), reason.text);
    });
  }
});
