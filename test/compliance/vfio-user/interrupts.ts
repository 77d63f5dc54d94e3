/** SET_IRQS: all kinds of data, and what is judged before the device sees it. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import * as uapi from '../../../src/pure/spec/vfio/index.ts';
import * as wire from '../../../src/pure/vfio-user/message.ts';
import type { ComplianceBed } from './bed.ts';
import { MSIX_COUNT, refusal } from './device.ts';
import { type Dialogue, startDialogue } from './dialogue.ts';

const EIO = 5;
const EINVAL = 22;
const SET_IRQS = wire.VFIO_USER_DEVICE_SET_IRQS;
const NONE = uapi.VFIO_IRQ_SET_DATA_NONE;
const BOOL = uapi.VFIO_IRQ_SET_DATA_BOOL;
const EVENTFD = uapi.VFIO_IRQ_SET_DATA_EVENTFD;
const MASK = uapi.VFIO_IRQ_SET_ACTION_MASK;
const UNMASK = uapi.VFIO_IRQ_SET_ACTION_UNMASK;
const TRIGGER = uapi.VFIO_IRQ_SET_ACTION_TRIGGER;
const MSIX = uapi.VFIO_PCI_MSIX_IRQ_INDEX;

interface IrqSet {
  flags: number;
  index?: number;
  start?: number;
  count?: number;
  data?: Uint8Array;
  argsz?: number;
}

function encode({ index = MSIX, start = 0, count = 1, data = new Uint8Array(0), flags, argsz }: IrqSet): Uint8Array {
  return uapi.vfio_irq_set.encode({ argsz: argsz ?? 20 + data.length, flags, index, start, count, data });
}

/** Requests that no device sees, with the reason in the name. */
const WRONG: Record<string, IrqSet> = {
  'a kind that is not there': { flags: NONE | TRIGGER, index: 5 },
  'no data flag': { flags: TRIGGER },
  'two data flags': { flags: NONE | BOOL | TRIGGER },
  'no action': { flags: NONE },
  'two actions': { flags: NONE | MASK | UNMASK, index: 0 },
  'an unknown flag': { flags: NONE | TRIGGER | (1 << 6) },
  'all flags': { flags: 0xffffffff },
  'an end past the last': { flags: NONE | TRIGGER, start: MSIX_COUNT - 1, count: 2 },
  'a start past the last': { flags: NONE | TRIGGER, start: MSIX_COUNT },
  'a sum that overflows 32 bits': { flags: NONE | TRIGGER, start: 0xffffffff, count: 2 },
  'a count of 2^32 - 1': { flags: EVENTFD | TRIGGER, count: 0xffffffff },
  'none of several, with a start': { flags: NONE | TRIGGER, start: 1, count: 0 },
  'none of several, masked': { flags: NONE | MASK, index: 0, count: 0 },
  'no eventfds at all': { flags: EVENTFD | TRIGGER, count: 0 },
  'no booleans at all': { flags: BOOL | TRIGGER, count: 0 },
  'too few booleans': { flags: BOOL | TRIGGER, count: 4, data: new Uint8Array(3) },
  'too many booleans': { flags: BOOL | TRIGGER, count: 4, data: new Uint8Array(5) },
  'data where there is none': { flags: NONE | TRIGGER, data: new Uint8Array(4) },
  'odd data with eventfds': { flags: EVENTFD | TRIGGER, data: new Uint8Array(3) },
  'masking what cannot be masked': { flags: NONE | MASK },
  'a kind with no interrupts': { flags: NONE | TRIGGER, index: uapi.VFIO_PCI_ERR_IRQ_INDEX },
  'an argsz below the struct': { flags: NONE | TRIGGER, argsz: 19 },
};

async function assign(dialogue: Dialogue, bed: ComplianceBed, start: number, count: number) {
  const events = Array.from({ length: count }, () => bed.createEvent());
  const handles = events.map(event => event.handle);
  await dialogue.succeed(SET_IRQS, encode({ flags: EVENTFD | TRIGGER, start, count }), { handles });
  return events;
}

