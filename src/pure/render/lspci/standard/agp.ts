/** The text of the Accelerated Graphics Port. */
import { hexDigits } from '../../../bytes/hex.ts';
import { agp } from '../../../pci/capabilities/agp.ts';
import { formatFlags, renderer } from '../renderer.ts';

/** The AGP 3 mode bit means something from this major revision on. */
const AGP3 = 3;

/** `x1,x2`: the rates of bits 0 to 2, four times as fast in AGP 3 mode. */
function formatRates(rates: number, agp3Mode: boolean): string {
  const named = [1, 2, 4].filter(rate => (rates & rate) !== 0).map(rate => `x${agp3Mode ? rate * 4 : rate}`);
  return named.length === 0 ? '<none>' : named.join(',');
}

export const agpText = renderer(agp, ({ revision, status, command }) => {
  const statusFlags = formatFlags({
    SBA: status.sideBandAddressing,
    ITACoh: status.coherentAccesses,
    GART64: status.gart64,
    HTrans: status.hostTranslationDisabled,
    '64bit': status.addressing64,
    FW: status.fastWrites,
    AGP3: status.agp3Mode,
  });
  const commandFlags = formatFlags({
    SBA: command.sideBandEnable,
    AGP: command.agpEnable,
    GART64: command.gart64Enable,
    '64bit': command.addressing64Enable,
    FW: command.fastWriteEnable,
  });
  const agp3Mode = status.agp3Mode && revision.major >= AGP3;
  const iso = formatFlags({ Iso: status.isochronous });
  const sizes = (of: { asyncRequestSize: number; calibrationCycle: number }) => `ArqSz=${of.asyncRequestSize} Cal=${of.calibrationCycle}`;
  return {
    title: `AGP version ${hexDigits(revision.major)}.${hexDigits(revision.minor)}`,
    lines: [
      `Status: RQ=${status.requestQueueDepth} ${iso} ${sizes(status)} ${statusFlags} Rate=${formatRates(status.rates, agp3Mode)}`,
      `Command: RQ=${command.requestQueueDepth} ${sizes(command)} ${commandFlags} Rate=${formatRates(command.rate, agp3Mode)}`,
    ],
  };
});
