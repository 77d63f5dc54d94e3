/** What an errno means where a device file of the kernel's is opened. */

export const DEVICE_FILE_HINTS = {
  EACCES: 'the user may not open it: run as root, or let the user open it with setfacl (airlock doctor names the command)',
  // A cgroup answers with it.
  EPERM: 'a device policy (DeviceAllow of systemd, a container) keeps it from this process',
};
