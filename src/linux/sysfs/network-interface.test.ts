import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { readInterfaceAddress } from './network-interface.ts';

let root = '';

/** An interface whose device is the folder `device` below sys/devices; none where it is null. */
function addInterface(name: string, device: string | null): void {
  const folder = join(root, 'sys/class/net', name);
  mkdirSync(folder, { recursive: true });
  if (device === null) return;
  mkdirSync(join(root, 'sys/devices', device), { recursive: true });
  symlinkSync(join(root, 'sys/devices', device), join(folder, 'device'));
}

before(() => {
  root = mkdtempSync(join(tmpdir(), 'airlock-net-'));
  addInterface('enp59s0f1', 'pci0000:3a/0000:3a:00.0/0000:3b:00.1');
  addInterface('vmd0', 'pci10000:e0/10000:e1:00.0');
  addInterface('ens3', 'pci0000:00/0000:00:03.0/virtio0');
  addInterface('usb0', 'pci0000:00/0000:00:14.0/usb1/1-1/1-1:1.0');
  addInterface('lo', null);
});

after(() => rmSync(root, { recursive: true, force: true }));

test('readInterfaceAddress gives the function behind an interface, a virtio device too', () => {
  assert.equal(readInterfaceAddress('enp59s0f1', root)?.text, '0000:3b:00.1');
  assert.equal(readInterfaceAddress('vmd0', root)?.text, '10000:e1:00.0');
  assert.equal(readInterfaceAddress('ens3', root)?.text, '0000:00:03.0');
});

test('readInterfaceAddress gives null for an interface that is no PCI function, and not the controller above it', () => {
  assert.equal(readInterfaceAddress('usb0', root), null);
  assert.equal(readInterfaceAddress('lo', root), null);
});

test('readInterfaceAddress gives undefined where there is no such interface', () => {
  for (const name of ['eth9', '', '.', '..', '../net/lo', 'a b', 'a'.repeat(16), 'lo\0'])
    assert.equal(readInterfaceAddress(name, root), undefined);
});
