/** The text of PCI Express. */
import { pciExpress } from '../../../../pci/capabilities/express/index.ts';
import { type DeviceContext, renderer, sign } from '../../renderer.ts';
import { type Express, formatDevice } from './device.ts';
import { formatDevice2 } from './device2.ts';
import { formatLink } from './link.ts';
import { formatLink2 } from './link2.ts';
import { hasMemoryBar } from './memory-bar.ts';
import { formatRoot } from './root.ts';
import { formatSlot } from './slot.ts';

const TYPES: Readonly<Record<string, string>> = {
  endpoint: 'Endpoint',
  'legacy-endpoint': 'Legacy Endpoint',
  'root-port': 'Root Port',
  'upstream-port': 'Upstream Port',
  'downstream-port': 'Downstream Port',
  'express-to-pci-bridge': 'PCI-Express to PCI/PCI-X Bridge',
  'pci-to-express-bridge': 'PCI/PCI-X to PCI-Express Bridge',
  'integrated-endpoint': 'Root Complex Integrated Endpoint',
  'event-collector': 'Root Complex Event Collector',
};

/** Types whose title says whether there is a slot. */
const WITH_SLOT = ['root-port', 'downstream-port', 'pci-to-express-bridge'];

function formatType({ deviceType, slotImplemented }: Express['capabilities']): string {
  const name = TYPES[deviceType];
  if (name === undefined) return `Unknown type ${Number(/0x[0-9a-f]+/.exec(deviceType)?.[0])}`;
  return WITH_SLOT.includes(deviceType) ? `${name} (Slot${sign(slotImplemented)})` : name;
}

/** An endpoint's link belongs to device 0, function 0. */
function ownsLink({ capabilities }: Express, { deviceFunction }: DeviceContext): boolean {
  const isEndpoint = capabilities.deviceType === 'endpoint' || capabilities.deviceType === 'legacy-endpoint';
  return !isEndpoint || deviceFunction === 0;
}

export const pciExpressText = renderer(pciExpress, (express, _ref, device) => ({
  title: `Express (v${express.capabilities.version}) ${formatType(express.capabilities)}, IntMsgNum ${express.capabilities.interruptMessageNumber}`,
  lines: [
    ...formatDevice(express),
    ...formatLink(express),
    ...formatSlot(express),
    ...formatRoot(express),
    ...formatDevice2(express, hasMemoryBar(device.config)),
    ...formatLink2(express, ownsLink(express, device)),
  ],
}));
