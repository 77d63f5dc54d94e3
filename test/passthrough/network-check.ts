/** A network card of a guest inside the host VM at work: packets out, answers in. */
import assert from 'node:assert/strict';
import type { InnerGuest } from './inner-guest.ts';

/** Asks 20 times who is there, by ARP: each is answered, and each answer comes by an interrupt. */
export async function assertAnswers(guest: InnerGuest, name: string): Promise<void> {
  const before = await guest.interrupts(name);
  const lines = await guest.output(
    `cd /sys/bus/pci/devices/${await guest.address(name)}; cd virtio*/net 2>/dev/null || cd net; card=$(echo *); ` +
      'inner-tools link-up $card; inner-tools arp $card 20',
  );
  assert.deepEqual(JSON.parse(lines), { sent: 20, answered: 20 });
  assert.ok((await guest.interrupts(name)) >= before + 20);
}
