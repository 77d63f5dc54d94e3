/** Command lines as people write them, for QEMU and for our reader. */

/** A command line. */
export interface CommandLine {
  readonly text: string;
  /** Files for -readconfig, which the text names. */
  readonly files?: Readonly<Record<string, string>>;
  /** What QEMU's refusal repeats of a value that we read, where the refusal is one of a later stage than reading. */
  readonly refused?: string;
}

const X86 = 'qemu-system-x86_64 -nodefaults -M q35';
const ARM = 'qemu-system-aarch64 -nodefaults -M virt';

/** QEMU starts. */
const STARTED: readonly CommandLine[] = [
  { text: `${X86}` },
  { text: `${X86} -device edu,id=a -device edu,id=b` },
  { text: `${X86} \\\n  -device edu,id=a \\\n  -device 'edu,id=b' \\\n  -name "a b"` },
  { text: `${X86} -device edu,id=a,addr=5 -device edu,id=b,addr=0x6 -device edu,id=c,addr=10` },
  { text: `${X86} -device edu,id=a,addr=5.0,multifunction=on -device edu,id=b,addr=05.1` },
  { text: `${X86} -device edu,id=a,addr=0x2.0x0` },
  { text: `${X86} -device edu,id=a,addr=5,addr=6` },
  { text: `${X86} -device edu,id=a,id=b -device edu,id=b` },
  { text: `${X86} -device edu,id=a,driver=e1000e` },
  { text: `${X86} -device driver=edu,id=a` },
  { text: `${X86} -device id=a,driver=edu` },
  { text: `${X86} -device edu, -device edu,id=a,` },
  { text: `${X86} -device edu,id=a,multifunction` },
  { text: `${X86} -device edu,id=a,multifunction,nomultifunction` },
  { text: `${X86} -device edu,id -device edu,id=b` },
  { text: `${X86} -device edu,id=a.b-c_d` },
  { text: `${X86} --device edu,id=a --name x` },
  { text: `${X86} -device '{"driver":"edu","id":"j"}' -device edu,id=k` },
  { text: `${X86} -device '{"driver":"edu","id":"j","addr":"05.0","multifunction":true,"rombar":0}'` },
  { text: `${X86} -device "{'driver':'edu','id':'j'}"` },
  { text: `${X86} -device '{"driver":"edu","id":"\\u006a"}   '` },
  { text: `${X86} -device '{"driver":"edu","id":5}'` },
  { text: `${X86} -device '{"driver":"edu","id":null,"dma_mask":18446744073709551615}'` },
  { text: `${X86} -device {\\"driver\\":\\"edu\\"}` },
  { text: `${X86} -device edu,id=a,dma_mask=0xff,rombar=0` },
  { text: `${X86} -device pcie-root-port,id=rp1,chassis=1 -device edu,id=a,bus=rp1` },
  { text: `${X86} -device pcie-root-port,id=rp1,port=0x10,chassis=0x11,addr=3,multifunction=on -device edu,id=a,bus=rp1,addr=0x0` },
  { text: `${X86} -device pcie-pci-bridge,id=p -device edu,id=a,bus=p,addr=1f` },
  { text: `${X86} -device edu,id=a -global edu.rombar=0` },
  { text: `${X86} -global driver=edu,property=rombar,value=0 -device edu,id=a` },
  { text: `${X86} -device edu,id=a -global edu.rombar=0 -global edu.rombar=1` },
  { text: `${X86} -device edu,id=a,rombar=1 -global edu.rombar=0` },
  { text: `${X86} -global nosuch.x=1 -global pci-testdev.rombar=zz -device edu,id=a` },
  { text: `${X86} -device edu,id=e -set device.e.rombar=0` },
  { text: `${X86} -device edu,id=e,rombar=1 -set device.e.rombar=1 -set device.e.rombar=0` },
  { text: `${X86} -device edu,id=e -set device.e.id=f -device edu,id=g` },
  { text: `${X86} -device edu,id=e -set device.e.driver=e1000e` },
  { text: `${X86} -drive id=d,if=none,file=null-co://,format=raw -set drive.d.readonly=on -device virtio-blk-pci,drive=d,id=v` },
  { text: `${X86} -object memory-backend-ram,id=m,size=1M` },
  { text: `${X86} -object '{"qom-type":"memory-backend-ram","id":"m","size":1048576,"share":true}'` },
  { text: `${X86} -object memory-backend-ram,id=m,size=0,size=1M,share` },
  { text: `${X86} -object size=1M,id=m,qom-type=memory-backend-ram -device edu,id=m` },
  { text: 'qemu-system-x86_64 -nodefaults -machine type=pc-q35-10.2,vmport=off -name guest=x,debug-threads=on' },
  { text: 'qemu-system-x86_64 -nodefaults -M pc -M q35,mem-merge=off -name a -name b' },
  { text: 'qemu-system-x86_64 -nodefaults -M nosuch -M q35,' },
  { text: 'qemu-system-x86_64 -nodefaults -M q35,hmat=on,dump_guest_core=off' },
  { text: 'qemu-system-x86_64 -nodefaults -machine hmat=off -machine q35 -machine hmat=on' },
  { text: `A=1 B='2 3' exec env C=4 ${X86} -device edu,id=a # -device edu,id=b` },
  { text: `echo 'qemu-system-x86_64 -M pc'; ${X86} -device edu,id=a > /dev/null` },
  { text: `${ARM} -device edu,id=a -device edu,id=b` },
  { text: `${ARM},gic-version=3,iommu=smmuv3 -device edu,id=a` },
  {
    text: `${X86} -readconfig vm.cfg -device edu,id=o`,
    files: { 'vm.cfg': '# x\n[device "m"]\n  driver = "edu"\n[device "n"]\n\tdriver\t=\t"edu"\n' },
  },
  { text: `${X86} -device edu,id=o -readconfig vm.cfg`, files: { 'vm.cfg': '[device]\n  driver = "edu"\n  id = "foo"\n  rombar = "0"\n' } },
  { text: `${X86} -readconfig vm.cfg`, files: { 'vm.cfg': '[device "a"] rest\ndriver = "edu" rest\nid = "b"\naddr ="05.0"\n' } },
  { text: `${X86} -readconfig vm.cfg -set device.a.rombar=0`, files: { 'vm.cfg': '[device "a"]\r\ndriver = "edu"\r\n' } },
  {
    text: `${X86} -readconfig vm.cfg`,
    files: { 'vm.cfg': '[object "m"]\nqom-type = "memory-backend-ram"\nsize = "1M"\n[name]\nguest = "x"\n' },
  },
  {
    text: 'qemu-system-x86_64 -nodefaults -readconfig vm.cfg',
    files: { 'vm.cfg': '[machine]\ntype = "q35"\nhmat = "on"\ndump_guest_core = "off"\n' },
  },
  {
    text: `${X86} -readconfig vm.cfg`,
    files: {
      'vm.cfg': '[device "a"]\ndriver = "edu"\n[global]\ndriver = "edu"\nproperty = "rombar"\nvalue = "0"\n',
    },
  },
];

