/** Every JSON output of the command by the name of its published schema, `schemas/NAME.schema.json`. */
import { attachDocument } from './attach.ts';
import { compareDocument } from './compare.ts';
import { ctlCounters, ctlEnd, ctlList, ctlSet, ctlShow, ctlUnset } from './control.ts';
import { decodeDocument, decodeLine } from './decode.ts';
import { devicesDocument } from './devices.ts';
import { doctorDocument } from './doctor.ts';
import { machinesDocument } from './machines.ts';
import { probeDocument } from './probe.ts';
import { propertiesDocument } from './properties.ts';
import { viewDocument, viewLine } from './view.ts';

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
  probe: probeDocument,
  properties: propertiesDocument,
  view: viewDocument,
  'view-line': viewLine,
} as const;

export type ReportName = keyof typeof REPORT_SCHEMAS;
