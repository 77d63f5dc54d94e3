/** Requests for views and their answers, each made once: VMs of one kind ask the same of the same devices. */
import type { DeviceFacts } from '../../facts/index.ts';
import type { View, ViewRequest } from '../../guest-view/index.ts';
import { effectOf, view, viewAlike } from '../../guest-view/view.ts';

/** So many different requests are kept; a fleet has a few dozen. */
const MOST_REQUESTS = 4096;

/** The views of one device. */
class DeviceViews {
  readonly #facts: DeviceFacts;
  readonly #byRequest = new Map<ViewRequest, View>();
  /** A machine type seldom changes what is realized, which is most of a view. */
  readonly #byEffect = new Map<string, View>();

  constructor(facts: DeviceFacts) {
    this.#facts = facts;
  }

  view(request: ViewRequest): View {
    const known = this.#byRequest.get(request);
    if (known !== undefined) return known;
    const effect = effectOf(this.#facts, request);
    const alike = this.#byEffect.get(effect);
    const made = alike === undefined ? view(this.#facts, request) : viewAlike(this.#facts, request, alike.realized);
    if (alike === undefined) this.#byEffect.set(effect, made);
    this.#byRequest.set(request, made);
    return made;
  }
}

/** Views by device and request. */
export class ViewCache {
  readonly #requests = new Map<string, ViewRequest>();
  /** Of requests that were looked at: a VM asks each host with the same one. */
  #same = new WeakMap<ViewRequest, ViewRequest>();
  #views = new WeakMap<DeviceFacts, DeviceViews>();

  /**
   * What the guest sees of the device.
   * @throws PropertyError, MachineError or RequestError where the request asks for what is not there
   */
  view(facts: DeviceFacts, asked: ViewRequest): View {
    const request = this.#requestLike(asked);
    const known = this.#views.get(facts);
    if (known !== undefined) return known.view(request);
    const views = new DeviceViews(facts);
    this.#views.set(facts, views);
    return views.view(request);
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
