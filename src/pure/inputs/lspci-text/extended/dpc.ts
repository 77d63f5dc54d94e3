/** Reads the text of Downstream Port Containment. */
import { dpc } from '../../../pci/extended/dpc.ts';
import { code, flags, number, reader, type Take } from '../reader.ts';

/** One number for two fields: 16 and more has the fifth bit. */
const logSize: Take = (text, put) => {
  const size = Number(/RP PIO Log (\d+)/.exec(text)?.[1] ?? Number.NaN);
  if (!(size < 32)) return;
  put.code('capability', 'rpPioLogSize', size % 16);
  put.set('capability', 'rpPioLogSize4', size >= 16);
};

const completion: Take = (text, put) => {
  const sign = /\bCmpl([+-])/.exec(text)?.[1];
  if (sign !== undefined) put.set('control', 'completionControl', sign === '+' ? 'unsupported request' : 'completer abort');
};

export const dpcReader = reader(dpc, /^Downstream Port Containment/, {
  labels: {
    DpcCap: [
      code('capability', 'interruptMessageNumber', /IntMsgNum (\d+)/, 10),
      // Before pciutils 3.11.
      code('capability', 'interruptMessageNumber', /INT Msg #(\d+)/, 10),
      flags('capability', {
        RPExt: 'rootPortExtensions',
        PoisonedTLP: 'poisonedTlpEgressBlockingSupported',
        SwTrigger: 'softwareTriggeringSupported',
        DL_ActiveErr: 'dlActiveErrCorSignalingSupported',
      }),
      logSize,
    ],
    DpcCtl: [
      code('control', 'triggerEnable', /Trigger:([0-3])\b/),
      completion,
      flags('control', {
        INT: 'interruptEnable',
        ErrCor: 'errCorEnable',
        PoisonedTLP: 'poisonedTlpEgressBlockingEnable',
        SwTrigger: 'softwareTrigger',
        DL_ActiveErr: 'dlActiveErrCorEnable',
      }),
    ],
    DpcSta: [
      flags('status', { Trigger: 'triggerStatus', INT: 'interruptStatus', RPBusy: 'rpBusy' }),
      code('status', 'triggerReason', /Reason:0([0-3])\b/),
      code('status', 'triggerReasonExtension', /TriggerExt:0([0-3])\b/),
      code('status', 'rpPioFirstErrorPointer', /RP PIO ErrPtr:([0-9a-f]{2})\b/),
    ],
    Source: [number('errorSourceId', /^([0-9a-f]{4})\b/)],
  },
});
