/** DMA_MAP, DMA_UNMAP, and the server's own DMA_READ and DMA_WRITE. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { GuestMemory } from '../../../src/pure/vfio-user/index.ts';
import * as wire from '../../../src/pure/vfio-user/message.ts';
import { encodeDmaAccess, vfio_user_dma_region_access } from '../../../src/pure/vfio-user/messages/dma-access.ts';
import { encodeDmaMap, vfio_user_dma_map } from '../../../src/pure/vfio-user/messages/dma-map.ts';
import { encodeDmaUnmap, vfio_user_dma_unmap } from '../../../src/pure/vfio-user/messages/dma-unmap.ts';
import type { ComplianceBed } from './bed.ts';
import { type Answer, type Dialogue, encodeMessage, QEMU_CAPABILITIES, startDialogue } from './dialogue.ts';

const ENOENT = 2;
const EFAULT = 14;
const EEXIST = 17;
const EINVAL = 22;
const ENOSPC = 28;
const EPROTO = 71;
const EOPNOTSUPP = 95;
const { VFIO_USER_DMA_MAP, VFIO_USER_DMA_UNMAP, VFIO_USER_DMA_READ, VFIO_USER_DMA_WRITE } = wire;
const PAGE = 4096n;
const READ_WRITE = 3;

const map = (addr: bigint, size: bigint, more: { flags?: number; offset?: bigint } = {}): Uint8Array =>
  encodeDmaMap({ flags: READ_WRITE, offset: 0n, addr, size, ...more });

function memoryOf({ device }: Dialogue): GuestMemory {
  assert.ok(device.session);
  return device.session.memory;
}

/** What a client finds that takes back two ranges at once, and part of one. */
async function takeBackMore(dialogue: Dialogue): Promise<number> {
  await dialogue.succeed(VFIO_USER_DMA_MAP, map(0n, PAGE));
  await dialogue.succeed(VFIO_USER_DMA_MAP, map(PAGE, PAGE));
  await dialogue.refuse(ENOENT, VFIO_USER_DMA_UNMAP, encodeDmaUnmap({ addr: 0n, size: 0x1800n }));
  return (await dialogue.ask(VFIO_USER_DMA_UNMAP, encodeDmaUnmap({ addr: 0n, size: 2n * PAGE }))).errno;
}

/** Answers one command of the server's as if from `data`. */
async function reply(dialogue: Dialogue, command: Answer, payload: Uint8Array, flags = wire.VFIO_USER_F_TYPE_REPLY): Promise<void> {
  await dialogue.peer.send(encodeMessage(command.command, payload, { id: command.id, flags }));
}

