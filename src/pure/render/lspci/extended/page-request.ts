/** The text of Page Request Interface. */
import { hexDigits } from '../../../bytes/hex.ts';
import { pageRequest } from '../../../pci/extended/page-request.ts';
import { formatFlags, renderer } from '../renderer.ts';

export const pageRequestText = renderer(pageRequest, ({ control, status, outstandingCapacity, outstandingAllocation }) => {
  const state = formatFlags({
    RF: status.responseFailure,
    UPRGI: status.unexpectedGroupIndex,
    Stopped: status.stopped,
    PASID: status.responsePasidRequired,
  });
  return {
    title: 'Page Request Interface (PRI)',
    lines: [
      `PRICtl: ${formatFlags({ Enable: control.enable, Reset: control.reset })}`,
      `PRISta: ${state}`,
      `Page Request Capacity: ${hexDigits(outstandingCapacity, 8)}, Page Request Allocation: ${hexDigits(outstandingAllocation, 8)}`,
    ],
  };
});
