/** The text of `attach`: what was agreed, regions and interrupts. */
import { irqFlags } from '../device/vfio-info.ts';
import type { AttachReport } from '../reports/attach-report.ts';
import { type Painter, PLAIN } from './paint.ts';
import { formatInterrupts, formatRegions, rowsFor, type ShownInterrupt, type ShownRegion } from './resources-text.ts';

function shownRegions({ regions, mappable }: AttachReport): ShownRegion[] {
  return regions.map(({ index, size, isReadable, isWritable }, i) => ({
    index,
    size: BigInt(size),
    isReadable,
    isWritable,
    mappable: (mappable[i] ?? []).map(area => ({ offset: BigInt(area.offset), size: BigInt(area.size) })),
    type: null,
  }));
}

function shownInterrupts({ interrupts }: AttachReport): ShownInterrupt[] {
  return interrupts.map(({ index, flags, count }) => ({ index, count, ...irqFlags(flags) }));
}

/** The text of an attach, without config space. */
export function formatAttach(report: AttachReport, paint: Painter = PLAIN): string[] {
  const row = rowsFor(paint);
  const { agreement, info, socket } = report;
  const { minor, maxTransfer, peerMaxFds, maxDmaMaps, writeMultiple, migration } = agreement;
  return [
    paint('strong', `vfio-user server at ${socket}`),
    ...row('version', `0.${minor}`),
    ...row('messages', `${maxTransfer} bytes of data, ${peerMaxFds} descriptors`),
    ...row('DMA ranges', String(maxDmaMaps)),
    ...row('several writes', writeMultiple ? 'in one message' : 'one in a message'),
    ...row('migration', migration ? 'spoken of' : 'no'),
    ...row('reset', info.isResettable ? 'can be reset' : 'cannot be reset'),
    '',
    ...formatRegions(shownRegions(report), paint),
    '',
    ...formatInterrupts(shownInterrupts(report), paint),
  ];
}