function judgeMaps(bed: ComplianceBed): void {
  it('DMA_MAP with a file gives the device the bytes themselves, from the offset on', async test => {
    const dialogue = await startDialogue(test, bed);
    const file = bed.createFile(0x4000);
    file.write(0x1234, Uint8Array.of(1, 2, 3));
    await dialogue.succeed(VFIO_USER_DMA_MAP, map(0x10000n, 0x2000n, { offset: 0x1000n }), { handles: [file.handle] });
    const memory = memoryOf(dialogue);
    assert.deepEqual(Uint8Array.from(memory.view(0x10234n, 3, 'read') ?? []), Uint8Array.of(1, 2, 3));
    await memory.write(0x11fffn, Uint8Array.of(9));
    assert.deepEqual(file.read(0x2fff, 1), Uint8Array.of(9));
    assert.deepEqual(Uint8Array.from(await memory.read(0x10234n, 2)), Uint8Array.of(1, 2));
    for (const address of [0xffffn, 0x12000n, 0x11fffn]) assert.throws(() => memory.view(address, 2, 'read'), { errno: EFAULT });
    file.handle.close();
  });

  it('DMA_MAP is refused over a range that is there, and next to one it is not', async test => {
    const dialogue = await startDialogue(test, bed);
    await dialogue.succeed(VFIO_USER_DMA_MAP, map(0x10000n, 0x2000n));
    for (const [addr, size] of [
      [0x10000n, 0x2000n],
      [0x11000n, PAGE],
      [0xf000n, 0x1001n],
      [0n, 1n << 40n],
      [0x11fffn, 1n],
    ]) {
      await dialogue.refuse(EEXIST, VFIO_USER_DMA_MAP, map(addr, size));
    }
    await dialogue.succeed(VFIO_USER_DMA_MAP, map(0x12000n, PAGE));
    await dialogue.succeed(VFIO_USER_DMA_MAP, map(0xf000n, PAGE));
  });

  it('DMA_MAP is refused for ranges and flags that make no sense', async test => {
    const dialogue = await startDialogue(test, bed);
    const wrong = [
      map(0n, 0n),
      map(0n, PAGE, { flags: 0 }),
      map(0n, PAGE, { flags: 0x10 | READ_WRITE }),
      map(0n, PAGE, { flags: 4 | READ_WRITE }),
      map(2n ** 64n - PAGE, PAGE + 1n),
      vfio_user_dma_map.encode({ argsz: 31, flags: READ_WRITE, size: PAGE }),
      map(0n, PAGE).subarray(0, 31),
      Uint8Array.of(...map(0n, PAGE), 0),
    ];
    for (const payload of wrong) await dialogue.refuse(EINVAL, VFIO_USER_DMA_MAP, payload);
    await dialogue.succeed(VFIO_USER_DMA_MAP, map(2n ** 64n - PAGE, PAGE));
  });

  it('DMA_MAP is refused with two files, a file that is too short and one of more than 8 TiB', async test => {
    const dialogue = await startDialogue(test, bed);
    const files = [bed.createFile(0x1000), bed.createFile(0x1000)];
    const handles = files.map(file => file.handle);
    await dialogue.refuse(EINVAL, VFIO_USER_DMA_MAP, map(0n, PAGE), { handles });
    await dialogue.refuse(EINVAL, VFIO_USER_DMA_MAP, map(0n, 2n ** 43n + PAGE), { handles: [handles[0]] });
    await dialogue.refuse(EINVAL, VFIO_USER_DMA_MAP, map(0n, PAGE, { offset: 2n ** 63n }), { handles: [handles[0]] });
    for (const handle of handles) handle.close();
  });

  it('DMA_MAP is refused above max_dma_maps', async test => {
    const dialogue = await startDialogue(test, bed, { maxDmaMaps: 2 });
    await dialogue.succeed(VFIO_USER_DMA_MAP, map(0n, PAGE));
    await dialogue.succeed(VFIO_USER_DMA_MAP, map(PAGE, PAGE));
    await dialogue.refuse(ENOSPC, VFIO_USER_DMA_MAP, map(2n * PAGE, PAGE));
    await dialogue.succeed(VFIO_USER_DMA_UNMAP, encodeDmaUnmap({ addr: 0n, size: PAGE }));
    await dialogue.succeed(VFIO_USER_DMA_MAP, map(2n * PAGE, PAGE));
  });

  it('DMA_UNMAP takes back what was mapped as exactly this, and no part of it', async test => {
    const dialogue = await startDialogue(test, bed);
    const file = bed.createFile(0x2000);
    await dialogue.succeed(VFIO_USER_DMA_MAP, map(0x10000n, 0x2000n), { handles: [file.handle] });
    file.handle.close();
    for (const [addr, size] of [
      [0x10000n, PAGE],
      [0x11000n, PAGE],
      [0x11000n, 0x3000n],
      [0xf000n, 0x2000n],
      [0n, PAGE],
      [0n, 0x10000n],
      [0x12000n, PAGE],
    ]) {
      await dialogue.refuse(ENOENT, VFIO_USER_DMA_UNMAP, encodeDmaUnmap({ addr, size }));
    }
    const request = encodeDmaUnmap({ addr: 0x10000n, size: 0x2000n });
    const { payload } = await dialogue.succeed(VFIO_USER_DMA_UNMAP, request);
    assert.deepEqual(payload, request);
    assert.throws(() => memoryOf(dialogue).view(0x10000n, 1, 'read'), { errno: EFAULT });
    await dialogue.refuse(ENOENT, VFIO_USER_DMA_UNMAP, request);
  });

  it('DMA_UNMAP of a range takes back all that was mapped inside of it, as QEMU wants it for the IOMMU of its guest', async test => {
    const dialogue = await startDialogue(test, bed);
    const file = bed.createFile(0x1000);
    for (const addr of [0x1000n, 0x3000n, 0x4000n, 0x8000n]) await dialogue.succeed(VFIO_USER_DMA_MAP, map(addr, PAGE));
    await dialogue.succeed(VFIO_USER_DMA_MAP, map(0x5000n, PAGE), { handles: [file.handle] });
    await dialogue.refuse(ENOENT, VFIO_USER_DMA_UNMAP, encodeDmaUnmap({ addr: 0x3800n, size: 0x4000n }));
    await dialogue.succeed(VFIO_USER_DMA_UNMAP, encodeDmaUnmap({ addr: 0x2000n, size: 0x5000n }));
    const memory = memoryOf(dialogue);
    for (const addr of [0x3000n, 0x4000n, 0x5000n]) {
      assert.throws(() => memory.view(addr, 1, 'read'), { errno: EFAULT });
      await dialogue.succeed(VFIO_USER_DMA_MAP, map(addr, PAGE));
    }
    for (const addr of [0x1000n, 0x8000n]) assert.equal(memory.view(addr, 1, 'read'), null);
    await dialogue.succeed(VFIO_USER_DMA_UNMAP, encodeDmaUnmap({ addr: 0n, size: 1n << 48n }));
    await dialogue.refuse(ENOENT, VFIO_USER_DMA_UNMAP, encodeDmaUnmap({ addr: 0n, size: 1n << 48n }));
    file.handle.close();
  });

  for (const [minor, unmap, wanted] of [
    [0, undefined, 0],
    [1, undefined, 0],
    [2, undefined, ENOENT],
    [3, undefined, ENOENT],
    [0, 'exact', ENOENT],
    [2, 'inside', 0],
  ] as const) {
    const rule = unmap === undefined ? '' : ` and a server that takes ${unmap}`;
    const outcome = wanted === 0 ? 'takes all of them back' : 'is refused and takes none back';
    it(`DMA_UNMAP of two ranges by a client of version 0.${minor}${rule} ${outcome}`, async test => {
      const dialogue = await startDialogue(test, bed, { isNegotiated: false, ...(unmap && { unmap }) });
      await dialogue.negotiate(QEMU_CAPABILITIES, minor);
      assert.equal(await takeBackMore(dialogue), wanted);
      for (const addr of [0n, PAGE]) {
        const { errno } = await dialogue.ask(VFIO_USER_DMA_UNMAP, encodeDmaUnmap({ addr, size: PAGE }));
        assert.equal(errno, wanted === 0 ? ENOENT : 0);
      }
    });
  }

  it('DMA_UNMAP of all takes back everything, and says no range beside it', async test => {
    const dialogue = await startDialogue(test, bed);
    for (let i = 0n; i < 10n; i++) await dialogue.succeed(VFIO_USER_DMA_MAP, map(i * PAGE, PAGE));
    for (const wrong of [{ flags: 2, size: PAGE }, { flags: 2, addr: PAGE }, { flags: 4 }, { size: 0n }]) {
      await dialogue.refuse(EINVAL, VFIO_USER_DMA_UNMAP, vfio_user_dma_unmap.encode({ argsz: 24, ...wrong }));
    }
    await dialogue.refuse(EOPNOTSUPP, VFIO_USER_DMA_UNMAP, vfio_user_dma_unmap.encode({ argsz: 24, flags: 1, size: PAGE }));
    await dialogue.refuse(EINVAL, VFIO_USER_DMA_UNMAP, vfio_user_dma_unmap.encode({ argsz: 23, size: PAGE }));
    await dialogue.succeed(VFIO_USER_DMA_UNMAP, encodeDmaUnmap());
    for (let i = 0n; i < 10n; i++) await dialogue.succeed(VFIO_USER_DMA_MAP, map(i * PAGE, PAGE));
  });
}

