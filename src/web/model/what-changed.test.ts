import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deviceFacts } from '../../pure/facts/index.ts';
import { iommufdDevice } from '../../pure/iommu/index.ts';
import { buildConfigSpace } from '../../pure/pci/builder.ts';
import { ConfigSpace } from '../../pure/pci/config-space.ts';
import { answerTo } from './answer.ts';
import { sayChange } from './what-changed.ts';
import { NOTHING_CHANGED, type WhatIf } from './what-if.ts';

const config = buildConfigSpace({
  vendorId: 0x8086,
  deviceId: 0x1572,
  classCode: 0x02_00_00,
  standard: [{ id: 0x10, body: `0200${'00'.repeat(0x38)}` }],
  extended: [
    // Its next pointer leads past ATS where that is hidden, which is not told.
    { id: 0x03, body: '0011223344556677' },
    { id: 0x0f, body: '20000000' },
    { id: 0x1b, body: '00140000' },
  ],
});
const hostIommu = iommufdDevice({ type: 0, data: new Uint8Array(0), capabilities: 0n, maxPasidLog2: 20, kernel: '7.3.4' });
const facts = deviceFacts(config, { hostIommu });

const asked = (question: Partial<WhatIf>) => answerTo(facts, { ...NOTHING_CHANGED, ...question });
const usual = asked({});

const SAID: readonly (readonly [question: Partial<WhatIf>, words: RegExp])[] = [
  [{}, /^Nothing changes\.$/],
  [{ ats: 'on' }, /^Nothing changes\.$/],
  [{ ats: 'off' }, /^The guest loses ATS: the property ats=off masks ATS from the guest\.$/],
  [{ kernelAnswer: 'unsupported' }, /^The guest loses ATS: the host kernel reports that ATS cannot be used for this device\.$/],
  [{ kernelAnswer: 'unreported' }, /^The guest sees the same; a note is new: /],
  [{ ats: 'on', kernelAnswer: 'unsupported' }, /^Realize now fails: .*ATS/],
  [{ viommuPasid: true }, /^The guest gets PASID: the VMM adds PASID/],
  [{ profile: 'qemu-10.0' }, /^The guest /],
  [{ properties: [{ name: 'rombar', value: '0' }] }, /^The slot changes: ROM\.$/],
  [{ placement: 'conventional-bridge' }, /^The guest loses .*: the device is on a conventional|^The guest loses /],
  [{ machine: 'no-such' }, /^This cannot be asked: unsupported machine type: "no-such"/],
  [{ properties: [{ name: 'atx', value: '0' }] }, /^This cannot be asked: .*did you mean ats\?$/],
];

for (const [question, words] of SAID)
  test(`sayChange of ${JSON.stringify(question)}`, () => assert.match(sayChange(usual, asked(question)), words));

test('sayChange says that realize no longer fails', () => {
  assert.equal(sayChange(asked({ ats: 'on', kernelAnswer: 'unsupported' }), usual), 'Realize no longer fails.');
});

test('sayChange of a device of which 64 bytes are known claims nothing of its capabilities', () => {
  const part = deviceFacts(new ConfigSpace(config.bytes.slice(0, 64)), { hostIommu });
  const words = sayChange(answerTo(part, NOTHING_CHANGED), answerTo(part, { ...NOTHING_CHANGED, ats: 'off' }));
  assert.doesNotMatch(words, /loses|gets/);
});
