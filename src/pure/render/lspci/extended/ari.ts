/** The text of Alternative Routing-ID Interpretation. */
import { ari } from '../../../pci/extended/ari.ts';
import { formatFlags, renderer } from '../renderer.ts';

export const ariText = renderer(ari, ({ capability, control }) => {
  const supported = formatFlags({ MFVC: capability.mfvcFunctionGroups, ACS: capability.acsFunctionGroups });
  const enabled = formatFlags({ MFVC: control.mfvcFunctionGroupsEnable, ACS: control.acsFunctionGroupsEnable });
  return {
    title: 'Alternative Routing-ID Interpretation (ARI)',
    lines: [
      `ARICap:\t${supported}, Next Function: ${capability.nextFunction}`,
      `ARICtl:\t${enabled}, Function Group: ${control.functionGroup}`,
    ],
  };
});
