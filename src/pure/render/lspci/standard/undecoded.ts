/** The texts of capabilities of which this layout shows a title only; their registers are in the fields. */
import { agp3 } from '../../../pci/capabilities/agp3.ts';
import { compactPciHotSwap } from '../../../pci/capabilities/compact-pci-hot-swap.ts';
import { compactPciResourceControl } from '../../../pci/capabilities/compact-pci-resource-control.ts';
import { hotPlug } from '../../../pci/capabilities/hot-plug.ts';
import { nullCapability } from '../../../pci/capabilities/null.ts';
import { secureDevice } from '../../../pci/capabilities/secure-device.ts';
import { vitalProductData } from '../../../pci/capabilities/vital-product-data.ts';
import { type CapabilityRenderer, renderer, titleOnly } from '../renderer.ts';

export const UNDECODED_TEXTS: readonly CapabilityRenderer[] = [
  titleOnly(nullCapability, 'Null'),
  // The data is behind a window that config space bytes do not show.
  renderer(vitalProductData, () => ({ title: 'Vital Product Data', lines: ['Not readable'] })),
  titleOnly(compactPciHotSwap, 'CompactPCI hot-swap <?>'),
  titleOnly(compactPciResourceControl, 'CompactPCI central resource control <?>'),
  titleOnly(hotPlug, 'Hot-plug capable'),
  titleOnly(agp3, 'AGP3 <?>'),
  titleOnly(secureDevice, 'Secure device <?>'),
];
