/** Which device of the host an assigned device's options name. */
import { Bdf, BdfError } from '../../../pci/bdf.ts';
import { PropertyError } from '../../../qemu/property-error.ts';
import { pciHostAddress } from '../../../qemu/property-types/pci-address.ts';
import { type DefinedValue, findValue, type HostChoice } from '../../definition.ts';
import type { Origin } from '../../origin.ts';
import { repeat } from './findings.ts';
import { stringMember } from './json-argument.ts';

/** Drivers whose device is one of vfio. */
const VFIO_DRIVERS = new Set(['vfio-pci', 'vfio-pci-nohotplug']);
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Of `driver` with `values`, those of globals among them, which stands at `origin`. One that names none has none. */
export function hostChoice(driver: string, values: readonly DefinedValue[], origin: Origin): HostChoice {
  if (driver === 'vfio-user-pci') return socketChoice(values, origin);
  if (!VFIO_DRIVERS.has(driver)) return { kind: 'emulated' };
  // QEMU looks at `host` only where there is no `sysfsdev`.
  const sysfsdev = findValue(values, 'sysfsdev');
  if (sysfsdev !== undefined) return sysfsChoice(sysfsdev);
  const host = findValue(values, 'host');
  if (host !== undefined) return addressChoice(host);
  const fd = findValue(values, 'fd');
  if (fd !== undefined) return { kind: 'late', words: `fd=${repeat(fd.value)}: whoever starts QEMU opens the device`, origin: fd.origin };
  return { kind: 'emulated' };
}

/** A path below /sys, which ends in an address, or in the UUID of a mediated device. */
function sysfsChoice({ value, origin }: DefinedValue): HostChoice {
  const last =
    value
      .replace(/\/{1,64}$/, '')
      .split('/')
      .at(-1) ?? '';
  if (UUID.test(last)) return { kind: 'mdev', uuid: last.toLowerCase(), origin };
  const address = parseAddress(last);
  if (address !== null) return { kind: 'address', address, origin };
  return { kind: 'late', words: `sysfsdev=${repeat(value)}: the path ends in no address`, origin };
}

/** An address that QEMU refuses, such as one of a five-digit domain, still says which device is meant. */
function addressChoice({ value, origin }: DefinedValue): HostChoice {
  const address = parseAddress(qemuAddress(value) ?? value);
  if (address !== null) return { kind: 'address', address, origin };
  return { kind: 'late', words: `host=${repeat(value)}: not the address of a function`, origin };
}

/** As QEMU reads it: digits may be left out. */
function qemuAddress(text: string): string | null {
  try {
    return String(pciHostAddress.parse(text, 'host'));
  } catch (error) {
    if (error instanceof PropertyError) return null;
    throw error;
  }
}

function parseAddress(text: string): Bdf | null {
  try {
    return Bdf.parse(text);
  } catch (error) {
    if (error instanceof BdfError) return null;
    throw error;
  }
}

/** QEMU takes the socket as an object of JSON only. */
function socketChoice(values: readonly DefinedValue[], origin: Origin): HostChoice {
  const socket = findValue(values, 'socket');
  if (socket === undefined) return { kind: 'socket', path: null, origin };
  return { kind: 'socket', path: socket.json === 'object' ? stringMember(socket.value, 'path') : null, origin: socket.origin };
}
