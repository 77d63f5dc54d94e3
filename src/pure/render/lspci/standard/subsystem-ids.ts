/** The text of a bridge's Subsystem IDs. */
import { subsystemIds } from '../../../pci/capabilities/subsystem-ids.ts';
import { renderer } from '../renderer.ts';

export const subsystemIdsText = renderer(subsystemIds, ({ subsystemVendorId, subsystemId }, _ref, { nameSubsystem }) => ({
  title: `Subsystem: ${nameSubsystem(subsystemVendorId, subsystemId)}`,
  lines: [],
}));
