/** What was read of a device as text, since no bytes of it are there. */

/** A device's text, as far as it gave what no row of bytes did. */
export interface ReadText {
  /** With which option lspci printed it, as far as that can be seen. */
  readonly verbosity: '-v' | '-vv' | '';
  /** How many capabilities it lists. */
  readonly capabilities: number;
  /** Whether rows of bytes stand beside it. */
  readonly hasBytes: boolean;
}

/** What was read as text in a whole input. */
export interface ReadTexts {
  readonly devices: number;
  readonly capabilities: number;
  /** Whether rows of bytes stand beside all of them. */
  readonly hasBytes: boolean;
}

/** Both, in the order of the input. */
export function joinTexts(first: ReadTexts | null, { capabilities, hasBytes }: ReadText): ReadTexts {
  return {
    devices: (first?.devices ?? 0) + 1,
    capabilities: (first?.capabilities ?? 0) + capabilities,
    hasBytes: (first?.hasBytes ?? true) && hasBytes,
  };
}

const counted = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;

/** `1 device was read as the text of lspci -vv, 12 capabilities, without bytes: what the text does not name is not known`. */
export function formatTexts({ devices, capabilities, hasBytes }: ReadTexts): string {
  const which = `${counted(devices, 'device was', 'devices were')} read as text of lspci -v`;
  const bytes = hasBytes ? 'beside the bytes that are there' : 'without bytes';
  return `${which}, ${counted(capabilities, 'capability', 'capabilities')}, ${bytes}: what the text does not name is not known`;
}
