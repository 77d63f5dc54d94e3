/** The two ways in which a peer can be wrong: a message that is refused, and one after which the connection cannot go on. */
import { EINVAL } from '../spec/errno.ts';

/** Where a connection broke. */
export interface ProtocolFault {
  /** `VFIO_USER_…` number as the peer sent it. */
  readonly command: number;
  readonly messageId: number;
  readonly errno: number;
  /** Nobody waits for an answer to the message: it says No_reply, or too little of it is there to name it in one. */
  readonly isSilent?: boolean;
  /** The message's header as it came, where all of it is there. */
  readonly header?: Uint8Array;
}

/** The peer broke the protocol in such a way that nothing it says further can be understood or trusted: the connection ends. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  readonly command: number;
  readonly messageId: number;
  readonly errno: number;
  /** Whether the connection ends without the peer being told why. */
  readonly isSilent: boolean;
  /** The header of the message; null where not all of it is there. */
  readonly header: Uint8Array | null;

  constructor(message: string, { command, messageId, errno, isSilent = false, header }: ProtocolFault) {
    super(message);
    this.command = command;
    this.messageId = messageId;
    this.errno = errno;
    this.isSilent = isSilent;
    this.header = header ?? null;
  }
}

/** One message that does not say what its command requires. It is answered with `errno`; the connection lives. */
export class MessageError extends Error {
  override readonly name = 'MessageError';
  readonly errno: number;
  /** Whether the connection ends nevertheless, once that is answered. */
  readonly isFinal: boolean;

  constructor(message: string, errno: number = EINVAL, isFinal = false) {
    super(message);
    this.errno = errno;
    this.isFinal = isFinal;
  }
}
