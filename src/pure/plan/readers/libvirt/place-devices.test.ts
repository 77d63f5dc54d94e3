import assert from 'node:assert/strict';
import { test } from 'node:test';
import { domain, hostdev, readOne } from './read-fixture.ts';

/** `pci.1 pcie.0/0x1.0x1`, of all devices that have a place. */
function places(text: string): string[] {
  const definition = readOne(text);
  assert.deepEqual(definition.findings, []);
  return definition.devices.flatMap(({ id, values }) => {
    const of = (name: string) => values.find(value => value.name === name)?.value;
    const isFirst = of('multifunction') === 'true' ? '+' : '';
    return of('addr') === undefined ? [] : [`${id} ${of('bus')}/${of('addr')}${isFirst}`];
  });
}

const port = (index: number) => `<controller type='pci' index='${index}' model='pcie-root-port'/>`;

test('placeDevices gives each device a port of its own, and leaves one for hot plug', () => {
  assert.deepEqual(places(domain(hostdev('3b:00.0'))), [
    'pci.1 pcie.0/0x1+',
    'pci.2 pcie.0/0x1.0x1',
    'pci.3 pcie.0/0x1.0x2',
    'pci.4 pcie.0/0x1.0x3',
    'usb pci.1/0x0',
    'hostdev0 pci.2/0x0',
    'balloon0 pci.3/0x0',
  ]);
});

test('placeDevices leaves no port where the text has controllers of its own', () => {
  assert.deepEqual(places(domain(port(1) + hostdev('3b:00.0'))), [
    'pci.1 pcie.0/0x1+',
    'pci.2 pcie.0/0x1.0x1',
    'pci.3 pcie.0/0x1.0x2',
    'usb pci.1/0x0',
    'hostdev0 pci.2/0x0',
    'balloon0 pci.3/0x0',
  ]);
});

test('placeDevices puts conventional devices behind a bridge, and a display at its place', () => {
  const devices = "<video><model type='vga'/></video><sound model='ich6'/>";
  assert.deepEqual(places(domain(devices)), [
    'pci.1 pcie.0/0x2+',
    'pci.2 pci.1/0x0',
    'pci.3 pcie.0/0x2.0x1',
    'pci.4 pcie.0/0x2.0x2',
    'pci.5 pcie.0/0x2.0x3',
    'usb pci.3/0x0',
    'video0 pcie.0/0x1',
    'sound0 pci.2/0x1',
    'balloon0 pci.4/0x0',
  ]);
});

test('placeDevices fills a gap of indices with ports, and joins functions that share a slot', () => {
  const first = hostdev('3b:00.0', "<address type='pci' bus='2' slot='0'/>");
  const second = hostdev('3b:00.1', "<address type='pci' bus='2' slot='0' function='1'/>");
  assert.deepEqual(places(domain(first + second)), [
    'pci.1 pcie.0/0x1+',
    'pci.2 pcie.0/0x1.0x1',
    'pci.3 pcie.0/0x1.0x2',
    'pci.4 pcie.0/0x1.0x3',
    'usb pci.1/0x0',
    'hostdev0 pci.2/0x0+',
    'hostdev1 pci.2/0x0.0x1',
    'balloon0 pci.3/0x0',
  ]);
});

test('placeDevices uses the slots of a conventional root, and a bridge where they end', () => {
  const machine = { machine: 'pc-i440fx-11.1' };
  assert.deepEqual(places(domain(hostdev('3b:00.0'), machine)), ['usb pci.0/0x1.0x2', 'hostdev0 pci.0/0x2', 'balloon0 pci.0/0x3']);
  const many = Array.from({ length: 30 }, (_, index) => hostdev(`3b:${(index >> 3).toString().padStart(2, '0')}.${index & 7}`)).join('');
  assert.deepEqual(
    places(domain(many, machine)).filter(line => /pci\.1|balloon/.test(line)),
    ['pci.1 pci.0/0x2', 'hostdev29 pci.1/0x1', 'balloon0 pci.1/0x2'],
  );
});

test('placeDevices adds no USB controller and no balloon on an Arm machine', () => {
  assert.deepEqual(places(domain(hostdev('3b:00.0'), { machine: 'virt-11.1', arch: 'aarch64' })), [
    'pci.1 pcie.0/0x1+',
    'pci.2 pcie.0/0x1.0x1',
    'hostdev0 pci.1/0x0',
  ]);
});

test('placeDevices numbers expanders downwards, and ports by their place', () => {
  const controllers =
    "<controller type='pci' index='1' model='pcie-expander-bus'/><controller type='pci' index='2' model='pcie-expander-bus'/>";
  const below = "<controller type='pci' index='3' model='pcie-root-port'><address type='pci' bus='1' slot='1'/></controller>";
  const { devices } = readOne(domain(controllers + below));
  const numbers = devices.flatMap(({ id, values }) =>
    values.filter(({ name }) => /^(?:bus_nr|port|chassis)$/.test(name)).map(({ name, value }) => `${id} ${name}=${value}`),
  );
  assert.deepEqual(numbers.slice(0, 4), ['pci.1 bus_nr=254', 'pci.2 bus_nr=252', 'pci.3 port=8', 'pci.3 chassis=3']);
});
