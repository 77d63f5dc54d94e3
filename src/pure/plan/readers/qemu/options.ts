/**
 * The options of QEMU 11.1.3 by whether they take an argument, as its `-help` lists them, and those of `-help` of other targets. To make
 * the table for another version: run `qemu-system-ARCH -NAME` for each name; it says `requires an argument`, or `invalid option`, or goes on.
 */

const names = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

const WITH_ARGUMENT = names(`
  D L M accel acpitable action add-fd append audio audiodev bios blockdev boot cdrom chardev compat cpu d debugcon device dfilter display
  drive dtb dump-vmstate echr fda fdb fsdev fw_cfg g gdb global hda hdb hdc hdd icount incoming initrd iscsi k kernel loadvm m machine
  mem-path mon monitor msg mtdblock name net netdev nic numa object option-rom overcommit parallel pflash pidfile plugin prom-env qmp
  qmp-pretty qtest qtest-log readconfig rtc run-with sandbox sd seed semihosting-config serial set shim smbios smp spice tpmdev trace
  usbdevice uuid vga virtfs vnc watchdog-action xen-domid
`);

const WITHOUT_ARGUMENT = names(`
  S daemonize enable-kvm enable-sync-profile full-screen h help jitdump mem-prealloc no-fd-bootchk no-reboot no-shutdown no-user-config
  nodefaults nographic only-migratable perfmap preconfig s semihosting snapshot usb version win2k-hack xen-attach xen-domid-restrict
`);

/** Options that earlier versions had, and that took an argument: read over so that what stands behind them is read rightly. */
const GONE_WITH_ARGUMENT = names(`
  async-teardown balloon bt chroot clock drive-mirror kvm-shadow-memory nvram pcidevice realtime redir runas smb soundhw startdate
  tb-size tdf tftp bootp watchdog writeconfig
`);

export type Arity = 'argument' | 'none' | 'unknown';

/** Whether QEMU takes the next word as the argument of option `name`; `unknown` for one that it refuses. */
export function optionArity(name: string): Arity {
  if (WITH_ARGUMENT.has(name)) return 'argument';
  return WITHOUT_ARGUMENT.has(name) ? 'none' : 'unknown';
}

/** For an option that QEMU refuses: whether the next word belongs to it. */
export function unknownTakesNext(name: string, next: string | undefined): boolean {
  return next !== undefined && !next.startsWith('-') && (GONE_WITH_ARGUMENT.has(name) || !name.startsWith('no-'));
}

/** All names that are known, for what was meant by one that is not. */
export const OPTION_NAMES: readonly string[] = [...WITH_ARGUMENT, ...WITHOUT_ARGUMENT];

/** Groups of `-set` and of files for `-readconfig` whose entries have an id; what they hold is kept only for devices and drives. */
export const SETTABLE_GROUPS = names(`
  accel acpi action add-fd chardev device drive fsdev fw_cfg global icount iscsi memory mon msg name net netdev nic numa option-rom
  overcommit plugin rtc run-with sandbox smbios spice tpmdev trace virtfs vnc
`);

/** Groups that files have besides, and that `-set` refuses. */
export const UNSETTABLE_GROUPS = names('audiodev boot-opts machine object smp-opts');
