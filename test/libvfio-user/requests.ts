/** Requests that both servers are asked, right and wrong ones, with what each of them is about. */
import * as uapi from '../../src/pure/spec/vfio/index.ts';
import * as wire from '../../src/pure/vfio-user/message.ts';
import { encodeDeviceFeature } from '../../src/pure/vfio-user/messages/device-feature.ts';
import { vfio_user_dma_map } from '../../src/pure/vfio-user/messages/dma-map.ts';
import { encodeDmaUnmap, vfio_user_dma_unmap } from '../../src/pure/vfio-user/messages/dma-unmap.ts';
import { encodeMigrationRead, vfio_user_mig_data } from '../../src/pure/vfio-user/messages/migration-data.ts';
import { encodeRegionAccess } from '../../src/pure/vfio-user/messages/region-access.ts';
import { encodeRegionWriteMulti } from '../../src/pure/vfio-user/messages/region-write-multi.ts';
import { encodeVersion } from '../../src/pure/vfio-user/messages/version.ts';

/** What goes beside a message. */
export type File = 'memory' | 'event' | 'directory';

export interface Step {
  readonly command: number;
  readonly payload?: Uint8Array;
  readonly files?: readonly File[];
  readonly flags?: number;
  /** Instead of the message's own. */
  readonly size?: number;
}

/** Steps in a connection of its own; the answer to the last one counts. */
export interface Request {
  readonly name: string;
  readonly steps: readonly Step[];
  /** VERSION goes before; default true. */
  readonly isNegotiated?: boolean;
}

const [GET, SET, PROBE] = [uapi.VFIO_DEVICE_FEATURE_GET, uapi.VFIO_DEVICE_FEATURE_SET, uapi.VFIO_DEVICE_FEATURE_PROBE];
const [MIGRATION, STATE, UNKNOWN_FEATURE] = [1, 2, 0x1234];
const [BAR0, BAR3, CONFIG] = [0, 3, 7];
const NOTHING = new Uint8Array(0);
const PAGE = 0x1000n;
/** Without write_multiple. */
export const VERSION: Step = {
  command: wire.VFIO_USER_VERSION,
  payload: encodeVersion({ major: 0, minor: 2, capabilities: { max_msg_fds: 16, max_data_xfer_size: 1 << 20 } }),
};

const request = (name: string, ...steps: readonly Step[]): Request => ({ name, steps });
const first = (name: string, ...steps: readonly Step[]): Request => ({ name, steps, isNegotiated: false });

const map = (fields: object = {}, files: readonly File[] = ['memory']): Step => ({
  command: wire.VFIO_USER_DMA_MAP,
  payload: vfio_user_dma_map.encode({ argsz: 32, flags: 3, offset: 0n, addr: 0x10000n, size: PAGE, ...fields }),
  files,
});
const unmap = (fields: object = {}): Step => ({
  command: wire.VFIO_USER_DMA_UNMAP,
  payload: vfio_user_dma_unmap.encode({ argsz: 24, addr: 0x10000n, size: PAGE, ...fields }),
});
const irqs = (fields: object = {}, files: readonly File[] = []): Step => ({
  command: wire.VFIO_USER_DEVICE_SET_IRQS,
  payload: uapi.vfio_irq_set.encode({ argsz: 20, flags: 0x24, index: 0, start: 0, count: 1, ...fields }),
  files,
});
const feature = (feature: number, methods: number, data = NOTHING, argsz?: number): Step => ({
  command: wire.VFIO_USER_DEVICE_FEATURE,
  payload: encodeDeviceFeature(feature, methods, data, argsz),
});
const state = (device_state: number, argsz?: number): Step =>
  feature(STATE, SET, uapi.vfio_device_feature_mig_state.encode({ device_state, data_fd: -1 }), argsz);
