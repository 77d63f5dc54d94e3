/** What `airlock attach` prints. */
import * as v from 'valibot';
import { ATTACH_SCHEMA_VERSION } from '../versions.ts';
import { decodedDevice } from './decode.ts';
import { interrupt, regionFields } from './regions.ts';
import { configBytes, count, flag, hex, type Json, list, orNull, part, schemaVersion, text } from './values.ts';

const agreement = v.object({
  peerMaxFds: count('descriptors that the server takes in one message'),
  maxTransfer: count('bytes of data that either side may send in one message'),
  maxDmaMaps: count('DMA ranges at a time'),
  writeMultiple: flag('whether VFIO_USER_REGION_WRITE_MULTI may be sent'),
  migration: flag('whether both speak of migration'),
});

const region = v.object({
  ...regionFields,
  capabilities: list(
    v.object({ id: count('VFIO_REGION_INFO_CAP_…'), version: count('version of the capability') }),
    'the capability chain of the region',
  ),
});

export const attachDocument = v.pipe(
  v.object({
    schemaVersion: schemaVersion(ATTACH_SCHEMA_VERSION),
    socket: text('path of the socket'),
    version: part({ major: count('major'), minor: count('minor') }, 'version of vfio-user that both speak'),
    agreement: v.pipe(agreement, v.description('what both agreed on in VFIO_USER_VERSION')),
    flags: hex('VFIO_DEVICE_FLAGS_… as they came'),
    isResettable: flag('whether the device can be reset'),
    regions: list(region, 'by index'),
    interrupts: list(interrupt, 'by index'),
    config: orNull(
      configBytes('config space'),
      'config space, from offset 0 up: two hexadecimal digits for each byte; null for a device that is no PCI function',
    ),
    device: orNull(decodedDevice, 'config space as airlock decode has it; null for a device that is no PCI function'),
  }),
  v.title('airlock attach --json'),
  v.description('What a vfio-user server offers.'),
);
/** The JSON of `airlock attach`. */
export type AttachJson = Json<typeof attachDocument>;
