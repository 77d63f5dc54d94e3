/** A PCI device in software that says of itself all that the protocol can ask: the one that the compliance suite judges servers with. */

import * as uapi from '../../../src/pure/spec/vfio/index.ts';
import {
  DeviceError,
  type DeviceIrq,
  type DeviceMigration,
  type DeviceRegion,
  type DeviceSession,
  type Handle,
  type IrqRequest,
  type PciDevice,
  UNKNOWN_IRQ,
} from '../../../src/pure/vfio-user/index.ts';
import type { ComplianceBed, Shared } from './bed.ts';

export const BAR_SIZE = 0x4000;
export const CONFIG_SIZE = 4096;
export const MSIX_COUNT = 64;
/** Areas of BAR 2 that a client may map. */
export const AREAS = [
  { offset: 0, size: 0x1000 },
  { offset: 0x2000, size: 0x2000 },
];
const EIO = 5;
const EINVAL = 22;
const { VFIO_IRQ_INFO_EVENTFD, VFIO_IRQ_INFO_MASKABLE, VFIO_IRQ_INFO_AUTOMASKED, VFIO_IRQ_INFO_NORESIZE } = uapi;

/** What regions hold at first; no region is larger. */
const PATTERN = Uint8Array.from({ length: BAR_SIZE }, (_, i) => i & 0xff);

const NONE: DeviceRegion = { size: 0, isReadable: false, isWritable: false, mapping: null };
const plain = (size: number, isWritable = true): DeviceRegion => ({ size, isReadable: true, isWritable, mapping: null });

export class ComplianceDevice implements PciDevice {
  readonly regions: readonly DeviceRegion[];
  readonly irqs: readonly DeviceIrq[] = [
    { count: 1, flags: VFIO_IRQ_INFO_EVENTFD | VFIO_IRQ_INFO_MASKABLE | VFIO_IRQ_INFO_AUTOMASKED },
    { count: 1, flags: VFIO_IRQ_INFO_EVENTFD | VFIO_IRQ_INFO_NORESIZE },
    { count: MSIX_COUNT, flags: VFIO_IRQ_INFO_EVENTFD | VFIO_IRQ_INFO_NORESIZE },
    UNKNOWN_IRQ,
    { count: 1, flags: VFIO_IRQ_INFO_EVENTFD },
  ];
  readonly migration?: DeviceMigration;
  /** What happened, in order: `reset`, `stop`, `write 0 16 2`. */
  readonly events: string[] = [];
  readonly requests: IrqRequest[] = [];
  /** MSI-X vectors' eventfds. */
  readonly vectors: (Handle | null)[] = new Array<null>(MSIX_COUNT).fill(null);
  session: DeviceSession | null = null;
  /** The next call of the device fails with this. */
  failure: Error | null = null;
  readonly #memory: readonly Uint8Array[];
  readonly #files: readonly Shared[];

  constructor(bed: ComplianceBed, { canMigrate = true } = {}) {
    this.#files = [bed.createFile(BAR_SIZE), bed.createFile(BAR_SIZE + 0x1000)];
    const [whole, sparse] = this.#files;
    this.regions = [
      plain(BAR_SIZE),
      { ...plain(BAR_SIZE), mapping: { handle: whole.handle, offset: 0, areas: [{ offset: 0, size: BAR_SIZE }] } },
      { ...plain(BAR_SIZE), mapping: { handle: sparse.handle, offset: 0x1000, areas: AREAS } },
      NONE,
      NONE,
      NONE,
      plain(2048, false),
      plain(CONFIG_SIZE),
      NONE,
    ];
    this.#memory = this.regions.map(({ size }) => PATTERN.slice(0, size));
    if (canMigrate) this.migration = this.#migration();
  }

  /** Gives up the files; to be called when nobody is connected. */
  close(): void {
    for (const { handle } of this.#files) handle.close();
  }

  #fail(): void {
    const { failure } = this;
    this.failure = null;
    if (failure) throw failure;
  }

  readRegion(index: number, offset: number, into: Uint8Array): void {
    this.#fail();
    into.set(this.#memory[index].subarray(offset, offset + into.length));
  }

  writeRegion(index: number, offset: number, bytes: Uint8Array): void {
    this.#fail();
    this.events.push(`write ${index} ${offset} ${bytes.length}`);
    this.#memory[index].set(bytes, offset);
  }

  setIrqs(request: IrqRequest): void {
    this.#fail();
    this.requests.push(request);
    const { index, start, count, data } = request;
    if (index === uapi.VFIO_PCI_MSIX_IRQ_INDEX) {
      const all = data.kind === 'none' && count === 0;
      if (all) this.#assign(0, new Array<null>(MSIX_COUNT).fill(null));
      if (data.kind === 'eventfds') this.#assign(start, data.handles);
    } else if (data.kind === 'eventfds') {
      for (const handle of data.handles) handle?.close();
    }
  }

  #assign(start: number, handles: readonly (Handle | null)[]): void {
    for (const [i, handle] of handles.entries()) {
      this.vectors[start + i]?.close();
      this.vectors[start + i] = handle;
    }
  }

  reset(): void {
    this.#fail();
    this.events.push('reset');
  }

  attach(session: DeviceSession): void {
    this.#fail();
    this.session = session;
  }

  detach(): void {
    this.session = null;
    this.#assign(0, new Array<null>(MSIX_COUNT).fill(null));
  }

  #migration(): DeviceMigration {
    return {
      save: () => this.#memory[0].slice(),
      load: state => {
        if (state.length !== BAR_SIZE) throw new DeviceError(EINVAL, `a state of ${state.length} bytes`);
        this.#memory[0].set(state);
      },
      stop: () => {
        this.#fail();
        this.events.push('stop');
      },
      resume: () => {
        this.events.push('resume');
      },
    };
  }
}

/** A refusal for `failure`. */
export const refusal = () => new DeviceError(EIO, 'told to fail');
