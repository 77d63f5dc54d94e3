import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkRequest } from './check-request.ts';
import { RequestError } from './view-request.ts';

const VALID: readonly object[] = [
  {},
  { profile: 'qemu-11.1', machine: 'pc-q35-11.0', placement: 'root-complex', bytes: 'vfio', guestIommu: { pasid: true } },
  { properties: [{ name: 'ats', value: 'off', from: 'vm.xml:12:7' }], globals: [{ driver: 'vfio-pci', name: 'ats', value: 'on' }] },
  { assumed: { backend: 'legacy', capabilities: 0xffff_ffff_ffff_ffffn, maxPasidLog2: 20, kernel: '7.3.4' } },
  { profile: 'qemu-11.1', driver: 'vfio-pci-nohotplug' },
  { profile: undefined, machine: undefined, assumed: { kernel: undefined } },
];

for (const request of VALID) {
  const shown = JSON.stringify(request, (_, value) => (typeof value === 'bigint' ? `${value}n` : value));
  test(`checkRequest takes ${shown}`, () => assert.equal(checkRequest(request), undefined));
}

const INVALID: readonly (readonly [request: unknown, words: RegExp, code?: string])[] = [
  [null, /^the request is not an object$/],
  [[], /^the request is not an object$/],
  [
    { ats: 'off' },
    /^request has no part "ats": wanted profile, machine, driver, globals, properties, placement, guestIommu, bytes, assumed$/,
  ],
  [{ __proto__: null, constructor: 1 }, /^request has no part "constructor"/],
  [{ ['x'.repeat(1000)]: 1 }, /^request has no part "x{80}": wanted/],
  [{ profile: 'nope' }, /^there is no profile "nope": wanted airlock, qemu-11\.1/, 'profile.unknown'],
  [{ profile: 5 }, /^request\.profile is not text$/],
  [{ machine: null }, /^request\.machine is not text$/],
  [{ driver: ['vfio-pci'] }, /^request\.driver is not text$/],
  [{ properties: { ats: 'off' } }, /^request\.properties is not a list of objects with name, value, each of them text$/],
  [{ properties: [{ name: 'ats', value: true }] }, /^request\.properties is not/],
  [{ properties: [null] }, /^request\.properties is not/],
  [{ globals: [{ name: 'ats', value: 'on' }] }, /^request\.globals is not a list of objects with driver, name, value/],
  [{ placement: 'slot' }, /^request\.placement is not root-port or root-complex or conventional-bridge or conventional$/],
  [{ guestIommu: { pasid: 1 } }, /^request\.guestIommu is not an object with pasid, true or false$/],
  [{ bytes: null }, /^request\.bytes is not host or vfio$/],
  [{ bytes: 'guest' }, /^request\.bytes is not host or vfio$/],
  [{ assumed: 'legacy' }, /^request\.assumed is not an object$/],
  [{ assumed: { backend: 'none' } }, /^request\.assumed\.backend is not iommufd or legacy$/],
  [{ assumed: { capabilities: '8' } }, /^request\.assumed\.capabilities is not a bigint of 64 bits$/],
  [{ assumed: { capabilities: 1n << 64n } }, /^request\.assumed\.capabilities is not/],
  [{ assumed: { maxPasidLog2: 21 } }, /^request\.assumed\.maxPasidLog2 is not a whole number from 0 to 20$/],
  [{ assumed: { maxPasidLog2: Number.NaN } }, /^request\.assumed\.maxPasidLog2 is not/],
  [{ assumed: { atsSupported: false } }, /^request\.assumed has no part "atsSupported": wanted backend, capabilities/],
];

for (const [index, [request, words, code = 'request.invalid']] of INVALID.entries()) {
  test(`checkRequest (${index + 1}) says ${words.source}`, () => {
    assert.throws(
      () => checkRequest(request),
      (error: unknown) => error instanceof RequestError && error.code === code && words.test(error.message),
    );
  });
}
