import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deviceFacts } from '../../pure/facts/index.ts';
import { iommufdDevice } from '../../pure/iommu/index.ts';
import { buildConfigSpace } from '../../pure/pci/builder.ts';
import { ConfigSpace } from '../../pure/pci/config-space.ts';
import { answerTo } from './answer.ts';
import { type Lane, lanesOf } from './lanes.ts';
import { differingBits, fieldAt, registersOf } from './registers.ts';
import { NOTHING_CHANGED, type WhatIf } from './what-if.ts';

const config = buildConfigSpace({
  vendorId: 0x8086,
  deviceId: 0x1572,
  classCode: 0x02_00_00,
  standard: [{ id: 0x10, body: `0200${'00'.repeat(0x38)}` }],
  extended: [
    { id: 0x0f, body: '20000000' },
    { id: 0x10, body: '00'.repeat(0x3c) },
    { id: 0x1b, body: '00140000' },
  ],
});
const hostIommu = iommufdDevice({ type: 0, data: new Uint8Array(0), capabilities: 0n, maxPasidLog2: 20, kernel: '7.3.4' });

function viewOf(question: Partial<WhatIf>, space: ConfigSpace = config) {
  const { view } = answerTo(deviceFacts(space, { hostIommu }), { ...NOTHING_CHANGED, ...question });
  if (view === null) throw new Error('the question cannot be asked');
  return view;
}

const tonesOf = ({ blocks }: Lane) => Object.fromEntries(blocks.map(({ name, tone }) => [name, tone]));

test('lanesOf says in which lane a capability is taken away, and where one is added', () => {
  const [hardware, kernel, guest] = lanesOf(viewOf({ ats: 'off', viommuPasid: true }));
  assert.ok(hardware && kernel && guest);
  assert.deepEqual(new Set(Object.values(tonesOf(hardware))), new Set(['plain']));
  const seen = ['ATS', 'SR-IOV', 'PASID'];
  assert.deepEqual(
    seen.map(name => tonesOf(kernel)[name]),
    ['shown', 'shown', 'hidden'],
  );
  assert.deepEqual(
    seen.map(name => guest.blocks.filter(block => block.name === name).map(({ tone }) => tone)),
    [['hidden'], ['hidden'], ['hidden', 'synthesised']],
  );
});

test('lanesOf has the links of each list as its bytes have them', () => {
  const [hardware, , guest] = lanesOf(viewOf({ ats: 'off' }));
  assert.deepEqual(
    hardware?.links.map(({ from, to }) => [from, to]),
    [
      [0x34, 0x40],
      [0x100, 0x108],
      [0x108, 0x148],
    ],
  );
  assert.deepEqual(
    guest?.links.map(({ from, to }) => [from, to]),
    [[0x34, 0x40]],
  );
});

test('lanesOf of a device that fails to realize has the hardware alone', () => {
  const lanes = lanesOf(viewOf({ ats: 'on', kernelAnswer: 'unsupported' }));
  assert.deepEqual(
    lanes.map(({ name }) => name),
    ['hardware'],
  );
});

test('registersOf has hardware beside guest, and why they differ', () => {
  const view = viewOf({ ats: 'off' });
  const lanes = lanesOf(view);
  const ats = lanes.at(-1)?.blocks.find(({ name }) => name === 'ATS');
  assert.ok(ats);
  const field = fieldAt(registersOf(view, lanes, ats), ats.offset + 4);
  assert.equal(field?.name, 'invalidate queue depth');
  assert.deepEqual(field?.hardware, { bits: '00000', value: '32' });
  const aligned = registersOf(view, lanes, ats)
    .flatMap(({ fields }) => fields)
    .find(({ path }) => path === 'capability.pageAlignedRequest');
  assert.deepEqual(
    [aligned?.hardware, aligned?.guest],
    [
      { bits: '1', value: 'yes' },
      { bits: '0', value: 'no' },
    ],
  );
  assert.equal(aligned?.why, 'vmm: the registers of a hidden capability read as 0 and take no writes');
  assert.equal(aligned?.write, 'no');
});

test('registersOf has bits that are not known as question marks, and says nothing of them', () => {
  const view = viewOf({}, new ConfigSpace(config.bytes.slice(0, 0x44)));
  const lanes = lanesOf(view);
  const express = lanes[0]?.blocks.find(({ name }) => name === 'PCI Express');
  assert.ok(express);
  const fields = registersOf(view, lanes, express).flatMap(register => register.fields);
  const unknown = fields.filter(({ from }) => from >= 0x44);
  assert.ok(unknown.length > 10);
  assert.deepEqual(new Set(unknown.flatMap(({ hardware }) => [hardware.bits.replaceAll('?', ''), hardware.value])), new Set(['']));
});

test('differingBits tells of no bit that is not known of the guest', () => {
  assert.deepEqual(differingBits('01?0', '0??1'), [false, false, false, true]);
  assert.deepEqual(differingBits('??', '0?'), [true, false]);
});
