/** What holds of decoding, whatever the bytes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { STANDARD_CAPABILITIES } from '../../src/pure/pci/capabilities/index.ts';
import { decodeCapability, encodeCapability } from '../../src/pure/pci/capability.ts';
import { ConfigSpace, EXTENDED_SIZE } from '../../src/pure/pci/config-space.ts';
import { decodeDevice } from '../../src/pure/pci/decode-device.ts';
import { EXTENDED_CAPABILITIES } from '../../src/pure/pci/extended/index.ts';
import { walkExtended, walkStandard } from '../../src/pure/pci/walk.ts';
import { configSpaces, numbers, RUNS, seeds } from '../fixtures/arbitrary-config.ts';

/** No input may take longer; a run takes a fraction of a millisecond, so only a loop that does not end soon gets there. */
const MOST_MILLISECONDS = 2000;

test('decodeDevice and both walks end on any bytes, with findings in words', () => {
  fc.assert(
    fc.property(configSpaces, config => {
      const start = performance.now();
      const device = decodeDevice(config);
      const [standard, extended] = [walkStandard(config), walkExtended(config)];
      assert.ok(performance.now() - start < MOST_MILLISECONDS);
      assert.ok(standard.capabilities.length <= 64 && extended.capabilities.length <= 1024);
      for (const { capabilities } of [standard, extended]) {
        assert.equal(new Set(capabilities.map(({ offset }) => offset)).size, capabilities.length, 'no place is visited twice');
      }
      for (const { at, code, text } of device.findings) {
        assert.ok(at >= 0 && at < 0x1000 + 0x100, `${code} at ${at}`);
        assert.match(code, /^[a-z]+\.[a-z-]+$/);
        assert.ok(text.length > 0);
      }
    }),
    { numRuns: RUNS },
  );
});

const TYPES = [...STANDARD_CAPABILITIES, ...EXTENDED_CAPABILITIES];
/** Types whose tables stand at offsets that they say themselves: what lies between is no register, and is encoded as 0. */
const WITH_GAPS = new Set([0x02, 0x08, 0x09]);

test('encodeCapability undoes decodeCapability for every type and any body', () => {
  fc.assert(
    fc.property(fc.constantFrom(...TYPES), seeds, fc.nat(15), (type, seed, version) => {
      const next = numbers(seed);
      const bytes = Uint8Array.from({ length: EXTENDED_SIZE }, () => next() >>> 24);
      bytes.set(type.kind === 'standard' ? [type.id, 0] : [type.id & 0xff, type.id >> 8, version, 0]);
      const { fields, missing } = decodeCapability(type, new ConfigSpace(bytes), 0);
      // Some can say that they are longer than config space.
      if (missing.length > 0) return;
      const encoded = encodeCapability(type, fields, version);
      const gaps = type.kind === 'extended' && WITH_GAPS.has(type.id);
      encoded.forEach((byte, at) => {
        if (byte !== bytes[at] && !(gaps && byte === 0)) assert.fail(`${type.name}: ${bytes[at]} at ${at} comes back as ${byte}`);
      });
    }),
    { numRuns: RUNS },
  );
});
