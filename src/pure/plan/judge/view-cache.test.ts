/** Views that are kept, and shared by requests of one effect, are what would be seen without keeping any. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DeviceFacts, deviceFacts } from '../../facts/index.ts';
import { type View, type ViewRequest, view } from '../../guest-view/index.ts';
import { iommufdDevice } from '../../iommu/index.ts';
import { buildConfigSpace } from '../../pci/builder.ts';
import { ViewCache } from './view-cache.ts';

const hostIommu = iommufdDevice({ type: 1, data: new Uint8Array(0), capabilities: 1n, maxPasidLog2: 20, kernel: '7.3.4' });

function device(): DeviceFacts {
  const extended = [
    { id: 0x0f, body: '20000000' },
    { id: 0x1b, body: '04140000' },
  ];
  const config = buildConfigSpace({
    vendorId: 0x1234,
    deviceId: 1,
    classCode: 0x02_00_00,
    standard: [{ id: 0x10, body: '0200'.padEnd(116, '0') }],
    extended,
  });
  return deviceFacts(config, { origin: 'capture', hostIommu });
}

const property = (name: string, value: string): ViewRequest => ({ properties: [{ name, value }] });

/** Each differs from the first in one thing, twice over. */
const PARTS: readonly ViewRequest[] = [
  {},
  ...['pc-q35-11.1', 'pc-q35-11.0', 'pc-q35-9.2'].map(machine => ({ machine })),
  ...['on', 'off', 'auto'].map(value => property('ats', value)),
  ...['0', '1'].map(value => property('rombar', value)),
  ...['0x1111', '0x2222'].map(value => property('x-pci-vendor-id', value)),
  ...['0x1111', '0x2222'].map(value => property('x-pci-sub-device-id', value)),
  ...['on', 'off'].map(value => property('multifunction', value)),
  ...['on', 'off'].map(value => property('enable-migration', value)),
  ...(['root-port', 'root-complex', 'conventional-bridge'] as const).map(placement => ({ placement })),
  { machine: 'pc-i440fx-10.0', placement: 'root-port' },
  ...[true, false].map(pasid => ({ guestIommu: { pasid } })),
  ...(['host', 'vfio'] as const).map(bytes => ({ bytes })),
  ...[0n, 8n].map(capabilities => ({ assumed: { capabilities } })),
  ...[0, 16].map(maxPasidLog2 => ({ assumed: { maxPasidLog2 } })),
  { assumed: { backend: 'legacy' } },
  { assumed: { kernel: '6.12.0' } },
];

const REQUESTS = (['qemu-11.1', 'airlock'] as const).flatMap(profile =>
  PARTS.map((part): ViewRequest => ({ profile, machine: 'pc-q35-10.0', ...part })),
);

/** What is seen, or why nothing is. */
function seen(ask: () => View): unknown {
  try {
    const { facts: _, hostIommu: iommu, profile, properties, ...rest } = ask();
    const { report, kernel, backend } = iommu;
    return { ...rest, report, kernel, backend, ats: iommu.atsEvidence(), profile: profile.name, values: [...properties.values()] };
  } catch (error) {
    return String(error);
  }
}

test('ViewCache gives the view of each request, whichever were asked before', () => {
  for (const requests of [REQUESTS, REQUESTS.toReversed(), [...REQUESTS, ...REQUESTS].map(request => ({ ...request }))]) {
    const [cache, facts] = [new ViewCache(), device()];
    for (const request of requests) {
      assert.deepEqual(
        seen(() => cache.view(facts, request)),
        seen(() => view(device(), request)),
        JSON.stringify(request, (_, value) => (typeof value === 'bigint' ? `${value}n` : value)),
      );
    }
  }
});

test('ViewCache realizes once for machine types that change nothing of the device', () => {
  const [cache, facts] = [new ViewCache(), device()];
  const ask = (machine: string, value: string): View =>
    cache.view(facts, { profile: 'qemu-11.1', machine, properties: [{ name: 'ats', value }] });
  const first = ask('pc-q35-10.0', 'on');
  assert.equal(ask('pc-q35-10.1', 'on').realized, first.realized);
  assert.equal(ask('pc-q35-10.1', 'on').properties.machine?.name, 'pc-q35-10.1');
  assert.notEqual(ask('pc-q35-10.1', 'off').realized, first.realized);
});
