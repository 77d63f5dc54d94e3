/** Requests for views and their answers, each made once: VMs of one kind ask the same of the same devices. */
import type { DeviceFacts } from '../../facts/index.ts';
import { type View, type ViewRequest, view } from '../../guest-view/index.ts';

/** So many different requests are kept; a fleet has a few dozen. */
const MOST_REQUESTS = 4096;

/** Views by device and request. */
export class ViewCache {
  readonly #requests = new Map<string, ViewRequest>();
  /** Of requests that were looked at: a VM asks each host with the same one. */
  #same = new WeakMap<ViewRequest, ViewRequest>();
  #views = new WeakMap<DeviceFacts, Map<ViewRequest, View>>();

  /**
   * What the guest sees of the device.
   * @throws PropertyError, MachineError or RequestError where the request asks for what is not there
   */
  view(facts: DeviceFacts, asked: ViewRequest): View {
    const request = this.#requestLike(asked);
    const known = this.#views.get(facts) ?? new Map<ViewRequest, View>();
    const found = known.get(request) ?? view(facts, request);
    known.set(request, found);
    this.#views.set(facts, known);
    return found;
  }

  /** An equal request that was asked before, or this one. */
  #requestLike(asked: ViewRequest): ViewRequest {
    const seen = this.#same.get(asked);
    if (seen !== undefined) return seen;
    const key = JSON.stringify(asked, (_, value) => (typeof value === 'bigint' ? `${value}n` : value));
    const known = this.#requests.get(key);
    if (known === undefined) {
      if (this.#requests.size >= MOST_REQUESTS) {
        this.#requests.clear();
        this.#views = new WeakMap();
        this.#same = new WeakMap();
      }
      this.#requests.set(key, asked);
    }
    this.#same.set(asked, known ?? asked);
    return known ?? asked;
  }
}
