/** Vendors and classes that our code looks for, under the names of Linux (linux/pci_ids.h, which is no header for user space). */

export const PCI_BASE_CLASS_DISPLAY = 0x03;
export const PCI_BASE_CLASS_BRIDGE = 0x06;

/** Base class [15:8] and subclass [7:0] (PCI Code and ID Assignment §1). */
export const PCI_CLASS_NETWORK_ETHERNET = 0x0200;
export const PCI_CLASS_DISPLAY_VGA = 0x0300;
export const PCI_CLASS_BRIDGE_HOST = 0x0600;
export const PCI_CLASS_BRIDGE_PCI = 0x0604;

export const PCI_VENDOR_ID_ATI = 0x1002;
export const PCI_VENDOR_ID_NVIDIA = 0x10de;
export const PCI_VENDOR_ID_REDHAT_QUMRANET = 0x1af4;
export const PCI_VENDOR_ID_CXL = 0x1e98;
export const PCI_VENDOR_ID_INTEL = 0x8086;
export const PCI_BASE_CLASS_STORAGE = 0x01;
export const PCI_CLASS_BRIDGE_OTHER = 0x0680;
export const PCI_CLASS_SERIAL_USB = 0x0c03;
