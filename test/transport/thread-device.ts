/** The thread of a connection to a device that does what a test says. */
import { runInWorker } from '../../src/linux/unix-transport/index.ts';
import { CMD } from '../../src/pure/vfio-user/message.ts';
import { createMessage, EchoEndpoint } from './echo-endpoint.ts';

/** Commands: throws in a timer, which nothing catches; sends a message of its own 20 ms later. */
export const FAULT_LATER = 210;
export const SEND_LATER = 211;

export interface ThreadData {
  readonly greeting: string;
  readonly fails: boolean;
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
    return receive.call(endpoint, input, at, length, handles);
  };
  post(data.greeting);
  return { endpoint, onMessage: message => post({ answer: message }) };
});
