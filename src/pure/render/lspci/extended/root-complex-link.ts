/** The text of Root Complex Link Declaration. */
import { hexDigits } from '../../../bytes/hex.ts';
import type { CapabilityFields } from '../../../pci/capability.ts';
import { linkedFunction, rootComplexLink } from '../../../pci/extended/root-complex-link.ts';
import { renderer, sign } from '../renderer.ts';
import { formatNamed } from './unknown-value.ts';

type Link = CapabilityFields<typeof rootComplexLink>['links'][number];

const ELEMENT_TYPES = { configurationSpace: 'Config', systemEgressPort: 'Egress', internalRootComplexLink: 'Internal' };

function formatAddress({ description, address }: Link): string {
  const value = hexDigits(address, 16);
  if (description.type !== 'configSpace') return value;
  const target = linkedFunction(address);
  return `${hexDigits(target.bus, 2)}:${hexDigits(target.device, 2)}.${target.function}  CfgSpace=${value}`;
}

function linkLines(link: Link, index: number): string[] {
  const { description } = link;
  const target = `TargetPort=${hexDigits(description.targetPortNumber, 2)} TargetComponent=${hexDigits(description.targetComponentId, 2)}`;
  const type = description.type === 'configSpace' ? 'Config' : 'MemMapped';
  return [
    `Link${index}:\tDesc:\t${target} AssocRCRB${sign(description.associatesRcrb)} LinkType=${type} LinkValid${sign(description.valid)}`,
    `\tAddr:\t${formatAddress(link)}`,
  ];
}

export const rootComplexLinkText = renderer(rootComplexLink, ({ self, links }) => ({
  title: 'Root Complex Link',
  lines: [
    `Desc:\tPortNumber=${hexDigits(self.portNumber, 2)} ComponentID=${hexDigits(self.componentId, 2)} EltType=${formatNamed(self.elementType, ELEMENT_TYPES)}`,
    ...links.flatMap(linkLines),
  ],
}));
