/** The text of Access Control Services. */
import type { CapabilityFields } from '../../../pci/capability.ts';
import { acs } from '../../../pci/extended/acs.ts';
import { formatFlags, renderer } from '../renderer.ts';

type Acs = CapabilityFields<typeof acs>;

function formatServices(services: Acs['capability'] | Acs['control']): string {
  return formatFlags({
    SrcValid: services.sourceValidation,
    TransBlk: services.translationBlocking,
    ReqRedir: services.p2pRequestRedirect,
    CmpltRedir: services.p2pCompletionRedirect,
    UpstreamFwd: services.upstreamForwarding,
    EgressCtrl: services.p2pEgressControl,
    DirectTrans: services.directTranslatedP2p,
  });
}

export const acsText = renderer(acs, ({ capability, control }) => ({
  title: 'Access Control Services',
  lines: [`ACSCap:\t${formatServices(capability)}`, `ACSCtl:\t${formatServices(control)}`],
}));
