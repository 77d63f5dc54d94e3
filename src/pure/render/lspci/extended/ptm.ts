/** The text of Precision Time Measurement. */
import { ptm } from '../../../pci/extended/ptm.ts';
import { formatFlags, renderer, sign } from '../renderer.ts';

function formatGranularity(nanoseconds: number, none: string): string {
  if (nanoseconds === 0) return none;
  return nanoseconds === 255 ? 'Greater than 254ns' : `${nanoseconds}ns`;
}

export const ptmText = renderer(ptm, ({ capability, control }) => {
  const roles = { Requester: capability.requesterCapable, Responder: capability.responderCapable, Root: capability.rootCapable };
  return {
    title: 'Precision Time Measurement',
    lines: [
      `PTMCap: ${formatFlags(roles)}`,
      `PTMClockGranularity: ${formatGranularity(capability.localClockGranularity, 'Unimplemented')}`,
      `PTMControl: Enabled${sign(control.enable)} RootSelected${sign(control.rootSelect)}`,
      `PTMEffectiveGranularity: ${formatGranularity(control.effectiveGranularity, 'Unknown')}`,
    ],
  };
});
