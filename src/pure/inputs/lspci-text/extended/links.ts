/** Reads the texts of capabilities of links and of root complexes. */
import { eventCollectorAssociation } from '../../../pci/extended/event-collector-association.ts';
import { rootComplexLink } from '../../../pci/extended/root-complex-link.ts';
import { secondaryPcieFor } from '../../../pci/extended/secondary-pcie.ts';
import { code, flags, named, number, reader, type Take } from '../reader.ts';

const WIDTH = 32;

const laneErrors: Take = (text, put) => {
  if (text === '0') {
    put.number('laneErrorStatus', 0);
    return;
  }
  const lanes = /^LaneErr at lane: ([\d ]+)$/.exec(text)?.[1]?.trim().split(/ +/).map(Number);
  if (lanes?.every(lane => lane < WIDTH))
    put.number(
      'laneErrorStatus',
      lanes.reduce((sum, lane) => sum + 2 ** lane, 0),
    );
};

export const secondaryPcieReader = reader(secondaryPcieFor(0), /^Secondary PCI Express/, {
  labels: {
    LnkCtl3: [
      flags('linkControl3', {
        LnkEquIntrruptEn: 'linkEqualizationRequestInterruptEnable',
        PerformEqu: 'performEqualization',
      }),
    ],
    LaneErrStat: [laneErrors],
  },
});

const ELEMENT_TYPES = { Config: 'configurationSpace', Egress: 'systemEgressPort', Internal: 'internalRootComplexLink' };
const LINK_TYPES = { Config: 'configSpace', MemMapped: 'memoryMapped' };

/** A link's own number, which is decimal, stands before its first line. */
const readLinks = (lines: readonly string[], put: Parameters<Take>[1]): void => {
  let link = -1;
  for (const line of lines) {
    const [, number_, rest] = /^Link(\d{1,3}):\s+(.*)$/.exec(line) ?? [];
    if (number_ !== undefined) link = Number(number_);
    if (link < 0 || link > 0xff) continue;
    const text = rest ?? line;
    const description = `links.${link}.description`;
    if (text.startsWith('Desc:')) {
      code(description, 'targetPortNumber', /TargetPort=([0-9a-f]{2})\b/)(text, put);
      code(description, 'targetComponentId', /TargetComponent=([0-9a-f]{2})\b/)(text, put);
      flags(description, { AssocRCRB: 'associatesRcrb', LinkValid: 'valid' })(text, put);
      named(description, 'type', /LinkType=(\w+)/, LINK_TYPES)(text, put);
      if (number_ !== undefined) put.set('self', 'linkCount', link + 1);
    } else number(`links.${link}.address`, /(?:^Addr:\s+|CfgSpace=)([0-9a-f]{16})\b/)(text, put);
  }
};

export const rootComplexLinkReader = reader(rootComplexLink, /^Root Complex Link$/, {
  labels: {
    Desc: [
      code('self', 'portNumber', /PortNumber=([0-9a-f]{2})\b/),
      code('self', 'componentId', /ComponentID=([0-9a-f]{2})\b/),
      named('self', 'elementType', /EltType=(\w+)/, ELEMENT_TYPES),
      code('self', 'elementType', /EltType=\?\?(\d+)/, 10),
    ],
  },
  rest: readLinks,
});

const deviceBitmap: Take = (text, put) => {
  if (/^00000000 \[none\]/.test(text)) put.number('deviceBitmap', 0);
  const ranges = /^RCiEP at Device\(s\): ([\d, -]+)$/.exec(text)?.[1]?.split(',') ?? [];
  const bits = new Set<number>();
  for (const range of ranges) {
    const [, first, last = first] = /^\s*(\d{1,2})(?:-(\d{1,2}))?\s*$/.exec(range) ?? [];
    if (first === undefined) return;
    for (let device = Number(first); device <= Number(last) && device < WIDTH; device++) bits.add(device);
  }
  if (bits.size > 0)
    put.number(
      'deviceBitmap',
      [...bits].reduce((sum, device) => sum + 2 ** device, 0),
    );
};

export const eventCollectorAssociationReader = reader(eventCollectorAssociation, /^Root Complex Event Collector Endpoint Association/, {
  labels: {
    RCiEPBitmap: [deviceBitmap],
    AssociatedBusNumbers: [
      code('associatedBuses', 'next', /^([0-9a-f]{2})-/),
      code('associatedBuses', 'last', /^[0-9a-f]{2}-([0-9a-f]{2})\b/),
    ],
  },
});
