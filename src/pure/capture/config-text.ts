/** Config bytes as a capture writes them: two digits a byte, `??` for one that is not known. */
import { formatHexBytes, hexDigit } from '../bytes/hex.ts';
import { ConfigSpace } from '../pci/config-space.ts';

/** The bytes of a text that the capture's schema has accepted. */
export function parseConfigText(text: string): ConfigSpace {
  const length = text.length / 2;
  const bytes = new Uint8Array(length);
  const known = new Uint8Array(length).fill(1);
  for (let i = 0; i < length; i++) {
    const high = hexDigit(text.charCodeAt(2 * i));
    if (high < 0) known[i] = 0;
    else bytes[i] = (high << 4) | hexDigit(text.charCodeAt(2 * i + 1));
  }
  return new ConfigSpace(bytes, known);
}

/** The text of config bytes, as long as they are known or noted as unknown. */
export function formatConfigText(config: ConfigSpace): string {
  if (config.isKnown(0, config.bytes.length)) return formatHexBytes(config.bytes);
  return Array.from(config.bytes, (byte, at) => (config.isKnown(at) ? byte.toString(16).padStart(2, '0') : '??')).join('');
}
