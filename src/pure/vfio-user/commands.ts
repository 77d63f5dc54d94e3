/** What a server does for each command that is not on the fast path (vfio-user specification, "Commands"). */
import type { Handle } from '../device/handle.ts';
import { DeviceError, type DmaRange } from '../device/pci-device.ts';
import { EINVAL, ENOTTY, EOPNOTSUPP } from '../spec/errno.ts';
import { VFIO_REGION_INFO_FLAG_MMAP, VFIO_REGION_INFO_FLAG_READ, VFIO_REGION_INFO_FLAG_WRITE } from '../spec/vfio/index.ts';
import { VFIO_DMA_UNMAP_FLAG_ALL } from '../spec/vfio/type1.ts';
import { deviceFeature } from './features.ts';
import * as message from './message.ts';
import { decodeDeviceInfoRequest, encodeDeviceInfo } from './messages/device-info.ts';
import { decodeDmaMap, VFIO_USER_F_DMA_REGION_READ, VFIO_USER_F_DMA_REGION_WRITE } from './messages/dma-map.ts';
import { decodeDmaUnmap, vfio_user_dma_unmap } from './messages/dma-unmap.ts';
import { decodeIrqInfoRequest, encodeIrqInfo } from './messages/irq-info.ts';
import { decodeMigrationData, decodeMigrationRead, encodeMigrationData } from './messages/migration-data.ts';
import { decodeRegionInfoRequest, encodeRegionInfoReply, regionInfoSize } from './messages/region-info.ts';
import { decodeRegionIoFdsRequest, encodeNoRegionIoFds } from './messages/region-io-fds.ts';
import { decodeRegionWriteMulti, encodeWritesDone } from './messages/region-write-multi.ts';
import { decodeSetIrqs } from './messages/set-irqs.ts';
import { decodeVersion } from './messages/version.ts';
import { type Agreement, answerVersion, EXACT_UNMAP_MINOR } from './negotiate.ts';
import { MessageError } from './protocol-error.ts';
import type { Session } from './session.ts';

/** One command. `run` returns the reply's payload; where it returns, the handles that came are no longer the caller's. */
export interface CommandHandler {
  readonly takesHandles?: true;
  /** Only the reply is of use: No_reply is refused. */
  readonly needsReply?: true;
  run(session: Session, payload: Uint8Array, handles: readonly Handle[]): Uint8Array | null;
}

/** The agreement of a session that has one: commands run after VERSION only. */
function agreed({ agreement }: Session): Agreement {
  if (agreement === null) throw new MessageError('VERSION comes first');
  return agreement;
}

const version: CommandHandler = {
  needsReply: true,
  run(session, payload) {
    if (session.agreement !== null) throw new MessageError('the version is agreed on already');
    const { device, memory, platform, limits } = session;
    const proposal = { version: decodeVersion(payload), size: payload.length };
    const { agreement, payload: reply } = answerVersion(proposal, limits, session.migration !== null);
    memory.open(agreement.maxDmaMaps, agreement.maxTransfer);
    device.attach?.({ memory, signal: handle => platform.signal(handle) });
    session.agreement = agreement;
    return reply;
  },
};

const dmaMap: CommandHandler = {
  takesHandles: true,
  run({ memory, device }, payload, handles) {
    const { flags, addr, size, offset } = decodeDmaMap(payload, handles.length);
    const [handle] = handles;
    const range: DmaRange = {
      address: addr,
      size,
      isReadable: (flags & VFIO_USER_F_DMA_REGION_READ) !== 0,
      isWritable: (flags & VFIO_USER_F_DMA_REGION_WRITE) !== 0,
      file: handle === undefined ? null : { handle, offset },
    };
    memory.add(range);
    try {
      device.mapDma?.(range);
    } catch (error) {
      memory.release(range);
      throw error;
    }
    memory.settle(range);
    return null;
  },
};

/** Ranges that a client takes back; it has agreed on the version that decides how. */
function unmapped(session: Session, payload: Uint8Array): readonly DmaRange[] {
  const { memory, unmap = agreed(session).minor >= EXACT_UNMAP_MINOR ? 'exact' : 'inside' } = session;
  const { flags, addr, size } = decodeDmaUnmap(payload);
  if (flags === VFIO_DMA_UNMAP_FLAG_ALL) return memory.ranges;
  return unmap === 'exact' ? [memory.exactly(addr, size)] : memory.within(addr, size);
}

const dmaUnmap: CommandHandler = {
  run(session, payload) {
    const { memory, device } = session;
    const ranges = unmapped(session, payload);
    let refusal: { readonly error: unknown } | null = null;
    for (const range of ranges) {
      try {
        device.unmapDma?.(range);
      } catch (error) {
        refusal ??= { error };
      }
      // Whatever the device says, the client takes its memory back now.
      memory.remove(range);
    }
    if (refusal) throw refusal.error;
    return payload.slice(0, vfio_user_dma_unmap.size);
  },
};

const deviceInfo: CommandHandler = {
  needsReply: true,
  run({ device }, payload) {
    decodeDeviceInfoRequest(payload);
    const { regions, irqs, canReset = true } = device;
    return encodeDeviceInfo({ num_regions: regions.length, num_irqs: irqs.length, canReset });
  },
};

