/** Every JSON output of the command by the name of its published schema, `schemas/NAME.schema.json`. */
import { attachDocument } from './attach.ts';
import { compareDocument } from './compare.ts';
import { ctlCounters, ctlEnd, ctlList, ctlSet, ctlShow, ctlUnset } from './control.ts';
import { decodeDocument, decodeLine } from './decode.ts';
import { devicesDocument } from './devices.ts';
import { doctorDocument } from './doctor.ts';
import { machinesDocument } from './machines.ts';
import { migrateDecodeDocument, migrateDocument } from './migrate.ts';
import { planDocument } from './plan.ts';
import { planChangeDocument } from './plan-change.ts';
import { probeDocument } from './probe.ts';
import { propertiesDocument } from './properties.ts';
import { viewDocument, viewLine } from './view.ts';

/** The declarations, as valibot has them. Fields that are not declared pass, and are dropped. */
export const REPORT_SCHEMAS = {
  attach: attachDocument,
  compare: compareDocument,
  'ctl-counters': ctlCounters,
  'ctl-end': ctlEnd,
  'ctl-list': ctlList,
  'ctl-set': ctlSet,
  'ctl-show': ctlShow,
  'ctl-unset': ctlUnset,
  decode: decodeDocument,
  'decode-line': decodeLine,
  devices: devicesDocument,
  doctor: doctorDocument,
  machines: machinesDocument,
  migrate: migrateDocument,
  'migrate-decode': migrateDecodeDocument,
  plan: planDocument,
  'plan-change': planChangeDocument,
  probe: probeDocument,
  properties: propertiesDocument,
  view: viewDocument,
  'view-line': viewLine,
} as const;

/** What an output is called: its command, for `ctl` the request too, and `-line` for a line of `--jsonl`. */
export type ReportName = keyof typeof REPORT_SCHEMAS;
