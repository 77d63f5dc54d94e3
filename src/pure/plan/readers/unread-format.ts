/** Names the formats of definitions that are known and not read, so that people learn what to give instead. */

const UNREAD: readonly { readonly pattern: RegExp; readonly words: string }[] = [
  {
    pattern: /(?:^|[\s/'"=])crosvm['"]?[\s\\]{1,64}(?:run|--)/m,
    words: "crosvm's command lines are not read",
  },
  {
    pattern: /(?:^|[\s/'"=])openvmm['"]?[\s\\]{1,64}--|--pcie-root-complex[\s=]/m,
    words: "OpenVMM's command lines are not read",
  },
  {
    pattern: /^[ \t]*(?:device_spec|passthrough_whitelist)[ \t]*=[ \t]*[[{]|\bpci_passthrough:alias\b/m,
    words:
      "OpenStack nova's configuration names classes of devices alone and is not read: give the libvirt XML that nova makes (virsh dumpxml)",
  },
];

/** What is to be said of a text of such a format, in one line; null for any other text. */
export function unreadFormat(text: string): string | null {
  return UNREAD.find(({ pattern }) => pattern.test(text))?.words ?? null;
}
