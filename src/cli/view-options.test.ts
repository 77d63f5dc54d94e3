import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { deviceFacts } from '../pure/facts/index.ts';
import { prepareRequest } from '../pure/guest-view/index.ts';
import { buildConfigSpace } from '../pure/pci/builder.ts';
import { UsageError } from './command.ts';
import { ParsedOptions } from './parsed-options.ts';
import { parseViewRequest, requestWith, viewDevice } from './view-options.ts';

type Given = ConstructorParameters<typeof ParsedOptions>[0];

const requestOf = (given: Given) => parseViewRequest(new ParsedOptions(given));

describe('parseViewRequest', () => {
  test('parseViewRequest of no option asks for what a VM without any gets', () => {
    assert.deepEqual(requestOf({}), {
      profile: 'airlock',
      globals: [],
      properties: [],
      guestIommu: { pasid: false },
      bytes: 'host',
      assumed: {},
    });
  });

  test('parseViewRequest has every option as a plain value, which a thread can be given', () => {
    const request = requestOf({
      ...{ profile: 'qemu-11.1', machine: 'pc-q35-11.0', placement: 'root-complex', bytes: 'vfio', 'viommu-pasid': true, ats: 'off' },
      ...{ property: ['ats=on', 'x-vpasid-cap-offset=0x200'], global: ['vfio-pci.ats=auto'] },
      ...{ 'hw-caps': '0xffffffffffffffff', 'max-pasid-log2': '20', kernel: '7.3.4', backend: 'iommufd' },
    });
    assert.deepEqual(structuredClone(request), request);
    assert.deepEqual(request, {
      ...{ profile: 'qemu-11.1', machine: 'pc-q35-11.0', placement: 'root-complex', bytes: 'vfio', guestIommu: { pasid: true } },
      globals: [{ driver: 'vfio-pci', name: 'ats', value: 'auto' }],
      properties: [
        { name: 'ats', value: 'on' },
        { name: 'x-vpasid-cap-offset', value: '0x200' },
        { name: 'ats', value: 'off' },
      ],
      assumed: { backend: 'iommufd', capabilities: 0xffff_ffff_ffff_ffffn, maxPasidLog2: 20, kernel: '7.3.4' },
    });
  });

  for (const [given, words] of [
    [{ machine: 'pc', placement: 'root-complex' }, /^--placement root-complex does not fit pc-i440fx-11\.1: it has no PCI Express root$/],
    [{ backend: 'legacy', 'hw-caps': '0x8' }, /^--hw-caps needs --backend iommufd: a legacy container reports nothing$/],
    [{ 'hw-caps': '0x1ffffffffffffffff' }, /^--hw-caps does not take "0x1f+": wanted a number from 0 to 0xf+$/],
    [{ kernel: 'new' }, /^--kernel does not take "new": wanted the host's uname -r/],
    [{ property: ['ats'] }, /^expected NAME=VALUE, got "ats"$/],
    [{ global: ['ats=on'] }, /^Invalid parameter 'ats'$/],
    [{ property: ['atz=on'] }, /did you mean ats\?$/],
    [{ machine: 'pc-q35-99.0' }, /^unsupported machine type: "pc-q35-99\.0"/],
  ] as const) {
    test(`parseViewRequest refuses ${JSON.stringify(given)} in the words of the options`, () => {
      assert.throws(
        () => requestOf(given),
        (error: unknown) => error instanceof UsageError && words.test(error.message),
      );
    });
  }
});

describe('requestWith', () => {
  const atsOf = (given: Given, set: readonly string[]) => prepareRequest(requestWith(requestOf(given), set)).properties.get('ats')?.text;

  for (const [given, set, ats] of [
    [{}, [], 'auto'],
    [{ ats: 'off' }, [], 'off'],
    [{ ats: 'off' }, ['ats=on'], 'on'],
    [{ ats: 'off', property: ['ats=auto'] }, [], 'off'],
    [{ ats: 'off', property: ['ats=auto'] }, ['ats=on'], 'on'],
    [{ property: ['ats=off'] }, ['ats=on', 'ats=auto'], 'auto'],
  ] as const) {
    test(`requestWith makes ats=${ats} of ${JSON.stringify(given)} and [${set}]`, () => assert.equal(atsOf(given, set), ats));
  }

  test('requestWith leaves what else is asked for as it is', () => {
    const request = requestOf({ machine: 'pc-q35-11.0', 'viommu-pasid': true });
    const { properties, ...others } = requestWith(request, ['ats=off']);
    assert.deepEqual({ ...others, properties: [] }, request);
    assert.deepEqual(properties, [{ name: 'ats', value: 'off' }]);
  });

  test('requestWith refuses a property that is not there', () => {
    assert.throws(() => requestWith(requestOf({}), ['atz=off']), UsageError);
  });
});

test('viewDevice says that --bytes vfio finds none, and why', () => {
  const config = buildConfigSpace({ vendorId: 0x1234, deviceId: 1, classCode: 0x020000 });
  const device = deviceFacts(config, { notAsked: 'in use by nvme' });
  assert.throws(
    () => viewDevice(device, requestOf({ bytes: 'vfio' })),
    (error: unknown) => error instanceof UsageError && error.message === '--bytes vfio: the device has no vfio bytes: in use by nvme',
  );
});