const regionInfo: CommandHandler = {
  needsReply: true,
  run(session, payload) {
    const { argsz, index } = decodeRegionInfoRequest(payload);
    const region = session.device.regions[index];
    if (region === undefined) throw new MessageError(`region ${index} of ${session.device.regions.length}`);
    const { size, mapping } = region;
    const access = (region.isReadable ? VFIO_REGION_INFO_FLAG_READ : 0) | (region.isWritable ? VFIO_REGION_INFO_FLAG_WRITE : 0);
    const plain = { index, size, offset: 0, areas: [], flags: access };
    const [first] = mapping?.areas ?? [];
    if (mapping === null || first === undefined || agreed(session).peerMaxFds === 0) return encodeRegionInfoReply(plain, argsz);
    const areas = mapping.areas.length === 1 && first.offset === 0 && first.size === size ? [] : mapping.areas;
    // The file goes only with a reply that says what of it may be mapped; a client without room for that asks again.
    const isComplete = regionInfoSize(areas) <= argsz;
    if (isComplete) session.replyHandles.push(mapping.handle);
    const flags = isComplete ? access | VFIO_REGION_INFO_FLAG_MMAP : access;
    return encodeRegionInfoReply({ ...plain, offset: mapping.offset, areas, flags }, argsz);
  },
};

const regionIoFds: CommandHandler = {
  needsReply: true,
  run({ device }, payload) {
    const index = decodeRegionIoFdsRequest(payload);
    if (index >= device.regions.length) throw new MessageError(`region ${index} of ${device.regions.length}`);
    return encodeNoRegionIoFds(index);
  },
};

const irqInfo: CommandHandler = {
  needsReply: true,
  run({ device }, payload) {
    const index = decodeIrqInfoRequest(payload);
    const irq = device.irqs[index];
    if (irq === undefined) throw new MessageError(`interrupt kind ${index} of ${device.irqs.length}`);
    if (irq.isUnknown === true) throw new DeviceError(EINVAL, `the device knows no interrupts of kind ${index}`);
    return encodeIrqInfo({ index, flags: irq.flags, count: irq.count });
  },
};

const setIrqs: CommandHandler = {
  takesHandles: true,
  run({ device, platform }, payload, handles) {
    const request = decodeSetIrqs(payload, device.irqs, handles);
    for (const handle of handles) platform.requireEvent(handle);
    device.setIrqs(request);
    return null;
  },
};

const reset: CommandHandler = {
  run({ device, migration }, payload) {
    if (payload.length !== 0) throw new MessageError(`${payload.length} bytes of payload where there are none`);
    if (device.canReset === false) throw new DeviceError(ENOTTY, 'the device has no reset');
    device.reset();
    migration?.afterReset();
    return null;
  },
};

const writeMulti: CommandHandler = {
  run(session, payload) {
    if (!agreed(session).writeMultiple) throw new MessageError('write_multiple was not agreed on', EOPNOTSUPP);
    const writes = decodeRegionWriteMulti(payload);
    // All writes are judged before any is done: doing half of them would leave a state that nobody asked for.
    for (const { region, offset, count } of writes) session.access.judgeWrite(region, offset, count);
    for (const { region, offset, count, data } of writes) session.device.writeRegion(region, Number(offset), data.subarray(0, count));
    return encodeWritesDone(writes.length);
  },
};

const migrationRead: CommandHandler = {
  needsReply: true,
  run(session, payload) {
    const size = decodeMigrationRead(payload, agreed(session).maxTransfer);
    return encodeMigrationData(migrationOf(session).read(size));
  },
};

const migrationWrite: CommandHandler = {
  run(session, payload) {
    migrationOf(session).write(decodeMigrationData(payload, session.limits.maxDataXferSize));
    return null;
  },
};

function migrationOf({ migration }: Session) {
  if (migration === null) throw new DeviceError(EOPNOTSUPP, 'the device cannot migrate');
  return migration;
}

/** By command number. Those not here are unknown, obsolete, or the other side's to send. */
export const COMMANDS: ReadonlyMap<number, CommandHandler> = new Map([
  [message.VFIO_USER_VERSION, version],
  [message.VFIO_USER_DMA_MAP, dmaMap],
  [message.VFIO_USER_DMA_UNMAP, dmaUnmap],
  [message.VFIO_USER_DEVICE_GET_INFO, deviceInfo],
  [message.VFIO_USER_DEVICE_GET_REGION_INFO, regionInfo],
  [message.VFIO_USER_DEVICE_GET_REGION_IO_FDS, regionIoFds],
  [message.VFIO_USER_DEVICE_GET_IRQ_INFO, irqInfo],
  [message.VFIO_USER_DEVICE_SET_IRQS, setIrqs],
  [message.VFIO_USER_DEVICE_RESET, reset],
  [message.VFIO_USER_REGION_WRITE_MULTI, writeMulti],
  [message.VFIO_USER_DEVICE_FEATURE, { needsReply: true, run: deviceFeature }],
  [message.VFIO_USER_MIG_DATA_READ, migrationRead],
  [message.VFIO_USER_MIG_DATA_WRITE, migrationWrite],
]);
