/** The line above a device's view: address, class, name, ids. */

import type { DeviceFacts } from '../pure/facts/index.ts';
import { formatDeviceTitle } from '../pure/render/device-title.ts';
import { wrapName } from '../pure/text/wrap.ts';
import { deviceNames } from './names.ts';
import { painter } from './output.ts';

/** The title, and the description where there is one; not wrapped. */
export function headingLines(device: DeviceFacts): string[] {
  const title = formatDeviceTitle(device, deviceNames());
  return [title, ...(device.description === null ? [] : [device.description])];
}

/** The heading, wrapped for the terminal. */
export function formatHeading(device: DeviceFacts): string[] {
  const { width } = painter();
  const [title = '', ...descriptions] = headingLines(device);
  const lines = descriptions.flatMap(text => wrapName(text, width - 2).map(line => `  ${line}`));
  return [...wrapName(title, width, '  '), ...lines];
}