export function judgeInterrupts(bed: ComplianceBed): void {
  it('SET_IRQS gives the device 16 eventfds in one message, which it then signals', async test => {
    const dialogue = await startDialogue(test, bed);
    const { device } = dialogue;
    const events = await assign(dialogue, bed, 8, 16);
    const vector = device.vectors[10];
    assert.ok(vector && device.session);
    device.session.signal(vector);
    assert.deepEqual(
      events.map(event => event.signals()),
      events.map((_, i) => (i === 2 ? 1 : 0)),
    );
    assert.equal(device.vectors.filter(handle => handle !== null).length, 16);
    for (const { handle } of events) handle.close();
  });

  it('SET_IRQS with eventfds and no handle takes them back', async test => {
    const dialogue = await startDialogue(test, bed);
    const events = await assign(dialogue, bed, 0, 4);
    await dialogue.succeed(SET_IRQS, encode({ flags: EVENTFD | TRIGGER, start: 1, count: 2 }));
    assert.deepEqual(dialogue.device.vectors.slice(0, 4).map(Boolean), [true, false, false, true]);
    for (const { handle } of events) handle.close();
  });

  it('SET_IRQS of none, from 0, gives up the whole kind', async test => {
    const dialogue = await startDialogue(test, bed);
    const events = await assign(dialogue, bed, 0, 4);
    await dialogue.succeed(SET_IRQS, encode({ flags: NONE | TRIGGER, count: 0 }));
    assert.ok(dialogue.device.vectors.every(handle => handle === null));
    for (const { handle } of events) handle.close();
  });

  it('SET_IRQS hands over booleans, masks and eventfds that say when to unmask', async test => {
    const dialogue = await startDialogue(test, bed);
    await dialogue.succeed(SET_IRQS, encode({ flags: BOOL | TRIGGER, start: 2, count: 3, data: Uint8Array.of(1, 0, 255) }));
    await dialogue.succeed(SET_IRQS, encode({ flags: NONE | MASK, index: 0 }));
    const event = bed.createEvent();
    await dialogue.succeed(SET_IRQS, encode({ flags: EVENTFD | UNMASK, index: 0, data: new Uint8Array(4) }), { handles: [event.handle] });
    event.handle.close();
    const [bools, mask, unmask] = dialogue.device.requests;
    const data = { kind: 'bools', bools: [true, false, true] };
    assert.deepEqual(bools, { index: MSIX, start: 2, count: 3, action: 'trigger', data });
    assert.deepEqual(mask, { index: 0, start: 0, count: 1, action: 'mask', data: { kind: 'none' } });
    assert.deepEqual([unmask.action, unmask.data.kind], ['unmask', 'eventfds']);
  });

  it('SET_IRQS is refused for anything that the device does not have', async test => {
    const dialogue = await startDialogue(test, bed);
    for (const [name, request] of Object.entries(WRONG)) {
      const { errno } = await dialogue.ask(SET_IRQS, encode(request));
      assert.equal(errno, EINVAL, name);
    }
    await dialogue.refuse(EINVAL, SET_IRQS, new Uint8Array(19));
    assert.deepEqual(dialogue.device.requests, []);
  });

  it('SET_IRQS is refused with more or fewer handles than interrupts, or handles that nothing speaks of, and all are closed', async test => {
    const dialogue = await startDialogue(test, bed);
    const events = [bed.createEvent(), bed.createEvent(), bed.createEvent()];
    const handles = events.map(event => event.handle);
    await dialogue.refuse(EINVAL, SET_IRQS, encode({ flags: EVENTFD | TRIGGER, count: 2 }), { handles });
    await dialogue.refuse(EINVAL, SET_IRQS, encode({ flags: EVENTFD | TRIGGER, count: 4 }), { handles });
    await dialogue.refuse(EINVAL, SET_IRQS, encode({ flags: NONE | TRIGGER, count: 1 }), { handles });
    await dialogue.refuse(EINVAL, SET_IRQS, encode({ flags: BOOL | TRIGGER, count: 3, data: new Uint8Array(3) }), { handles });
    for (const handle of handles) handle.close();
  });

  it('SET_IRQS is refused with a handle that is no eventfd, and all are closed', async test => {
    const dialogue = await startDialogue(test, bed);
    const file = bed.createFile(4096);
    const event = bed.createEvent();
    for (const action of [TRIGGER, UNMASK]) {
      const index = action === UNMASK ? 0 : MSIX;
      await dialogue.refuse(EINVAL, SET_IRQS, encode({ flags: EVENTFD | action, index }), { handles: [file.handle] });
    }
    const handles = [event.handle, file.handle];
    await dialogue.refuse(EINVAL, SET_IRQS, encode({ flags: EVENTFD | TRIGGER, count: 2 }), { handles });
    assert.deepEqual(dialogue.device.requests, []);
    for (const { handle } of [file, event]) handle.close();
  });

  it('SET_IRQS closes the handles of a request that the device refuses', async test => {
    const dialogue = await startDialogue(test, bed);
    const event = bed.createEvent();
    dialogue.device.failure = refusal();
    await dialogue.refuse(EIO, SET_IRQS, encode({ flags: EVENTFD | TRIGGER }), { handles: [event.handle] });
    event.handle.close();
  });
}
