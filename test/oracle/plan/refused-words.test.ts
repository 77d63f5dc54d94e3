/** Devices of servers and objects, good and bad: a plan says of each what QEMU says. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_HOST_FACTS } from '../../../src/pure/facts/index.ts';
import { Planner } from '../../../src/pure/plan/index.ts';
import { definitionOf } from './qemu-places.ts';
import { runQemu, skipWithoutQemu } from './run-qemu.ts';

const X86 = 'qemu-system-x86_64';

/** A socket that nobody listens at, so that QEMU ends where all else was right. */
const SOCKET = '{"type":"unix","path":"/nowhere.sock"}';

const SERVED: readonly string[] = [
  ...[SOCKET, '"x"', '5', 'null', '[]', '{}', '{"path":"/a"}', '{"type":"unix"}', '{"type":"tcp"}', '{"type":5}', '{"type":"inet"}'],
  ...['{"type":"vsock","cid":"1","port":"2"}', '{"type":"fd","str":"3"}', '{"type":"inet","host":"a","port":"1"}'],
  ...['{"type":"unix","path":5}', '{"type":"unix","path":"/a","foo":1}', '{"type":"unix","path":"/a","tight":"x"}'],
].map(socket => `"socket":${socket}`);

const WORDS: readonly (readonly string[])[] = [
  ...[
    ...SERVED,
    `"ats":"on","socket":${SOCKET}`,
    `"x-msg-timeout":"5","socket":${SOCKET}`,
    `"x-no-posted-writes":1,"socket":${SOCKET}`,
  ].map(members => ['-device', `{"driver":"vfio-user-pci",${members}}`]),
  ...['', ',socket=/x', ',x-msg-timeout=ab', ',host=01:00.0', ',iommufd=i0'].map(options => ['-device', `vfio-user-pci${options}`]),
  ['-device', '{"driver":"virtio-iommu-pci","reserved-regions":["0xfee00000:0xfeefffff:1"]}'],
  ['-device', '{"driver":"virtio-iommu-pci","reserved-regions":[]}'],
  ['-device', '{"driver":"virtio-iommu-pci","reserved-regions":"x"}'],
];

/** What the server that is not there says. */
const NO_SERVER = /^Failed to connect to '/;

for (const words of WORDS) {
  test(`plan says of ${words.join(' ')} what QEMU says`, { skip: skipWithoutQemu }, () => {
    const all = ['-nodefaults', '-M', 'q35', ...words];
    const { status, lines } = runQemu(X86, all);
    const said = lines.join('\n').replace(`${words.join(' ')}: `, '');
    const host = { name: 'host', facts: NO_HOST_FACTS, devices: [], isWhole: false };
    const [plan] = new Planner([host]).plan(definitionOf(X86, all)).hosts;
    const isStarted = status === 0 || NO_SERVER.test(said);
    assert.deepEqual([plan?.outcome, plan?.stopsWith?.message], isStarted ? ['fits', undefined] : ['fails', said]);
  });
}
