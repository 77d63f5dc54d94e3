/** The text of Advanced Features. */
import { advancedFeatures } from '../../../pci/capabilities/advanced-features.ts';
import { formatFlags, renderer } from '../renderer.ts';

export const advancedFeaturesText = renderer(advancedFeatures, ({ capabilities, control, status }) => ({
  title: 'PCI Advanced Features',
  lines: [
    `AFCap: ${formatFlags({ TP: capabilities.transactionsPending, FLR: capabilities.functionLevelReset })}`,
    `AFCtrl: ${formatFlags({ FLR: control.initiateFunctionLevelReset })}`,
    `AFStatus: ${formatFlags({ TP: status.transactionsPending })}`,
  ],
}));
