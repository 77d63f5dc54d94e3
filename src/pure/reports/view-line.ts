/** The JSON of a view as one line, made from pieces that are kept: over a million devices the same capabilities recur. */
import type { CapabilityView, Reason } from '../guest-view/index.ts';
import type { HostIommuDevice } from '../iommu/index.ts';
import type { ConfigSpace } from '../pci/config-space.ts';
import { unknownPlaces } from '../pci/unknown-places.ts';
import type { EffectiveProperties } from '../qemu/index.ts';
import { formatSlotJson } from './slot-json.ts';
import { placesJson } from './unknown-places-json.ts';
import { askedJson, capabilityJson, propertiesJson, viewBytes } from './view-json.ts';
import type { ViewReport } from './view-report.ts';

const STATUSES = ['shown', 'changed', 'hidden', 'synthesised', 'unknown'] as const;
/** The most pieces that are kept, which bounds memory for any input. */
const MOST_KEPT = 65536;

const NO_REASON = {};
/** By reason and stage, then by all else that a capability's JSON says. */
const kept = new Map<Reason | typeof NO_REASON, Map<number, string>>();
let keptCount = 0;

/** A version has four bits; this is none. */
const NO_VERSION = 16;

/** Kind, status, stage, ID, version and offset in one number of at most 40 bits. */
function keyOf({ kind, id, offset, version, status, stage }: CapabilityView): number {
  const head = (kind === 'standard' ? 0 : 1) + 2 * STATUSES.indexOf(status) + 16 * (stage === null ? 0 : stage === 'kernel' ? 1 : 2);
  return ((head * 0x10000 + id) * 32 + (version ?? NO_VERSION)) * 0x1000 + offset;
}

function capabilityText(view: CapabilityView): string {
  const reason = view.reason ?? NO_REASON;
  let texts = kept.get(reason);
  if (texts === undefined) {
    texts = new Map();
    kept.set(reason, texts);
  }
  const key = keyOf(view);
  let text = texts.get(key);
  if (text === undefined) {
    text = JSON.stringify(capabilityJson(view));
    if (keptCount++ < MOST_KEPT) texts.set(key, text);
  }
  return text;
}

const propertyTexts = new WeakMap<EffectiveProperties, string>();

/** One set of properties serves all devices of an input. */
function propertiesText(properties: EffectiveProperties): string {
  let text = propertyTexts.get(properties);
  if (text === undefined) {
    text = JSON.stringify(propertiesJson(properties));
    propertyTexts.set(properties, text);
  }
  return text;
}

const askedTexts = new WeakMap<HostIommuDevice, { readonly properties: EffectiveProperties; readonly text: string }>();

/** One request is asked of all devices of an input, and few hosts answer. */
function askedText(report: ViewReport): string {
  const { hostIommu, properties } = report;
  const last = askedTexts.get(hostIommu);
  if (last?.properties === properties) return last.text;
  const text = JSON.stringify(askedJson(report)).slice(1, -1);
  askedTexts.set(hostIommu, { properties, text });
  return text;
}

/** Few devices of many have unknown bytes, and those mostly the same. */
function unknownText(config: ConfigSpace): string {
  const places = placesJson(unknownPlaces(config));
  return places.length === 0 ? '[]' : JSON.stringify(places);
}

/** The same text as `JSON.stringify(viewJson(report, bytes))`, several times as fast. */
export function formatViewLine(report: ViewReport, bytes: boolean): string {
  const { facts, realized, properties } = report;
  const { bdf } = facts;
  const failed = realized.outcome === 'failed';
  const head = `{"bdf":${bdf === null ? 'null' : `"${bdf}"`},${askedText(report)},"outcome":"${realized.outcome}","error":${failed ? JSON.stringify(realized.error) : 'null'}`;
  const warnings = realized.messages.length === 0 ? '[]' : JSON.stringify(realized.messages);
  let capabilities = '';
  if (!failed)
    for (const view of realized.capabilities) capabilities += capabilities === '' ? capabilityText(view) : `,${capabilityText(view)}`;
  const slot = report.slot === undefined ? '' : `,"slot":${failed ? 'null' : formatSlotJson(report.slot)}`;
  const tail = bytes ? `${slot},${JSON.stringify(viewBytes(report)).slice(1)}` : `${slot}}`;
  return `${head},"warnings":${warnings},"properties":${propertiesText(properties)},"capabilities":[${capabilities}],"unknown":${unknownText(report.config)}${tail}`;
}
