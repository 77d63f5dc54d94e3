/** A served device as the control socket sees it: its view, what is set for the next connection, its session. */

import type { ViewRequest } from '../pure/guest-view/index.ts';
import { viewJson } from '../pure/reports/view-json.ts';
import { type ControlledDevice, RefusedError } from './control/controlled-device.ts';
import { addWords, removeWords } from './control/set-words.ts';
import type { DeviceService, ServiceTotals } from './device-service.ts';
import { type Prepared, prepareView, RAW } from './prepare.ts';
import { ServiceError } from './service-error.ts';

type Description = ReturnType<ControlledDevice['describe']>;

/** Adds `NAME=VALUE` words to the request for all devices. Throws ServiceError for a word that does not fit. */
export type Amend = (words: readonly string[]) => ViewRequest;

export interface ControlledServiceOptions {
  /** The lines that name the device for people. */
  readonly heading: readonly string[];
  /** null where the device is served under the profile raw, which has no properties. */
  readonly amend: Amend | null;
}

export class ControlledService implements ControlledDevice {
  readonly name: string;
  readonly #service: DeviceService;
  readonly #heading: readonly string[];
  readonly #amend: Amend | null;
  /** The device that the next connection gets. */
  #next: Prepared;
  /** The device that the present connection was given; its order tells it from the next one's. */
  #served: Prepared;
  #set: readonly string[] = [];

  constructor(service: DeviceService, prepared: Prepared, { heading, amend }: ControlledServiceOptions) {
    this.name = prepared.source.name;
    this.#service = service;
    this.#heading = heading;
    this.#amend = amend;
    this.#next = prepared;
    this.#served = prepared;
  }

  /** The view of the client that is connected, or else of the next one. */
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
      heading: this.#heading,
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
    const amend = this.#requireProperties();
    this.#realize(addWords(this.#set, words), amend);
  }

  async unset(names: readonly string[]): Promise<void> {
    const amend = this.#requireProperties();
    this.#realize(removeWords(this.#set, names), amend);
  }

  #requireProperties(): Amend {
    if (this.#amend === null) throw new ServiceError(`${this.name} is served under the profile raw, which has no properties`);
    return this.#amend;
  }

  #realize(set: readonly string[], amend: Amend): void {
    const prepared = prepareView(this.#next.source, amend(set));
    if ('failure' in prepared) throw new RefusedError(`${this.name} fails to realize: ${prepared.failure}`);
    this.#served = this.#current;
    this.#next = prepared;
    this.#set = set;
    this.#service.orderNext(prepared.order);
  }
}