/** QEMU ends, and what it says of the words is what we say. */
const REFUSED_AS_READ: readonly string[] = [
  '-device',
  '-nosuch',
  '---device edu',
  '-device=edu',
  '-',
  `-device ''`,
  '-device =',
  '-device edu=3',
  '-device id=x',
  '-device edu,id=',
  '-device edu,id=1a',
  '-device edu,id=a/b',
  '-device edu,id=a=b',
  '-device foo=1,edu',
  '-device edu,id=a -device edu,id=a',
  '-device edu,id -device edu,id=on',
  `-device edu,id=a -device '{"driver":"edu","id":"a"}'`,
  `-device '{"driver":"edu","id":"1a"}'`,
  `-device '{"driver":"edu","id":""}'`,
  `-device {`,
  `-device {}`,
  `-device '{"driver":5}'`,
  `-device '{"driver":"edu"} x'`,
  `-device '{"driver":"edu","driver":"e1000e"}'`,
  `-device '{"driver":"edu","addr":5,}'`,
  `-device '{"driver":"edu","addr":05}'`,
  `-device '{"driver":"edu","addr":"5}'`,
  `-device '{"driver":"edu" "id":"x"}'`,
  `-device '{"driver":nul}'`,
  `-device '{"driver":"edu","a":1:2}'`,
  `-device ,`,
  '-object iommufd',
  '-object id=a',
  '-object iommufd,id=1x',
  `-object ''`,
  `-object '{"qom-type":"memory-backend-ram"}'`,
  `-object '{"qom-type":5,"id":"m"}'`,
  `-object '{"qom-type":"memory-backend-ram","id":5}'`,
  '-object memory-backend-ram,id=m,size=1M -object memory-backend-ram,id=m,size=1M',
  `-object memory-backend-ram,id=m,size=1M -object '{"qom-type":"memory-backend-ram","id":"m","size":1048576}'`,
  '-machine q35,usb',
  '-machine q35,,x=1',
  '-machine q35,1a=1',
  '-machine =q35',
  '-machine q35,a..b=1',
  '-global vfio-pci.ats',
  `-global ''`,
  '-global driver=vfio-pci,property=ats',
  '-global driver=vfio-pci,property=ats,value=off,extra=1',
  '-global .ats=off',
  `-global ${'a'.repeat(64)}.b=1`,
  '-set foo',
  '-set foo.bar=1',
  '-set foo.bar.baz=1',
  '-set machine.a.b=c',
  '-set object.i.fd=3',
  '-set device.e.rombar=0 -device edu,id=e',
  `-device '{"driver":"edu","id":"e"}' -set device.e.rombar=0`,
  '-name a,x=1',
  '-accel kvm -machine accel=tcg',
  '-accel kvm -enable-kvm',
];

