import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DefinitionError, NO_CONTEXT, readDefinitions } from './index.ts';
import { unreadFormat } from './unread-format.ts';

const TEXTS: readonly (readonly [string, RegExp])[] = [
  ['crosvm run --vfio /sys/bus/pci/devices/0000:3b:00.0,iommu=viommu vmlinux\n', /crosvm's command lines/],
  ['./openvmm --pcie-root-complex rc0 --vfio host=0000:3b:00.0,port=rp0\n', /OpenVMM's command lines/],
  ['[pci]\ndevice_spec = {"vendor_id":"15b3","address":"0000:3b:00.*"}\n', /nova's configuration names classes/],
  ['openstack flavor set --property "pci_passthrough:alias"="cx6:2" m1\n', /nova's configuration names classes/],
  ['{\n  "$schema": "x",\n  "schemaVersion": 2,\n  "format": "airlock-capture",\n  "host": {}\n}\n', /--host CAPTURE/],
  [`01:00.0 Ethernet controller: A\n\tFlags: fast\n00: ${'86 80 c9 10 '.repeat(4).trim()}\n`, /airlock view shows/],
];

test('readDefinitions says in one line which format is known and not read', () => {
  for (const [text, words] of TEXTS) {
    assert.throws(
      () => readDefinitions({ file: 'vm.txt', text }, null, NO_CONTEXT),
      error => error instanceof DefinitionError && words.test(error.message) && !error.message.includes('\n'),
      text,
    );
  }
});

test('unreadFormat says nothing of other texts', () => {
  for (const text of ['', 'hello', '<domain/>', 'qemu-system-x86_64 -device vfio-pci,host=3b:00.0']) assert.equal(unreadFormat(text), null);
});
