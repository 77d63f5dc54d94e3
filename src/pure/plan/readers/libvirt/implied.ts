/** Devices that libvirt adds to a text which does not have them. */
import { type ControllerContext, controllerAlias, type MachineBuses, readController, virtioDriver } from './controllers.ts';
import type { GuestDevice } from './guest-device.ts';
import type { LibvirtText } from './libvirt-text.ts';
import { findAttribute, findChild, findChildren, type XmlElement } from './xml.ts';

/** Disks that a controller takes. */
const DISKS = { scsi: 7, sata: 6 } as const;

/** So that a disk of a wild number makes no endless list. */
const MOST_CONTROLLERS = 255;

/** The controllers that are wanting, in the order in which they are added. */
export function impliedControllers(context: ControllerContext, devices: XmlElement): GuestDevice[] {
  const { machine } = context;
  const written = findChildren(devices, 'controller');
  const isOf = (type: string) => (controller: XmlElement) => findAttribute(controller, 'type')?.value === type;
  const has = (type: string) => written.some(isOf(type));
  const added: GuestDevice[] = [];
  const add = (type: string, index: number) => {
    const device = impliedController(context, devices, type, index);
    if (device !== null) added.push(device);
  };
  const isPc = machine.isQ35 || machine.isI440fx;
  if (isPc && !has('usb')) add('usb', 0);
  // The chipset of Q35 has one for SATA, so that theirs come first.
  for (const type of machine.isQ35 ? (['sata', 'scsi'] as const) : (['scsi', 'sata'] as const)) {
    const most = diskControllers(devices, type).reduce((last, index) => Math.max(last, index), -1);
    const known = new Set(written.filter(isOf(type)).map(controller => Number(findAttribute(controller, 'index')?.value ?? '0')));
    for (let index = 0; index <= Math.min(most, MOST_CONTROLLERS); index++) if (!known.has(index)) add(type, index);
  }
  if (needsVirtioSerial(devices) && !has('virtio-serial')) add('virtio-serial', 0);
  return added;
}

function impliedController(context: ControllerContext, devices: XmlElement, type: string, index: number): GuestDevice | null {
  const attributes = [
    { name: 'type', value: type, nameStart: devices.start, start: devices.start, end: devices.start },
    { name: 'index', value: String(index), nameStart: devices.start, start: devices.start, end: devices.start },
  ];
  const element: XmlElement = { ...devices, name: 'controller', attributes, children: [], parent: devices };
  const device = readController(context, element, index);
  return device === null ? null : { ...device, element: devices, id: controllerAlias(type, index), origin: context.text.madeOf(devices) };
}

/** The controllers that disks are on: by their address, or by the number of their target. */
function diskControllers(devices: XmlElement, type: keyof typeof DISKS): number[] {
  return findChildren(devices, 'disk').flatMap(disk => {
    const target = findChild(disk, 'target');
    if (target === undefined || findAttribute(target, 'bus')?.value !== type) return [];
    const address = findChild(disk, 'address');
    const given = address === undefined ? undefined : findAttribute(address, 'controller')?.value;
    if (given !== undefined) return [Number(given)].filter(Number.isInteger);
    const letters = /^[hsvx]v?d([a-z]{1,3})$/.exec(findAttribute(target, 'dev')?.value ?? '')?.[1];
    if (letters === undefined) return [];
    const number = [...letters].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 96, 0) - 1;
    return [Math.floor(number / DISKS[type])];
  });
}

function needsVirtioSerial(devices: XmlElement): boolean {
  return ['channel', 'console'].some(name =>
    findChildren(devices, name).some(element => {
      const target = findChild(element, 'target');
      return target !== undefined && findAttribute(target, 'type')?.value === 'virtio';
    }),
  );
}

/** Other devices that are added: a balloon, and a display where there is something to see it with. */
export function impliedDevices(text: LibvirtText, devices: XmlElement, machine: MachineBuses): GuestDevice[] {
  const isPc = machine.isQ35 || machine.isI440fx;
  const origin = text.madeOf(devices);
  const common = { element: devices, values: [], host: { kind: 'emulated' }, address: null, origin } as const;
  const added: GuestDevice[] = [];
  if (isPc && findChild(devices, 'memballoon') === undefined) {
    const { driver, connection } = virtioDriver('virtio-balloon', undefined);
    added.push({ ...common, class: 'memballoon', driver, id: 'balloon0', connection });
  }
  const isSeen = findChildren(devices, 'graphics').some(element => findAttribute(element, 'type')?.value !== 'egl-headless');
  if (isSeen && machine.root !== null && findChild(devices, 'video') === undefined) {
    const preferred = [{ bus: 0, slot: machine.isQ35 ? 1 : 2, function: 0, multifunction: null }];
    const video = { ...common, class: 'video', id: 'video0' } as const;
    added.push(
      isPc
        ? { ...video, driver: 'cirrus-vga', connection: 'conventional', preferred }
        : { ...video, driver: 'virtio-gpu-pci', connection: 'express' },
    );
  }
  return added;
}
