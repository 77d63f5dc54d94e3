/** Memory that reads 0 until it is written: a region of many gigabytes costs what was written to it, and never more than a budget. */

import { byteAt } from '../bytes/checked.ts';
import { ENOMEM } from '../spec/errno.ts';
import { checkInside } from './bounds.ts';
import { DeviceError } from './pci-device.ts';

export const PAGE_SIZE = 0x1000;

/** Pages that may still be allocated; several memories may share one. */
export interface PageBudget {
  left: number;
}

/** Bytes in pages of 4 KiB, which are allocated when something other than 0 is written to them. */
export class SparseMemory {
  readonly size: number;
  readonly #pages = new Map<number, Uint8Array>();
  readonly #budget: PageBudget;

  constructor(size: number, budget: PageBudget) {
    this.size = size;
    this.#budget = budget;
  }

  /** Pages that hold something, in no order. Their bytes are the memory's own. */
  get pages(): ReadonlyMap<number, Uint8Array> {
    return this.#pages;
  }

  /** Throws DeviceError EINVAL for a range that does not lie inside. */
  read(offset: number, into: Uint8Array): void {
    checkInside(this.size, offset, into.length);
    let page = Math.floor(offset / PAGE_SIZE);
    let from = offset % PAGE_SIZE;
    for (let done = 0; done < into.length; page++) {
      const count = Math.min(PAGE_SIZE - from, into.length - done);
      const bytes = this.#pages.get(page);
      if (bytes === undefined) into.fill(0, done, done + count);
      else for (let i = 0; i < count; i++) into[done + i] = byteAt(bytes, from + i);
      done += count;
      from = 0;
    }
  }

  /** Throws DeviceError EINVAL for a range that does not lie inside, ENOMEM where the budget is used up; what was written stays. */
  write(offset: number, bytes: Uint8Array): void {
    checkInside(this.size, offset, bytes.length);
    let page = Math.floor(offset / PAGE_SIZE);
    let from = offset % PAGE_SIZE;
    for (let done = 0; done < bytes.length; page++) {
      const count = Math.min(PAGE_SIZE - from, bytes.length - done);
      this.#writePage(page, from, bytes.subarray(done, done + count));
      done += count;
      from = 0;
    }
  }

  #writePage(page: number, from: number, bytes: Uint8Array): void {
    let target = this.#pages.get(page);
    if (target === undefined) {
      // Drivers clear whole regions: a page of zeros is one that is not there.
      if (bytes.every(byte => byte === 0)) return;
      if (this.#budget.left === 0) throw new DeviceError(ENOMEM, `page ${page} of a region of ${this.size} bytes: the budget is used up`);
      this.#budget.left--;
      target = new Uint8Array(PAGE_SIZE);
      this.#pages.set(page, target);
    }
    target.set(bytes, from);
  }

  /** Forgets everything; the pages go back to the budget. */
  clear(): void {
    this.#budget.left += this.#pages.size;
    this.#pages.clear();
  }
}
