/** The text of Data Object Exchange. */
import { doe } from '../../../pci/extended/doe.ts';
import { formatFlags, renderer, sign } from '../renderer.ts';

export const doeText = renderer(doe, ({ capabilities, control, status }) => ({
  title: 'Data Object Exchange',
  lines: [
    `DOECap: IntSup${sign(capabilities.interruptSupport)}`,
    ...(capabilities.interruptSupport ? [`\tIntMsgNum ${capabilities.interruptMessageNumber}`] : []),
    `DOECtl: IntEn${sign(control.interruptEnable)}`,
    `DOESta: ${formatFlags({ Busy: status.busy, IntSta: status.interruptStatus, Error: status.error, ObjectReady: status.dataObjectReady })}`,
  ],
}));
