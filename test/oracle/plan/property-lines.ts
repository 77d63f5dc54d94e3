/** Command lines on which a property of a device that is none of the host's is wrong, or looks so and is not. */

const CARDS = [
  ...['e1000', 'e1000-82544gc', 'e1000-82545em', 'e1000-base', 'e1000e', 'i82550', 'i82551', 'i82557a', 'i82557b', 'i82557c', 'i82558a'],
  ...['i82558b', 'i82559a', 'i82559b', 'i82559c', 'i82559er', 'i82562', 'i82801', 'igb', 'ne2k_pci', 'pcnet', 'rocker', 'rtl8139', 'tulip'],
  ...['virtio-net-pci', 'virtio-net-pci-non-transitional', 'virtio-net-pci-transitional', 'virtio-net-pci-base', 'virtio-pci', 'vmxnet3'],
  ...['virtio-net-device', 'virtio-device', 'conventional-pci-device', 'pci-express-device', 'pci-device'],
];

/** Cards are tried on these machines alone. */
const MACHINES = [
  '-M pc',
  '-M pc -nodefaults',
  '-M q35 -nic none',
  '-M virt -nodefaults',
  '-M microvm -nodefaults -machine pcie=on',
  '-M microvm -nodefaults',
  '-M none',
  '-M isapc -nodefaults',
];

const q35 = (words: string): string => `-M q35 -nodefaults ${words}`;

/** Values of properties of every type that is judged. */
const VALUES = [
  ...['mac=zz', 'mac=', 'mac=52:54:00:12:34:56', 'mac=52-54-00-12-34-56', 'mac=52:54:00:12:34', 'init-vet=ON', 'init-vet=y', 'bootindex=x'],
  ...['bootindex=-5', 'romsize=zz', 'romsize=-1', 'rombar=5000000000', 'rombar=010', 'busnr=1', 'type=x', 'parent_bus=x'],
  ...['hotplugged=on', 'hotpluggable=off', 'x-max-bounce-buffer-size=zz', 'x-max-bounce-buffer-size=2M', 'legacy-mac=1'],
];

export const PROPERTY_LINES: readonly string[] = [
  ...CARDS.map(card => q35(`-global ${card}.nosuch=1`)),
  ...MACHINES.flatMap(machine => [`${machine} -global e1000.nosuch=1`, `${machine} -global virtio-net-pci.mac=zz`]),
  ...VALUES.flatMap(value => [q35(`-global e1000.${value}`), q35(`-device e1000,${value}`)]),
  q35('-global e1000.romfile=zz'),
  q35('-global e1000.romsize=0x1000'),
  // Which of two is told.
  q35('-global tulip.mac=zz -global e1000.nosuch=1'),
  q35('-global vmxnet3.nosuch=1 -global igb.nosuch=1 -global pcnet.nosuch=1'),
  q35('-global virtio-net-pci-base.nosuch=1 -global virtio-device.nosuch=2'),
  q35('-global e1000.nosuch=1 -global e1000.mac=zz'),
  q35('-global e1000.mac=zz -global e1000.nosuch=1'),
  q35('-global e1000.nosuch=1 -global e1000.addr=5'),
  q35('-global e1000.nosuch=1 -device e1000,mac=zz'),
  q35('-global e1000.nosuch=1 -global mch.nosuch=2'),
  q35('-global e1000.nosuch=1 -global ICH9-LPC.nosuch=2'),
  q35('-global e1000.nosuch=1 -global ICH9-SMB.nosuch=2'),
  q35('-vga std -global e1000.nosuch=1 -global VGA.nosuch=2'),
  q35('-nic user,model=rtl8139 -global rtl8139.nosuch=1'),
  '-M pc -nodefaults -global e1000.nosuch=1 -global PIIX4_PM.nosuch=2',
  '-M pc -nodefaults -global PIIX4_PM.disable_s3=1 -global PIIX4_PM.disable_s4=x',
  q35('-global ICH9-LPC.disable_s3=1'),
  q35('-global ICH9-LPC.disable_s3=x'),
  q35('-global ICH9-LPC.enable_tco=x'),
  // Only what is made is asked.
  q35('-global virtio-rng-pci.nosuch=1'),
  q35('-global virtio-rng-pci.nosuch=1 -device virtio-rng-pci'),
  q35('-global virtio-rng-device.nosuch=1 -device virtio-rng-pci'),
  q35('-global virtio-rng-pci.max-bytes=x -device virtio-rng-pci'),
  q35('-global usb-net.nosuch=1'),
  q35('-global igbvf.nosuch=1'),
  q35('-global virtio-net-pci.disable-legacy=zz'),
  q35('-global virtio-net-pci.rx_queue_size=zz'),
  q35('-global virtio-net-pci.rx_queue_size=70000'),
  q35('-global virtio-net-pci.virtio-backend=zz'),
  q35('-global virtio-net-pci.ebpf-rss-fds=1'),
  q35('-global rocker.ports=1'),
  // Of one device.
  q35('-device virtio-rng-pci,nosuch=1'),
  q35('-device virtio-rng-pci,nosuch=1,addr=5'),
  q35('-device virtio-rng-pci,bus=nosuch,nosuch=1'),
  q35('-device virtio-net-pci,mac=zz'),
  q35('-device virtio-net-pci,disable-legacy=zz'),
  q35('-device virtio-net-pci,virtio-backend=zz'),
  q35('-device virtio-net-pci,ebpf-rss-fds=zz'),
  q35('-device pcie-root-port,id=a,chassis=1,nosuch=1'),
  q35('-device pcie-root-port,id=a,chassis=1,port=0x10,hotplug=off'),
  q35('-device pcie-root-port,id=a,chassis=1,hotplug=1'),
  q35('-device nvme,serial=a,max_ioqpairs=x'),
  q35('-device qemu-xhci,p2=x'),
  q35('-device qemu-xhci,p2=4,p3=4'),
  q35('-device {"driver":"virtio-net-pci","mac":"zz"}'),
  q35('-device {"driver":"virtio-net-pci","mac":5}'),
  q35('-device {"driver":"e1000","nosuch":5}'),
  q35('-device {"driver":"e1000","init-vet":"on"}'),
  q35('-device {"driver":"e1000","init-vet":true}'),
  q35('-device {"driver":"e1000","romsize":"5"}'),
  q35('-device {"driver":"e1000","x-max-bounce-buffer-size":"1k"}'),
  q35('-device {"driver":"e1000","bootindex":1.5}'),
];
