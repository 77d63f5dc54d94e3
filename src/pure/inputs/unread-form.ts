/** For an input in a format that is not read, names the form and says what to do. */
import { formatLatin1 } from './detect-format.ts';

interface Form {
  readonly test: RegExp;
  readonly words: string;
}

const TITLE = 'put the line of its device, such as "00:00.0 x", above rows such as "00: 86 80 …"';
const XXD = 'make the bytes of it (xxd -r -p) and give those';

/** The first that fits counts. */
const FORMS: readonly Form[] = [
  {
    test: /^[ \t]*\d+:\d+:\d+: .*\n(?:.*\n)*?[ \t]*0x[0-9a-f]{4}: [0-9a-f]{8} /im,
    words: 'it is the output of pcidump of OpenBSD, whose words of 32 bits are not read: give the bytes',
  },
  {
    test: /^[ \t]*0x[0-9a-f]{2,8}: *[0-9a-f]{8}\s/im,
    words: 'its rows hold words of 32 bits, which are not read: give the bytes one by one',
  },
  {
    test: /^[ \t]*(?:0x)?[0-9a-f]{4,8}:? +(?:[0-9a-f]{4} +){3}/im,
    words: `it is a hex dump of 16-bit words, as xxd or hexdump prints it: give the bytes one by one (xxd -g1), and ${TITLE}`,
  },
  {
    test: /^[ \t]*[0-9a-f]{7,8} +(?:[0-9a-f]{2} +){8}.*\|/im,
    words: `it is the output of hexdump -C: give the file that was dumped, or ${TITLE}`,
  },
  {
    test: /^[ \t]*[0-9a-f]{4,8} +(?:[0-9a-f]{2} *){4}/im,
    words: `it is a hex dump without colons, as od or hexdump prints it: give the file that was dumped, or ${TITLE}`,
  },
  {
    test: /^[ \t]*>?\s*(?:0x)?[0-9a-f]{2,8}: *(?:[0-9a-f]{2} *){4}/im,
    words: `its rows of bytes stand below no device's address: ${TITLE}`,
  },
  { test: /^Slot:\s/im, words: 'it is the output of lspci -vmm, which holds no bytes: give that of lspci -xxxx' },
  {
    test: /(?:0x|\\x)[0-9a-f]{2}[, ]*(?:0x|\\x)[0-9a-f]{2}/i,
    words: 'it holds bytes as a programming language has them: give a file of the bytes themselves',
  },
  { test: /^[ \t]*(?:[0-9a-f]{2}[ \t]*){16}/im, words: `it holds bytes without offsets: ${XXD}` },
  { test: /^[a-z_0-9]+@pci\d*:\d+:/im, words: 'it is the output of pciconf of FreeBSD, which is not read' },
];

/** `its rows of bytes stand below no device's address: put …`; null where nothing can be said of the input, which begins with `first`. */
export function describeUnreadForm(first: Uint8Array): string | null {
  const text = formatLatin1(first.subarray(0, 16 * 1024)).replace(/\u00c2\u00a0|\u00a0/g, ' ');
  if (text.includes('\0')) return null;
  return FORMS.find(({ test }) => test.test(text))?.words ?? null;
}
