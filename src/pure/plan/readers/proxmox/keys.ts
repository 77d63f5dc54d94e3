/** The keys of Proxmox's configuration of a VM (qemu-server 9.2), by which one is told that has few lines. */

/** Of a VM alone. */
const OF_VMS: readonly string[] =
  `acpi affinity agent allow-ksm amd-sev audio0 autostart balloon bios boot bootdisk cicustom cipassword citype ciupgrade ciuser cores cpu
cpulimit cpuunits efidisk0 hotplug hugepages intel-tdx ivshmem keephugepages kvm localtime machine memory meta migrate_downtime
migrate_speed numa onboot ostype reboot runningcpu runningmachine scsihw smbios1 smp sockets spice_enhancements startdate startup tablet
tpmstate0 vcpus vga vmgenid vmstate vmstatestorage watchdog`.split(/\s+/);

/** Words that many files begin a line with. */
const COMMON: readonly string[] =
  `arch args cdrom description freeze hookscript keyboard lock name nameserver parent protection searchdomain shares snaptime sshkeys tags tdf
template`.split(/\s+/);

const NUMBERED = /^(?:hostpci|ide|ipconfig|net|numa|parallel|rng|sata|scsi|serial|unused|usb|virtio|virtiofs)\d{1,3}$/;

/** Whether all lines of the current state, comments left out, are settings of a VM, and one is of a VM alone. */
export function hasOnlyKeys(text: string): boolean {
  const [state = ''] = text.split(/^\[/m, 1);
  let isTelling = false;
  for (const line of state.split('\n')) {
    if (/^\s*(?:#|$)/.test(line)) continue;
    const [, key = ''] = /^([a-z][A-Za-z0-9_-]{0,31}): ?\S/.exec(line) ?? [];
    const isOfVm = OF_VMS.includes(key) || NUMBERED.test(key);
    if (!isOfVm && !COMMON.includes(key)) return false;
    isTelling ||= isOfVm;
  }
  return isTelling;
}
