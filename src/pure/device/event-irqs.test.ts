/** Interrupts in software: where they go, what waits while masked, the level of INTx. Handles are closed once: see the compliance suite. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { errnoOf, type FakeHandle, fakeSession, handles } from '../../../test/fixtures/device-session.ts';
import { EINVAL, EOPNOTSUPP } from '../spec/errno.ts';
import { EventIrqs } from './event-irqs.ts';
import type { IrqRequest } from './pci-device.ts';

const IRQS = [1, 2, 4, 0, 1].map(count => ({ count, flags: 1 }));
const [INTX, MSIX, ERR] = [0, 2, 3];

function create(): EventIrqs {
  const irqs = new EventIrqs(IRQS);
  irqs.attach(fakeSession());
  return irqs;
}

function connect(irqs: EventIrqs, index: number, start: number, given: readonly (FakeHandle | null)[]): void {
  irqs.set({ index, start, count: given.length, action: 'trigger', data: { kind: 'eventfds', handles: given } });
}

function act(irqs: EventIrqs, action: IrqRequest['action'], index: number, vectors: readonly number[]): void {
  for (const start of vectors) irqs.set({ index, start, count: 1, action, data: { kind: 'none' } });
}

const signals = (given: readonly FakeHandle[]) => given.map(handle => handle.signals);

test('EventIrqs.trigger signals a vector, waits while it is masked, and is lost where nobody listens', () => {
  const irqs = create();
  const given = handles(4);
  irqs.trigger(MSIX, 1);
  connect(irqs, MSIX, 0, given);
  assert.deepEqual(signals(given), [0, 0, 0, 0]);
  irqs.trigger(MSIX, 1);
  act(irqs, 'mask', MSIX, [2]);
  irqs.trigger(MSIX, 2);
  irqs.trigger(MSIX, 2);
  assert.deepEqual(signals(given), [0, 1, 0, 0]);
  act(irqs, 'unmask', MSIX, [2, 3]);
  assert.deepEqual(signals(given), [0, 1, 1, 0]);
  assert.throws(() => irqs.trigger(MSIX, 4), RangeError);
  assert.throws(() => irqs.trigger(ERR, 0), RangeError);
});

test('EventIrqs.set triggers those that are true, from its start on', () => {
  const irqs = create();
  const given = handles(4);
  connect(irqs, MSIX, 0, given);
  irqs.set({ index: MSIX, start: 1, count: 3, action: 'trigger', data: { kind: 'bools', bools: [true, false, true] } });
  assert.deepEqual(signals(given), [0, 1, 0, 1]);
  irqs.set({ index: MSIX, start: 0, count: 4, action: 'trigger', data: { kind: 'none' } });
  assert.deepEqual(signals(given), [1, 2, 1, 2]);
});

test('EventIrqs.setIntx signals a level once, and again when it is unmasked while asserted', () => {
  const irqs = create();
  const [handle] = handles(1);
  connect(irqs, INTX, 0, [handle]);
  irqs.setIntx(true);
  irqs.setIntx(true);
  assert.equal(handle.signals, 1);
  act(irqs, 'unmask', INTX, [0]);
  assert.equal(handle.signals, 2, 'still asserted');
  irqs.setIntx(false);
  act(irqs, 'unmask', INTX, [0]);
  assert.equal(handle.signals, 2, 'no longer asserted');
  irqs.setIntx(true);
  assert.equal(handle.signals, 3);
});

test('EventIrqs keeps INTx back while Interrupt Disable is set or nobody has connected it', () => {
  const irqs = create();
  irqs.setIntx(true);
  const [handle] = handles(1);
  irqs.setIntxDisabled(true);
  connect(irqs, INTX, 0, [handle]);
  assert.equal(handle.signals, 0);
  irqs.setIntxDisabled(false);
  assert.equal(handle.signals, 1);
  irqs.reset();
  act(irqs, 'unmask', INTX, [0]);
  assert.equal(handle.signals, 1, 'a reset lets the line fall');
});

test('EventIrqs refuses eventfds that mask or unmask, and leaves them to the caller; giving up none is no fault', () => {
  const irqs = create();
  const [handle] = handles(1);
  for (const action of ['mask', 'unmask'] as const) {
    const request = { index: INTX, start: 0, count: 1, action };
    assert.equal(
      errnoOf(() => irqs.set({ ...request, data: { kind: 'eventfds', handles: [handle] } })),
      EOPNOTSUPP,
    );
    irqs.set({ ...request, data: { kind: 'eventfds', handles: [null] } });
  }
  assert.equal(handle.closed, 0);
});

test('EventIrqs.detach ends signals, and a new client starts with nothing masked', () => {
  const irqs = create();
  const [first, second] = handles(2);
  connect(irqs, MSIX, 0, [first]);
  act(irqs, 'mask', MSIX, [0]);
  irqs.detach();
  irqs.trigger(MSIX, 0);
  assert.deepEqual([first.closed, first.signals], [1, 0]);
  irqs.attach(fakeSession());
  connect(irqs, MSIX, 0, [second]);
  irqs.trigger(MSIX, 0);
  assert.equal(second.signals, 1);
});

const requests = fc.record({
  index: fc.constantFrom(-1, 0, 1, 2, 2, 3, 4, 5),
  start: fc.integer({ min: -1, max: 3 }),
  count: fc.nat(2),
  action: fc.constantFrom('trigger' as const, 'mask' as const, 'unmask' as const),
  kind: fc.constantFrom('none' as const, 'bools' as const, 'eventfds' as const),
});

test('EventIrqs closes every handle that it took once and no other, whatever is asked of it', () => {
  let taken = 0;
  fc.assert(
    fc.property(fc.array(requests, { minLength: 10, maxLength: 40 }), list => {
      const irqs = create();
      const owned: FakeHandle[] = [];
      for (const { kind, ...request } of list) {
        const given = handles(request.count);
        const data = {
          none: { kind: 'none' as const },
          bools: { kind: 'bools' as const, bools: given.map(() => true) },
          eventfds: { kind: 'eventfds' as const, handles: given },
        };
        const errno = errnoOf(() => irqs.set({ ...request, data: data[kind] }));
        assert.ok([0, EINVAL, EOPNOTSUPP].includes(errno));
        if (errno === 0 && kind === 'eventfds') owned.push(...given);
        else assert.ok(given.every(({ closed }) => closed === 0));
      }
      irqs.detach();
      assert.ok(owned.every(({ closed }) => closed === 1));
      taken += owned.length;
    }),
    { numRuns: 500 },
  );
  assert.ok(taken > 100, `only ${taken} handles were taken`);
});
