/** Where libvfio-user answers otherwise than we do, each judged by the text of the specification; docs/differences.md has the same rows. */
import type { Outcome } from './ask-raw.ts';

/** By the request's name: its answer, ours, and what the text says of it. */
export const KNOWN_DIFFERENCES: Readonly<Record<string, readonly [theirs: Outcome, ours: Outcome, text: string]>> = {
  'VERSION without its NUL': ['EINVAL, ends', 'EINVAL', 'says nothing of what cannot be read'],
  'a command before VERSION': ['EINVAL, ends', 'EINVAL', 'VERSION comes first; says nothing of what does not'],
  'DEVICE_GET_INFO with a file': ['done', 'EINVAL', 'no file goes with it; says nothing of one that does'],
  'DEVICE_SET_IRQS with a directory': ['done', 'EINVAL', 'event file descriptors'],
  'DEVICE_SET_IRQS with a file': ['done', 'EINVAL', 'event file descriptors'],
  'REGION_READ of no bytes': ['done', 'EINVAL', 'says nothing of a count of 0'],
  'REGION_READ with data': ['done', 'EINVAL', 'a request has none'],
  'DMA_MAP of nothing readable or writable': ['done', 'EINVAL', 'says nothing of a region without access'],
  'DMA_MAP over a range': ['EINVAL', 'EEXIST', 'EEXIST'],
  'DMA_MAP past 2^64': ['done', 'EINVAL', 'a region has an address and a size'],
  'DMA_MAP of a directory': ['EACCES', 'EINVAL', 'a file that can be mapped'],
  'DMA_MAP behind the file’s end': ['done', 'EINVAL', 'says nothing of it; what touches such a mapping dies'],
  'DMA_MAP of two files': ['done', 'EINVAL', 'one file'],
  'DMA_UNMAP with a dirty bitmap': ['EINVAL', 'EOPNOTSUPP', 'no flags; the bitmap is that of an older text'],
  'DEVICE_RESET with data': ['done', 'EINVAL', 'no payload'],
  'REGION_WRITE_MULTI that was not agreed on': ['EINVAL', 'EOPNOTSUPP', 'only where `write_multiple` is true; says no errno'],
  'DEVICE_FEATURE that is not known': ['EINVAL', 'ENOTTY', 'says no errno; the kernel, whose command it is, ENOTTY'],
  'DEVICE_FEATURE, PROBE of a method that is not there': ['EINVAL', 'ENOTTY', 'fails; says no errno; the kernel ENOTTY'],
  'DEVICE_FEATURE, PROBE of DMA logging': ['done', 'ENOTTY', 'a device need not have it; ours writes memory past the server'],
  DIRTY_PAGES: ['EINVAL', 'EOPNOTSUPP', 'no such command any more; says no errno'],
  'DMA_READ, which is a server’s': ['EINVAL', 'EOPNOTSUPP', 'from server to client; says no errno'],
  'a command that is not known': ['EINVAL', 'EOPNOTSUPP', 'says no errno'],
  'a message of 15 bytes': [
    'EINVAL',
    'EINVAL, ends',
    'a size holds the header; where the next message begins is not known after one that does not',
  ],
  'a message of 4 GiB': ['EINVAL', 'EINVAL, ends', 'max_data_xfer_size bounds messages; as before'],
  'a reply to nothing': ['EINVAL', 'EPROTO, ends', 'a reply acknowledges a command'],
};
