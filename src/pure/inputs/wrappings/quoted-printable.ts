/** Text of a mail in quoted-printable (RFC 2045 §6.7). */

/** A line that goes on in the next one, but for a next one that begins as a row: whoever pasted it left the rest of the line out. */
const SOFT_BREAK = /=[ \t]{0,8}\r?\n(?!(?:[> |]{0,40} )?(?:0x)?[0-9a-f]{2,8}:? {1,2}[0-9a-f]{2} [0-9a-f]{2} )/gi;
/** Of a byte only those that text has to write so: `Len=08` may stand in a text that is not encoded. */
const ENCODED = /=(09|0A|0D|20|3D|[89A-F][0-9A-F])/gi;

/** What a mail says of its text. */
const HEADER = /^(Content-Transfer-Encoding:) *quoted-printable/gim;

/**
 * A line that was broken for its length, bytes that are no ASCII, an equals sign, or the mail's own word. A row of xxd is as long, and the
 * characters at its end may end in an equals sign.
 */
const MARK =
  /^(?![> |]{0,40}[0-9a-f]{4,16}: (?:[0-9a-f]{2,16} ){2}).{60,75}=[ \t]*\r?$|=(?:C2=A0|E2=80|3D)|^Content-Transfer-Encoding: *quoted-printable/im;

export const hasQuotedPrintable = (text: string): boolean => MARK.test(text);

/** One character a byte. */
export function decodeQuotedPrintable(text: string): string {
  return text
    .replace(HEADER, '$1 8bit')
    .replace(SOFT_BREAK, '')
    .replace(ENCODED, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
}