function judgeMessages(bed: ComplianceBed): void {
  it('DMA_READ asks for guest memory in parts of max_data_xfer_size', async test => {
    const dialogue = await startDialogue(test, bed, { isNegotiated: false });
    await dialogue.negotiate({ max_data_xfer_size: 4096 });
    await dialogue.succeed(VFIO_USER_DMA_MAP, map(0x10000n, 0x4000n));
    const memory = memoryOf(dialogue);
    assert.equal(memory.view(0x10000n, 4, 'read'), null);
    const reading = memory.read(0x10010n, 5000);
    let got = 0;
    for (const count of [4096, 904]) {
      const command = await dialogue.next();
      const addr = 0x10010n + BigInt(got);
      assert.deepEqual([command.command, command.flags, command.payload], [VFIO_USER_DMA_READ, 0, encodeDmaAccess({ addr, count })]);
      await reply(dialogue, command, encodeDmaAccess({ addr, count }, new Uint8Array(count).fill(got === 0 ? 1 : 2)));
      got += count;
    }
    const bytes = await reading;
    assert.deepEqual([bytes.length, bytes[0], bytes[4095], bytes[4096]], [5000, 1, 1, 2]);
  });

  it('DMA_WRITE carries bytes to the guest, whichever reply the client gives', async test => {
    const dialogue = await startDialogue(test, bed);
    await dialogue.succeed(VFIO_USER_DMA_MAP, map(0n, PAGE));
    const place = { addr: 16n, count: 3 };
    for (const length of [0, 12, 16]) {
      const writing = memoryOf(dialogue).write(16n, Uint8Array.of(7, 8, 9));
      const command = await dialogue.next();
      assert.deepEqual([command.command, command.payload], [VFIO_USER_DMA_WRITE, encodeDmaAccess(place, Uint8Array.of(7, 8, 9))]);
      await reply(dialogue, command, encodeDmaAccess(place).subarray(0, length));
      await writing;
    }
  });

  it('DMA_READ and DMA_WRITE reject where the client refuses or answers something else, and the connection lives', async test => {
    const dialogue = await startDialogue(test, bed);
    await dialogue.succeed(VFIO_USER_DMA_MAP, map(0n, PAGE));
    const data = new Uint8Array(4);
    const replies: [Uint8Array, number?][] = [
      [new Uint8Array(0), wire.VFIO_USER_F_TYPE_REPLY | wire.VFIO_USER_F_ERROR],
      [encodeDmaAccess({ addr: 16n, count: 4 }, new Uint8Array(5))],
      [encodeDmaAccess({ addr: 16n, count: 4 }, new Uint8Array(3))],
      [encodeDmaAccess({ addr: 17n, count: 4 }, data)],
      [encodeDmaAccess({ addr: 16n, count: 5 }, data)],
      [vfio_user_dma_region_access.encode({ addr: 16n, count: 2n ** 63n, data })],
      [new Uint8Array(15)],
    ];
    for (const [payload, flags] of replies) {
      for (const isRead of [true, false]) {
        const memory = memoryOf(dialogue);
        const moving = assert.rejects(isRead ? memory.read(16n, 4) : memory.write(16n, data), Error);
        await reply(dialogue, await dialogue.next(), payload, flags);
        await moving;
      }
    }
    await dialogue.alive();
  });

  it('DMA is refused where the client gave no right to it', async test => {
    const dialogue = await startDialogue(test, bed);
    await dialogue.succeed(VFIO_USER_DMA_MAP, map(0n, PAGE, { flags: 1 }));
    await dialogue.succeed(VFIO_USER_DMA_MAP, map(PAGE, PAGE, { flags: 2 }));
    const memory = memoryOf(dialogue);
    await assert.rejects(memory.write(0n, new Uint8Array(1)), { errno: EFAULT });
    await assert.rejects(memory.read(PAGE, 1), { errno: EFAULT });
    await assert.rejects(memory.read(PAGE - 1n, 2), { errno: EFAULT });
    await assert.rejects(memory.read(2n * PAGE, 1), { errno: EFAULT });
    await assert.rejects(memory.read(2n ** 64n - 1n, 2), { errno: EFAULT });
  });

  it('DMA over two ranges that touch goes through both', async test => {
    const dialogue = await startDialogue(test, bed);
    const file = bed.createFile(0x2000);
    for (const [addr, offset] of [
      [0n, PAGE],
      [PAGE, 0n],
    ]) {
      await dialogue.succeed(VFIO_USER_DMA_MAP, map(addr, PAGE, { offset }), { handles: [file.handle] });
    }
    const memory = memoryOf(dialogue);
    assert.equal(memory.view(PAGE - 1n, 2, 'write'), null);
    await memory.write(PAGE - 1n, Uint8Array.of(5, 6));
    assert.deepEqual([...file.read(0x1fff, 1), ...file.read(0, 1)], [5, 6]);
    assert.deepEqual(Uint8Array.from(await memory.read(PAGE - 1n, 2)), Uint8Array.of(5, 6));
    file.handle.close();
  });

  it('DMA that waits is rejected when the connection ends', async test => {
    const dialogue = await startDialogue(test, bed);
    await dialogue.succeed(VFIO_USER_DMA_MAP, map(0n, PAGE));
    const reading = assert.rejects(memoryOf(dialogue).read(0n, 4), { errno: 104 });
    await dialogue.next();
    await dialogue.peer.close();
    await reading;
  });

  it('a reply to nothing, and one to another command, is refused and ends the connection', async test => {
    for (const [id, command] of [
      [0, VFIO_USER_DMA_WRITE],
      [1000, VFIO_USER_DMA_READ],
      [0, wire.VFIO_USER_VERSION],
    ]) {
      const dialogue = await startDialogue(test, bed);
      await dialogue.succeed(VFIO_USER_DMA_MAP, map(0n, PAGE));
      const reading = assert.rejects(memoryOf(dialogue).read(0n, 4), { errno: 104 });
      await dialogue.next();
      await dialogue.peer.send(encodeMessage(command, new Uint8Array(16), { id, flags: wire.VFIO_USER_F_TYPE_REPLY }));
      await reading;
      await dialogue.endsFor({ id, command, errno: EPROTO });
    }
  });
}

export function judgeDma(bed: ComplianceBed): void {
  judgeMaps(bed);
  judgeMessages(bed);
}
