/** The error for a call that the kernel refused: what was wanted, the kernel's word for it and, where known, what it means there. */
import { constants } from 'node:os';
import { libc } from './libc.ts';

/** What an errno means for one call, by its code. */
export type Hints = Readonly<Record<string, string>>;

/** A call in words: `action` goes after "Cannot", as in `reset /dev/vfio/devices/vfio3`. */
export interface CallWords {
  /** The call's C name, for an ioctl the request's: `mmap`, `IOMMU_IOAS_MAP`. */
  readonly call: string;
  readonly action: string;
  readonly hints?: Hints;
}

/** Two names share a number; these are the ones that the kernel's own documents use. */
const PREFERRED = ['EAGAIN', 'EOPNOTSUPP'];

const CODES: ReadonlyMap<number, string> = new Map(
  Object.entries(constants.errno)
    .sort(([a], [b]) => Number(PREFERRED.includes(a)) - Number(PREFERRED.includes(b)))
    .map(([code, errno]) => [errno, code]),
);

/** What an errno means whatever the call. */
const GENERAL: Hints = {
  EACCES: 'the user may not do that',
  EBADF: 'the descriptor is not open',
  EEXIST: 'it exists already',
  EMFILE: 'the process has too many open files',
  ENODEV: 'the device is gone',
  ENOENT: 'there is no such file',
  ENOMEM: 'not enough memory',
  ENOTTY: 'the file does not know this request',
};

/** `EBUSY` for 16; `errno 524` for a number without a name. */
export function errnoCode(errno: number): string {
  return CODES.get(errno) ?? `errno ${errno}`;
}

/** A failed call. The message reads `Cannot ACTION: CODE, HINT`. */
export class SyscallError extends Error {
  override readonly name = 'SyscallError';
  /** The call's C name, for an ioctl the request's. */
  readonly call: string;
  readonly errno: number;
  /** The name of `errno`, such as `EBUSY`. */
  readonly code: string;
  /** What the call was made on, such as a path. */
  readonly target: string;

  constructor(words: CallWords, errno: number, target: string) {
    const code = errnoCode(errno);
    const hint = words.hints?.[code] ?? GENERAL[code];
    super(`Cannot ${words.action}: ${code}${hint === undefined ? '' : `, ${hint}`}`);
    this.call = words.call;
    this.errno = errno;
    this.code = code;
    this.target = target;
  }
}

/** `result` of a call that just returned; throws SyscallError with the current errno where it is negative. */
export function check(result: number, target: string, words: CallWords): number {
  if (result < 0) throw new SyscallError(words, libc().errno(), target);
  return result;
}
