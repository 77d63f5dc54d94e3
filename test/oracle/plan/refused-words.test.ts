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

const OBJECTS: readonly string[] = [
  ...['iommufd,id=i0,foo=1', 'iommufd,foo=1', 'iommufd,id=i0,fd=abc', 'iommufd,id=i0,fd=', '{"qom-type":"iommufd","id":"i0","foo":1}'],
  ...['{"qom-type":"iommufd","id":"i0","fd":5}', 'rng-random,id=r,foo=1', 'rng-random,id=r,filename=/dev/urandom'],
  ...[
    '',
    ',size=1M,foo=1',
    ',size=1M,share=maybe',
    ',size=1M,prealloc=on,merge=x',
    ',size=1M,policy=zz',
    ',size=1M,share=yes,dump=off',
  ].map(options => `memory-backend-ram,id=m${options}`),
  ...['size=1M', 'size=1M,mem-path=/nowhere,rom=maybe', 'mem-path=/nowhere'].map(options => `memory-backend-file,id=m,${options}`),
  ...['share=x,nosuch=1', 'nosuch=1', 'size=1M,seal=on,hugetlb=off', 'size=1M,host-nodes=0,policy=bind'].map(
    options => `memory-backend-memfd,id=m,${options}`,
  ),
  '{"qom-type":"memory-backend-ram","id":"m","size":1048576,"share":"on"}',
  '{"qom-type":"memory-backend-ram","id":"m","size":1048576,"share":true,"policy":"default"}',
];

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
  ...OBJECTS.map(object => ['-object', object]),
  ...['hvf', 'whpx', 'foo'].map(name => ['-accel', name]),
  ['-accel', 'whpx', '-accel', 'tcg'],
  ...['rp1', 'rp2', 'c0', 'm0', 'nowhere'].map(name => [
    ...['-object', 'memory-backend-ram,id=m0,size=1M', '-chardev', 'null,id=c0', '-device', 'pcie-root-port,id=rp1,chassis=1'],
    ...['-device', `vfio-pci,host=01:00.0,iommufd=${name}`, '-device', 'pcie-root-port,id=rp2,chassis=2'],
  ]),
];

/** What the server that is not there says. */
const NO_SERVER = /^Failed to connect to '/;

for (const words of WORDS) {
  test(`plan says of ${words.join(' ')} what QEMU says`, { skip: skipWithoutQemu }, () => {
    const all = ['-nodefaults', '-M', 'q35', ...words];
    const { status, lines } = runQemu(X86, all);
    const said = lines.join('\n').replace(/^-(?:device|accel|object) (?:\{.*\}|\S+): /m, '');
    const host = { name: 'host', facts: NO_HOST_FACTS, devices: [], isWhole: false };
    const [plan] = new Planner([host]).plan(definitionOf(X86, all)).hosts;
    // With a second accelerator QEMU goes on.
    const isStarted = status === 0 || NO_SERVER.test(said);
    assert.deepEqual([plan?.outcome, plan?.stopsWith?.message], isStarted ? ['fits', undefined] : ['fails', said]);
  });
}
