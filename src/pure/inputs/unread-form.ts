/** For an input in a format that is not read, names the form and says what to do. */
import { formatLatin1 } from './detect-format.ts';

interface Form {
  readonly test: RegExp;
  readonly words: string;
}

/** The first that fits counts. */
const FORMS: readonly Form[] = [
  {
    test: /^[-+\\| \t>]*-\[[0-9a-f]{4,8}:[0-9a-f]{2}\]-/im,
    words: 'it is the output of lspci -t, which holds no bytes: give that of lspci -xxxx',
  },
  { test: /^Slot:\s/im, words: 'it is the output of lspci -vmm, which holds no bytes: give that of lspci -xxxx' },
  {
    test: /^[a-z_0-9]+@pci\d*:\d+:/im,
    words:
      'it is the output of pciconf -l of FreeBSD, which holds no bytes: give that of pciconf -r, with its command above, for 0:255 or 0:4095',
  },
  {
    test: /^[ \t]*0x[0-9a-f]{4}: Vendor ID: [0-9a-f]{4}, Product ID:/im,
    words: 'it is the output of pcidump of OpenBSD without bytes: give that of pcidump -xxx',
  },
  {
    test: /^[ \t]*0\d{6}(?: [0-7]{6}){4}/m,
    words: 'its words are octal, as od prints them when it is not asked otherwise: give the output of od -t x1',
  },
  { test: /^[ \t]*0\d{6}(?: [0-7]{3}){8}/m, words: 'its bytes are octal, as hexdump -b prints them: give the output of hexdump -C' },
];

/** `it is the output of lspci -vmm, which holds no bytes: …`; null where nothing can be said of the input, which begins with `first`. */
export function describeUnreadForm(first: Uint8Array): string | null {
  const text = formatLatin1(first.subarray(0, 16 * 1024)).replace(/\u00c2\u00a0|\u00a0/g, ' ');
  if (text.startsWith('PK\x03\x04')) return 'it is a zip archive: give the files in it';
  if (text.includes('\0')) return null;
  return FORMS.find(({ test }) => test.test(text))?.words ?? null;
}