const info = (argsz: number, index: number): Step => ({
  command: wire.VFIO_USER_DEVICE_GET_REGION_INFO,
  payload: uapi.vfio_region_info.encode({ argsz, index }),
});
const irqInfo = (argsz: number, index: number): Step => ({
  command: wire.VFIO_USER_DEVICE_GET_IRQ_INFO,
  payload: uapi.vfio_irq_info.encode({ argsz, index }),
});
const read = (region: number, offset: number, count: number, more: Partial<Step> = {}): Step => ({
  command: wire.VFIO_USER_REGION_READ,
  payload: encodeRegionAccess({ region, offset, count }),
  ...more,
});
const write = (region: number, offset: number, count: number, length = count): Step => ({
  command: wire.VFIO_USER_REGION_WRITE,
  payload: encodeRegionAccess({ region, offset, count }, new Uint8Array(length)),
});
const getInfo = (argsz: number, length = 16): Step => ({
  command: wire.VFIO_USER_DEVICE_GET_INFO,
  payload: Uint8Array.of(argsz, ...new Uint8Array(length - 1)),
});

export const REQUESTS: readonly Request[] = [
  first('VERSION of another major version', { ...VERSION, payload: encodeVersion({ major: 1, minor: 0, capabilities: {} }) }),
  first('VERSION without its NUL', { ...VERSION, payload: VERSION.payload?.subarray(0, -1) ?? NOTHING }),
  first('VERSION without data', { ...VERSION, payload: encodeVersion({ major: 0, minor: 0, capabilities: null }) }),
  first('a command before VERSION', getInfo(16)),
  request('VERSION for the second time', VERSION),
  request('DEVICE_GET_INFO', getInfo(16)),
  request('DEVICE_GET_INFO, argsz 15', getInfo(15)),
  request('DEVICE_GET_INFO of 15 bytes', getInfo(16, 15)),
  request('DEVICE_GET_INFO with a file', { ...getInfo(16), files: ['event'] }),
  request('DEVICE_GET_REGION_INFO', info(32, BAR0)),
  request('DEVICE_GET_REGION_INFO of region 9', info(32, 9)),
  request('DEVICE_GET_REGION_INFO, argsz 31', info(31, BAR0)),
  request('DEVICE_GET_REGION_IO_FDS', { command: 6, payload: Uint8Array.of(16, ...new Uint8Array(15)) }),
  request('DEVICE_GET_IRQ_INFO', irqInfo(16, 0)),
  request('DEVICE_GET_IRQ_INFO of kind 5', irqInfo(16, 5)),
  request('DEVICE_GET_IRQ_INFO, argsz 15', irqInfo(15, 0)),
  request('DEVICE_SET_IRQS with an eventfd', irqs({}, ['event'])),
  request('DEVICE_SET_IRQS with a directory', irqs({}, ['directory'])),
  request('DEVICE_SET_IRQS with a file', irqs({}, ['memory'])),
  request('DEVICE_SET_IRQS with two eventfds for one interrupt', irqs({}, ['event', 'event'])),
  request('DEVICE_SET_IRQS with no eventfd', irqs()),
  request('DEVICE_SET_IRQS without flags', irqs({ flags: 0 })),
  request('DEVICE_SET_IRQS of kind 5', irqs({ index: 5 }, ['event'])),
  request('DEVICE_SET_IRQS of more interrupts than there are', irqs({ start: 1 }, ['event'])),
  request('DEVICE_SET_IRQS, argsz 19', irqs({ argsz: 19 }, ['event'])),
  request('REGION_READ', read(CONFIG, 0, 4)),
  request('REGION_READ behind the end', read(BAR0, 0xffd, 4)),
  request('REGION_READ of a region that is not there', read(BAR3, 0, 4)),
  request('REGION_READ of region 9', read(9, 0, 4)),
  request('REGION_READ of no bytes', read(BAR0, 0, 0)),
  request(
    'REGION_READ with data',
    read(BAR0, 0, 4, { payload: encodeRegionAccess({ region: BAR0, offset: 0, count: 4 }, new Uint8Array(4)) }),
  ),
  request('REGION_WRITE', write(BAR0, 0x800, 4)),
  request('REGION_WRITE with less data than it says', write(BAR0, 0x800, 4, 3)),
  request('DMA_MAP of a file', map()),
  request('DMA_MAP without a file', map({}, [])),
  request('DMA_MAP of nothing readable or writable', map({ flags: 0 })),
  request('DMA_MAP of no bytes', map({ size: 0n })),
  request('DMA_MAP over a range', map(), map()),
  request('DMA_MAP past 2^64', map({ addr: (1n << 64n) - PAGE, size: 2n * PAGE }, [])),
  request('DMA_MAP with an unknown flag', map({ flags: 0x103 })),
  request('DMA_MAP of a directory', map({}, ['directory'])),
  request('DMA_MAP behind the file’s end', map({ offset: 0x100000n })),
  request('DMA_MAP of two files', map({}, ['memory', 'memory'])),
  request('DMA_MAP, argsz 31', map({ argsz: 31 })),
  request('DMA_UNMAP', map(), unmap()),
  request('DMA_UNMAP of what is not mapped', unmap()),
  request('DMA_UNMAP of a part', map({ size: 2n * PAGE }), unmap()),
  request('DMA_UNMAP of two ranges at once', map(), map({ addr: 0x11000n }), unmap({ size: 2n * PAGE })),
  request('DMA_UNMAP of all', map(), { ...unmap(), payload: encodeDmaUnmap() }),
  request('DMA_UNMAP of all, with an address', map(), unmap({ flags: 2 })),
  request('DMA_UNMAP with a dirty bitmap', map(), unmap({ flags: 1 })),
  request('DMA_UNMAP, argsz 23', map(), unmap({ argsz: 23 })),
  request('DEVICE_RESET', { command: wire.VFIO_USER_DEVICE_RESET }),
  request('DEVICE_RESET with data', { command: wire.VFIO_USER_DEVICE_RESET, payload: new Uint8Array(4) }),
  request('REGION_WRITE_MULTI that was not agreed on', {
    command: wire.VFIO_USER_REGION_WRITE_MULTI,
    payload: encodeRegionWriteMulti([{ region: BAR0, offset: 0x800, bytes: new Uint8Array(4) }]),
  }),
  request('DEVICE_FEATURE that is not known', feature(UNKNOWN_FEATURE, PROBE)),
  request('DEVICE_FEATURE, PROBE', feature(MIGRATION, PROBE | GET)),
  request('DEVICE_FEATURE, PROBE of a method that is not there', feature(MIGRATION, PROBE | SET)),
  request('DEVICE_FEATURE, GET and SET', feature(STATE, GET | SET, new Uint8Array(8))),
  request('DEVICE_FEATURE, GET, argsz 15', feature(MIGRATION, GET, NOTHING, 15)),
  request('DEVICE_FEATURE, SET, argsz 15', state(uapi.VFIO_DEVICE_STATE_STOP, 15)),
  request('DEVICE_FEATURE, SET of a state that is none', state(9)),
  request('DEVICE_FEATURE, PROBE of DMA logging', feature(6, PROBE | SET)),
  request('MIG_DATA_READ of a device that runs', { command: wire.VFIO_USER_MIG_DATA_READ, payload: encodeMigrationRead(16) }),
  request('MIG_DATA_READ, argsz 15', state(uapi.VFIO_DEVICE_STATE_STOP_COPY), {
    command: wire.VFIO_USER_MIG_DATA_READ,
    payload: vfio_user_mig_data.encode({ argsz: 15, size: 16 }),
  }),
  request('DIRTY_PAGES', { command: wire.VFIO_USER_DIRTY_PAGES, payload: new Uint8Array(8) }),
  request('DMA_READ, which is a server’s', { command: wire.VFIO_USER_DMA_READ, payload: new Uint8Array(16) }),
  request('a command that is not known', { command: 99 }),
  request('a command with the flag Error', { ...getInfo(16), flags: wire.VFIO_USER_F_ERROR }),
  request('a message of 15 bytes', { ...getInfo(16), size: 15 }),
  request('a message of 4 GiB', { ...getInfo(16), size: 0xffffffff }),
  request('a reply to nothing', { ...getInfo(16), flags: wire.VFIO_USER_F_TYPE_REPLY }),
];
