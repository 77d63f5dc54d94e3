/** The regions of a replayed function: plain memory, with register models where the owner put some. */
import { itemAt } from '../bytes/checked.ts';
import { checkInside } from './bounds.ts';
import { PAGE_SIZE, type PageBudget, SparseMemory } from './sparse-memory.ts';
import { refuseState } from './state.ts';

/** A part of a region that is more than memory. Without `read` or `write`, that side is plain memory. */
export interface RegisterModel {
  /** `VFIO_PCI_…_REGION_INDEX` of a BAR or the ROM. */
  readonly region: number;
  /** Bytes from the start of the region. */
  readonly offset: number;
  readonly size: number;
  /** Fills `into` with what stands at `offset`, which counts from the start of the model. */
  read?(offset: number, into: Uint8Array): void;
  /** Takes the bytes, which are the caller's again after the call. */
  write?(offset: number, bytes: Uint8Array): void;
  /** State that `read` and `write` work on: saved, loaded and, at a reset, filled with 0. */
  readonly state?: Uint8Array;
  /** A reset of the function, once `state` is 0. */
  reset?(): void;
  /** A migrated device's state stands in `state`, and in what other models and config space have. The device is stopped until it resumes. */
  loaded?(): void;
}

export interface ReplayedRegionsOptions {
  /** Bytes of BAR 0 to 5 and the ROM. */
  readonly sizes: readonly number[];
  readonly models: readonly RegisterModel[];
  /** Bytes of the expansion ROM from its start on; a reset keeps them. */
  readonly rom: Uint8Array | null;
  readonly pageLimit: number;
}

const ROM = 6;
/** Region, page number in two halves, and the page. */
const PAGE_RECORD = 12 + PAGE_SIZE;

/** RangeError for models that overlap or do not lie inside of their region. */
function checkModels(models: readonly RegisterModel[], sizes: readonly number[]): void {
  for (const [i, { region, offset, size }] of models.entries()) {
    const where = `the register model of ${size} bytes at ${offset} of region ${region}`;
    if (!(offset >= 0 && size > 0 && offset + size <= (sizes[region] ?? 0))) throw new RangeError(`${where} does not lie inside of it`);
    const clash = models.slice(0, i).find(it => it.region === region && it.offset < offset + size && offset < it.offset + it.size);
    if (clash) throw new RangeError(`${where} overlaps the one at ${clash.offset}`);
  }
}

export class ReplayedRegions {
  readonly #memories: readonly SparseMemory[];
  readonly #models: readonly (readonly RegisterModel[])[];
  readonly #rom: Uint8Array | null;
  readonly #budget: PageBudget;
  readonly #pageLimit: number;

  constructor({ sizes, models, rom, pageLimit }: ReplayedRegionsOptions) {
    checkModels(models, sizes);
    if (rom !== null && rom.length > (sizes[ROM] ?? 0))
      throw new RangeError(`a ROM of ${rom.length} bytes in a region of ${sizes[ROM] ?? 0}`);
    this.#budget = { left: pageLimit };
    this.#pageLimit = pageLimit;
    this.#rom = rom;
    this.#memories = sizes.map(size => new SparseMemory(size, this.#budget));
    this.#models = sizes.map((_, region) => models.filter(it => it.region === region).sort((a, b) => a.offset - b.offset));
  }

  read(region: number, offset: number, into: Uint8Array): void {
    itemAt(this.#memories, region).read(offset, into);
    if (region === ROM && this.#rom !== null) into.set(this.#rom.subarray(offset, offset + into.length));
    for (const model of itemAt(this.#models, region)) {
      const from = Math.max(offset, model.offset);
      const to = Math.min(offset + into.length, model.offset + model.size);
      if (from < to) model.read?.(from - model.offset, into.subarray(from - offset, to - offset));
    }
  }

  write(region: number, offset: number, bytes: Uint8Array): void {
    const memory = itemAt(this.#memories, region);
    checkInside(memory.size, offset, bytes.length);
    const end = offset + bytes.length;
    let at = offset;
    for (const model of itemAt(this.#models, region)) {
      const from = Math.max(at, model.offset);
      const to = Math.min(end, model.offset + model.size);
      if (from >= to || !model.write) continue;
      if (at < from) memory.write(at, bytes.subarray(at - offset, from - offset));
      model.write(from - model.offset, bytes.subarray(from - offset, to - offset));
      at = to;
    }
    if (at < end) memory.write(at, bytes.subarray(at - offset));
  }

  reset(): void {
    for (const memory of this.#memories) memory.clear();
    for (const model of this.#models.flat()) {
      model.state?.fill(0);
      model.reset?.();
    }
  }

  /** The pages that were touched, and the states of the models one after the other. */
  save(): [pages: Uint8Array, models: Uint8Array] {
    const touched = this.#memories.flatMap(({ pages }, region) => [...pages].map(([page, bytes]) => ({ region, page, bytes })));
    const pages = new Uint8Array(touched.length * PAGE_RECORD);
    const view = new DataView(pages.buffer);
    for (const [i, { region, page, bytes }] of touched.entries()) {
      view.setUint32(i * PAGE_RECORD, region, true);
      view.setBigUint64(i * PAGE_RECORD + 4, BigInt(page), true);
      pages.set(bytes, i * PAGE_RECORD + 12);
    }
    const states = this.#models.flat().flatMap(({ state }) => (state ? [...state] : []));
    return [pages, Uint8Array.from(states)];
  }

  /** Throws DeviceError EINVAL for what cannot be loaded; nothing has changed then. */
  check(pages: Uint8Array, models: Uint8Array): void {
    if (pages.length % PAGE_RECORD !== 0) throw refuseState(`${pages.length} bytes are no whole number of pages`);
    if (pages.length / PAGE_RECORD > this.#pageLimit) throw refuseState(`it has more than ${this.#pageLimit} pages`);
    for (const { region, offset } of this.#records(pages)) {
      const size = this.#memories[region]?.size ?? 0;
      if (offset >= BigInt(size)) throw refuseState(`a page at ${offset} of region ${region}, which has ${size} bytes`);
    }
    const wanted = this.#models.flat().reduce((sum, { state }) => sum + (state?.length ?? 0), 0);
    if (models.length !== wanted) throw refuseState(`${models.length} bytes of register models: wanted ${wanted}`);
  }

  /** Takes bytes that have passed `check`. */
  load(pages: Uint8Array, models: Uint8Array): void {
    this.reset();
    for (const { region, offset, bytes } of this.#records(pages)) {
      const memory = itemAt(this.#memories, region);
      memory.write(Number(offset), bytes.subarray(0, Math.min(PAGE_SIZE, memory.size - Number(offset))));
    }
    let at = 0;
    for (const { state } of this.#models.flat()) {
      state?.set(models.subarray(at, at + state.length));
      at += state?.length ?? 0;
    }
  }

  /** Tells the models that everything is loaded. */
  loaded(): void {
    for (const model of this.#models.flat()) model.loaded?.();
  }

  *#records(pages: Uint8Array): Generator<{ region: number; offset: bigint; bytes: Uint8Array }> {
    const view = new DataView(pages.buffer, pages.byteOffset, pages.length);
    for (let at = 0; at < pages.length; at += PAGE_RECORD) {
      const offset = view.getBigUint64(at + 4, true) * BigInt(PAGE_SIZE);
      yield { region: view.getUint32(at, true), offset, bytes: pages.subarray(at + 12, at + PAGE_RECORD) };
    }
  }
}
