/** QEMU's types that take one of some words: `bool` in its eight spellings, `OnOffAuto` and the other enumerations. */
import { nearestNames } from '../../text/nearest-names.ts';
import { type PropertyType, parameterError } from '../property-type.ts';

const trueWords = ['on', 'yes', 'true', 'y'];
const falseWords = ['off', 'no', 'false', 'n'];

/** `on`, `yes`, `true`, `y` and `off`, `no`, `false`, `n`, in lower case only. */
export const bool: PropertyType = {
  name: 'bool',
  takes: 'on or off',
  words: ['on', 'off'],
  parse(text, property) {
    if (trueWords.includes(text)) return true;
    if (falseWords.includes(text)) return false;
    throw parameterError(property, "expects 'on' or 'off'", nearestNames(text, [...trueWords, ...falseWords]));
  },
  format: value => (value === null ? '' : value ? 'on' : 'off'),
};

/** One of `words`, exactly as written there; `useful` are those of them that a device can have. */
function enumeration(name: string, words: readonly string[], useful = words): PropertyType {
  return {
    name,
    takes: `${useful.slice(0, -1).join(', ')} or ${useful[useful.length - 1]}`,
    words: useful,
    parse(text, property) {
      if (words.includes(text)) return text;
      throw parameterError(property, `does not accept value '${text}'`, nearestNames(text, words));
    },
    format: value => (value === null ? '' : String(value)),
  };
}

export const onOffAuto = enumeration('OnOffAuto', ['auto', 'on', 'off']);

/** Where to move a function's MSI-X table. */
export const offAutoPciBar = enumeration('OffAutoPCIBAR', ['off', 'auto', 'bar0', 'bar1', 'bar2', 'bar3', 'bar4', 'bar5']);

/** Output address size in bits of an SMMUv3; realize accepts fewer of them (44, 48, auto) than the parser. */
export const oasMode = enumeration('OasMode', ['auto', '32', '36', '40', '42', '44', '48', '52', '56'], ['auto', '44', '48']);

/** The smallest page that a virtio IOMMU maps. */
export const granuleMode = enumeration('GranuleMode', ['4k', '8k', '16k', '64k', 'host']);

/** SubstreamID bits of an SMMUv3. */
export const ssidSizeMode = enumeration('SsidSizeMode', ['auto', ...Array.from({ length: 21 }, (_, bits) => String(bits))]);
