/** The thread of a connection to a device that does what a test says. */
import { threadId } from 'node:worker_threads';
import { type ConnectionEnd, runInWorker } from '../../src/linux/unix-transport/index.ts';
import { CMD } from '../../src/pure/vfio-user/message.ts';
import { createMessage, EchoEndpoint } from './echo-endpoint.ts';

/** Commands: throws in a timer, which nothing catches; sends a message of its own 20 ms later; leaves a timer behind for ever. */
export const FAULT_LATER = 210;
export const SEND_LATER = 211;
export const LEAVE_TIMER = 212;

export interface ThreadData {
  readonly greeting: string;
  readonly fails: boolean;
  /** Whether the end of the connection is posted, and by which thread; `throws` instead. */
  readonly atEnd?: 'posts' | 'throws';
}

await runInWorker<ThreadData>(({ data, carrier, post }) => {
  if (data.fails) throw new Error('there is no such device');
  const endpoint = new EchoEndpoint(carrier);
  const { receive } = endpoint;
  endpoint.receive = (input, at, length, handles) => {
    const command = input.view.getUint16(at + CMD, true);
    if (command === SEND_LATER) setTimeout(() => carrier.send(createMessage(77), []), 20);
    if (command === FAULT_LATER) {
      setTimeout(() => {
        throw new Error('a fault in a timer');
      }, 5);
    }
    if (command === LEAVE_TIMER) setInterval(() => undefined, 1000);
    return receive.call(endpoint, input, at, length, handles);
  };
  post(data.greeting);
  const onEnd = ({ reason }: ConnectionEnd): void => {
    if (data.atEnd === 'throws') throw new Error('a fault at the end');
    if (data.atEnd === 'posts') post({ reason, threadId });
  };
  return { endpoint, onMessage: message => post({ answer: message }), onEnd };
});
