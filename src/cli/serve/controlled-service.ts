/** A served device as the control socket sees it: its view, what is set for the next connection, its session. */

import type { ViewRequest } from '../../pure/guest-view/index.ts';
import { viewJson } from '../../pure/render/view-json.ts';
import { UsageError } from '../command.ts';
import { type ControlledDevice, RefusedError } from '../control/controlled-device.ts';
import { addWords, removeWords } from '../control/set-words.ts';
import { headingLines } from '../heading.ts';
import { requestWith } from '../view-options.ts';
import type { DeviceService, ServiceTotals } from './device-service.ts';
import { type Prepared, prepareView, RAW } from './prepare.ts';

type Description = ReturnType<ControlledDevice['describe']>;

export class ControlledService implements ControlledDevice {
  readonly name: string;
  readonly #service: DeviceService;
  readonly #request: ViewRequest | null;
  /** What the next connection gets. */
  #next: Prepared;
  /** What the present connection was given; it is told from the next by its order. */
  #served: Prepared;
  #set: readonly string[] = [];

  /** `request` is what all devices were realized under; null under the profile raw. */
  constructor(service: DeviceService, prepared: Prepared, request: ViewRequest | null) {
    this.name = prepared.source.name;
    this.#service = service;
    this.#request = request;
    this.#next = prepared;
    this.#served = prepared;
  }

  /** Of the client that is connected, or else of the next one. */
  get #current(): Prepared {
    const { servedOrder } = this.#service;
    return servedOrder !== null && servedOrder === this.#served.order ? this.#served : this.#next;
  }

  describe(): Description {
    const { source, report } = this.#current;
    const { hostIommu, profile, properties } = report ?? {};
    const next = this.#current === this.#next ? null : this.#next.report;
    return {
      name: this.name,
      socket: source.socket,
      source: source.device.bdf === null || source.host !== null ? source.origin : `${source.origin} ${source.device.bdf}`,
      heading: headingLines(source.device),
      isConnected: this.#service.isConnected,
      profile: profile?.name ?? RAW,
      machine: properties?.machine?.name ?? null,
      hostIommu: hostIommu ? { backend: hostIommu.backend, ats: hostIommu.atsEvidence().answer } : null,
      view: report ? viewJson(report, false) : null,
      set: this.#set,
      next: next ? viewJson(next, false) : null,
    };
  }

  counters(): Promise<ServiceTotals> {
    return this.#service.totals();
  }

  endSession(): Promise<boolean> {
    return this.#service.endSession();
  }

  async set(words: readonly string[]): Promise<void> {
    this.#realize(addWords(this.#set, words));
  }

  async unset(names: readonly string[]): Promise<void> {
    this.#realize(removeWords(this.#set, names));
  }

  #realize(set: readonly string[]): void {
    if (this.#request === null) throw new UsageError(`${this.name} is served under the profile raw, which has no properties`);
    const prepared = prepareView(this.#next.source, requestWith(this.#request, set));
    if ('failure' in prepared) throw new RefusedError(`${this.name} fails to realize: ${prepared.failure}`);
    this.#served = this.#current;
    this.#next = prepared;
    this.#set = set;
    this.#service.orderNext(prepared.order);
  }
}
