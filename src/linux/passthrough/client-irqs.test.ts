/** Interrupts on their way to the kernel, against a device that only writes down what it is asked. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DeviceError, type IrqRequest } from '../../pure/device/pci-device.ts';
import { EventFd, SyscallError } from '../ffi/index.ts';
import type { VfioDevice } from '../vfio/index.ts';
import { ClientIrqs } from './client-irqs.ts';

const MSI = 1;
const MSIX = 2;
const NORESIZE = 8;
const IRQS = [
  { count: 1, flags: 7 },
  { count: 32, flags: 1 | NORESIZE },
  { count: 32, flags: 1 },
];

type Asked = Parameters<VfioDevice['setIrqs']>[0];

/** `refuse` says of which requests the kernel wants nothing to know. */
function fixture(refuse: (asked: Asked) => boolean = () => false) {
  const asked: string[] = [];
  const device = {
    setIrqs(request: Asked) {
      const { index, start = 0, action, eventfds, bools, count } = request;
      const what = eventfds ? eventfds.map(it => (it === null ? '-' : 'e')).join('') : bools ? bools.map(Number).join('') : `#${count}`;
      asked.push(`${index} ${start} ${action} ${what}`);
      if (refuse(request)) throw new SyscallError({ call: 'VFIO_DEVICE_SET_IRQS', action: 'set interrupts' }, 22, 'device');
    },
  };
  return { asked, irqs: new ClientIrqs(device as unknown as VfioDevice, IRQS) };
}

const descriptors = (count: number) => Array.from({ length: count }, () => new EventFd().descriptor);

function connect(index: number, start: number, handles: readonly (ReturnType<typeof descriptors>[number] | null)[]): IrqRequest {
  return { index, start, count: handles.length, action: 'trigger', data: { kind: 'eventfds', handles } };
}

const giveUp = (index: number): IrqRequest => ({ index, start: 0, count: 0, action: 'trigger', data: { kind: 'none' } });

test('ClientIrqs.set adds to a kind that can grow, and sets one up anew that cannot, with all that came before', () => {
  const { asked, irqs } = fixture();
  for (const index of [MSIX, MSI]) {
    irqs.set(connect(index, 0, descriptors(3)));
    irqs.set(connect(index, 3, [...descriptors(1), null]));
  }
  assert.deepEqual(asked, ['2 0 trigger eee', '2 3 trigger e-', '1 0 trigger eee', '1 0 trigger #0', '1 0 trigger eeee-']);
  irqs.clear();
});

test('ClientIrqs.set puts a kind that cannot grow back as it was where the kernel refuses, and leaves the handles to the caller', () => {
  const { asked, irqs } = fixture(({ eventfds }) => eventfds?.length === 4);
  const [first, more] = [descriptors(2), descriptors(2)];
  irqs.set(connect(MSI, 0, first));
  assert.throws(() => irqs.set(connect(MSI, 2, more)), SyscallError);
  assert.deepEqual(asked.slice(1), ['1 0 trigger #0', '1 0 trigger eeee', '1 0 trigger ee']);
  assert.ok([...first, ...more].every(({ isClosed }) => !isClosed));
  irqs.clear();
  assert.ok(first.every(({ isClosed }) => isClosed));
  for (const descriptor of more) descriptor.close();
});

test('ClientIrqs.set closes what it replaces and what is given up, once', () => {
  const { asked, irqs } = fixture();
  const [first, second] = [descriptors(2), descriptors(1)];
  irqs.set(connect(MSIX, 0, first));
  irqs.set(connect(MSIX, 1, second));
  assert.deepEqual(
    first.map(({ isClosed }) => isClosed),
    [false, true],
  );
  irqs.set(giveUp(MSIX));
  irqs.set(giveUp(MSIX));
  assert.ok([...first, ...second].every(({ isClosed }) => isClosed));
  assert.equal(asked.filter(line => line.endsWith('#0')).length, 1, 'the kernel refuses to give up what is not set up');
});

test('ClientIrqs.set triggers, masks and unmasks what is set up, and hands INTx an eventfd that unmasks', () => {
  const { asked, irqs } = fixture();
  irqs.set({ index: 0, start: 0, count: 1, action: 'mask', data: { kind: 'none' } });
  irqs.set(connect(0, 0, descriptors(1)));
  irqs.set({ index: 0, start: 0, count: 1, action: 'mask', data: { kind: 'none' } });
  irqs.set({ index: 0, start: 0, count: 1, action: 'unmask', data: { kind: 'bools', bools: [true] } });
  const [unmask] = descriptors(1);
  irqs.set({ index: 0, start: 0, count: 1, action: 'unmask', data: { kind: 'eventfds', handles: [unmask] } });
  assert.deepEqual(asked, ['0 0 trigger e', '0 0 mask #1', '0 0 unmask 1', '0 0 unmask e']);
  assert.equal(unmask.isClosed, true);
  irqs.clear();
});

test('ClientIrqs.set refuses interrupts that are not there, and eventfds that mask', () => {
  const { asked, irqs } = fixture();
  const handles = descriptors(1);
  assert.throws(() => irqs.set(connect(MSIX, 32, handles)), DeviceError);
  assert.throws(() => irqs.set({ ...connect(MSIX, 0, handles), action: 'mask' }), DeviceError);
  assert.deepEqual(asked, []);
  assert.equal(handles[0]?.isClosed, false);
  handles[0]?.close();
});

test('ClientIrqs.clear closes every handle, whatever the kernel says', () => {
  const { irqs } = fixture(({ count }) => count === 0);
  const handles = descriptors(2);
  irqs.set(connect(MSIX, 0, handles));
  assert.throws(() => irqs.clear(), SyscallError);
  assert.ok(handles.every(({ isClosed }) => isClosed));
});