/** Files that QEMU refuses. */
const REFUSED_FILES: readonly string[] = [
  '[device "1a"]\n  driver = "edu"\n',
  '[device "a"]\n  driver = "edu"\n[device "a"]\n  driver = "edu"\n',
  'driver = "edu"\n',
  '  [device "a"]\n  driver = "edu"\n',
  '[foo "a"]\n',
  '[device a]\n',
  '[device "a"]\n  driver\n',
  '[device "a"]\n  driver = edu\n',
  '[device "a"]\n  driver="edu"\n',
  '[device "a"]\n  addr = "5"\n',
  '[]\n',
  '\n   \n',
  '[global]\ndriver = "edu"\nfoo = "2"\n',
  '[object]\nqom-type = "memory-backend-ram"\nsize = "1M"\n',
  '[device "a"]\ndriver = "edu"\nid = "7"\n',
];

/** QEMU ends later, and repeats what it read. */
const REFUSED_LATER: readonly (readonly [words: string, refused: string])[] = [
  ['-device edu,id=a,bus=b,,c', "Bus 'b,c' not found"],
  ['-device edu,id=a,bus=b,,,rombar=1', "Bus 'b,' not found"],
  ['-device edu,id=a,bus=', "Bus '' not found"],
  ['-device edu,id=a,bus', "Bus 'on' not found"],
  [`-device 'edu,id=a,bus=b c"d'`, `Bus 'b c"d' not found`],
  [`-device edu,id=a,bus=b\\ c`, "Bus 'b c' not found"],
  [`-device "edu,id=a,bus=\\"\\\\b\\d"`, `Bus '"\\b\\d' not found`],
  ['-device edu,id=a,bus=x=y', "Bus 'x=y' not found"],
  [`-device '{"driver":"edu","id":"a","bus":"\\u00e9\\t,"}'`, "Bus 'é\t,' not found"],
  ['-device edu,,x', "'edu,x' is not a valid device model name"],
  [`-device ' {}'`, "' {}' is not a valid device model name"],
  [`-device '[]'`, "'[]' is not a valid device model name"],
  ['-global edu.romfile=a,,b -device edu,id=a', 'failed to find romfile "a,,b"'],
  ['-global driver=edu,property=romfile,value=a,,b -device edu,id=a', 'failed to find romfile "a,b"'],
  ['-device edu,id=a -set device.a.romfile=x,,y=z', 'failed to find romfile "x,,y=z"'],
  ['-machine type=q35,,x', 'unsupported machine type: "q35,x"'],
  [`-machine '{"type":"q35"}'`, 'unsupported machine type: "{"type":"q35"}"'],
];

export const STARTS = STARTED;

export const REFUSALS: readonly CommandLine[] = [
  ...REFUSED_AS_READ.map(words => ({ text: `${X86} ${words}` })),
  ...REFUSED_FILES.map(file => ({ text: `${X86} -readconfig vm.cfg`, files: { 'vm.cfg': file } })),
];

export const LATER_REFUSALS: readonly CommandLine[] = REFUSED_LATER.map(([words, refused]) => ({ text: `${X86} ${words}`, refused }));
