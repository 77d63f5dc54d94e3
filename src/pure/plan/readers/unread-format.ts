/** Names the formats that are known and not read as definitions, so that people learn what to give instead. */

/** `isOfNone`: of no VM at all. */
interface UnreadFormat {
  readonly pattern: RegExp;
  readonly words: string;
  readonly isOfNone: boolean;
}

const UNREAD: readonly UnreadFormat[] = [
  {
    pattern: /(?:^|[\s/'"=])crosvm['"]?[\s\\]{1,64}(?:run|--)/m,
    words: "crosvm's command lines are not read",
    isOfNone: false,
  },
  {
    pattern: /(?:^|[\s/'"=])openvmm['"]?[\s\\]{1,64}--|--pcie-root-complex[\s=]/m,
    words: "OpenVMM's command lines are not read",
    isOfNone: false,
  },
  {
    pattern: /^[ \t]*(?:device_spec|passthrough_whitelist)[ \t]*=[ \t]*[[{]|\bpci_passthrough:alias\b/m,
    words:
      "OpenStack nova's configuration names classes of devices alone and is not read: give the libvirt XML that nova makes (virsh dumpxml)",
    isOfNone: false,
  },
  {
    pattern: /^\uFEFF?\s*\{[^{}[\]]{0,400}"format"\s*:\s*"airlock-capture"/,
    words: 'it is a capture of a host, not a definition of a VM: give it as --host CAPTURE',
    isOfNone: true,
  },
  {
    pattern: /^(?:[\da-f]{4,5}:)?[\da-f]{2}:[\da-f]{2}\.[0-7] .+\n(?:[ \t].*\n)*00: (?:[\da-f]{2} ){15}[\da-f]{2}/m,
    words: 'it is a dump of lspci, not a definition of a VM: airlock view shows what a guest would see of its devices',
    isOfNone: true,
  },
  {
    pattern: /^[^\n<]{0,200}\bvirsh\b[^\n]*\n\s*<(?:\?xml|domain|domstatus|network)[\s>]/,
    words: "a shell's line stands above the XML: take it out",
    isOfNone: false,
  },
  {
    pattern: /^\s*(?:<\?[^>]{0,200}\?>\s*)?<(?:domains|domainsnapshot|domaincheckpoint|domainbackup)[\s>]/,
    words: 'it is no <domain> of libvirt, but what holds one: give the <domain> alone, as virsh dumpxml prints it',
    isOfNone: false,
  },
];

/** What is to be said of a text of such a format, in one line; null for any other text. */
export function unreadFormat(text: string): UnreadFormat | null {
  return UNREAD.find(({ pattern }) => pattern.test(text)) ?? null;
}
