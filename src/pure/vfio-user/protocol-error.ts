/** The two ways in which a peer can be wrong: a message that is refused, and one after which the connection cannot go on. */
import { EINVAL } from '../spec/errno.ts';

/** Where a connection broke. */
export interface ProtocolFault {
  /** `VFIO_USER_…` number as the peer sent it. */
  readonly command: number;
  readonly messageId: number;
  readonly errno: number;
}

/** The peer broke the protocol in such a way that nothing it says further can be understood or trusted: the connection ends. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  readonly command: number;
  readonly messageId: number;
  readonly errno: number;

  constructor(message: string, { command, messageId, errno }: ProtocolFault) {
    super(message);
    this.command = command;
    this.messageId = messageId;
    this.errno = errno;
  }
}

/** One message that does not say what its command requires. It is answered with `errno`; the connection lives. */
export class MessageError extends Error {
  override readonly name = 'MessageError';
  readonly errno: number;

  constructor(message: string, errno: number = EINVAL) {
    super(message);
    this.errno = errno;
  }
}
