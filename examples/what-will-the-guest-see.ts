/**
 * What will the guest see of a device with ATS, for each value of `ats` and each answer of the host's kernel?
 *
 *   npm run build && node --import tsx examples/what-will-the-guest-see.ts
 */
import { deviceFacts } from 'vfio-airlock/facts';
import { view } from 'vfio-airlock/guest-view';
import { Bdf, buildConfigSpace, decodeDevice } from 'vfio-airlock/pci';
import { formatCapability, formatMessage } from 'vfio-airlock/render';

// A device made to order. Capabilities can be given by their bytes: a PCI Express endpoint (version 2, no link trained),
// AER, and ATS whose capability register says "page aligned requests".
const config = buildConfigSpace({
  vendorId: 0x1234,
  deviceId: 0xa001,
  classCode: 0x03_02_00,
  standard: [{ id: 0x10, body: `0200${'00'.repeat(0x38)}` }],
  extended: [
    { id: 0x01, version: 2, body: '00'.repeat(0x44) },
    { id: 0x0f, body: '20000000' },
  ],
});

const device = decodeDevice(config, Bdf.parse('0000:01:00.0'));
process.stdout.write(`The device has ${device.capabilities.map(({ name }) => name).join(', ')}.\n`);

/** out_capabilities of IOMMU_GET_HW_INFO; bit 3 says that ATS is not supported. */
const ANSWERS = { 'may be used': 0x0n, 'not supported': 0x8n };

for (const ats of ['off', 'auto', 'on']) {
  for (const [answer, capabilities] of Object.entries(ANSWERS)) {
    const { realized } = view(deviceFacts(config), {
      properties: [{ name: 'ats', value: ats }],
      assumed: { capabilities, kernel: '7.3.4' },
    });
    process.stdout.write(`\nats=${ats}, the kernel says: ${answer}\n`);
    if (realized.outcome === 'failed') {
      process.stdout.write(`  realize fails: ${realized.error.message}\n`);
      continue;
    }
    const seen = realized.capabilities.filter(({ status }) => status !== 'hidden').map(view => formatCapability(view));
    process.stdout.write(`  the guest sees ${seen.join(', ')}\n`);
    for (const message of realized.messages) process.stdout.write(`  ${formatMessage(message).join('\n  ')}\n`);
  }
}
