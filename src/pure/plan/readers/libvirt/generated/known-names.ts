// Made by tools/libvirt-tables.ts from what an installed libvirt 12.9.0 knows; do not edit.

/** The libvirt that the names are of. */
export const KNOWN_VERSION = '12.9.0';

// A line a kind of element: attributes, then behind the > children with the number of their line (the roots are on line 0). Behind a
// name stands what it depends on: ? values that the element's own attributes have, ; or others, ! those of the child.

export const KNOWN_IN_DOMAIN = `
> domain@1
id type > bhyve:commandline@330 blkiotune@103 bootloader@2 bootloader_args@2 clock@85 cpu@5 cputune@106 currentMemory@38 defaultiothread@102 description@2 devices@151 features@126 genid@2 hwuuid@2 idmap@149 iommufd@123 iothreadids@99 iothreads@2 keywrap@327 launchSecurity@329 lxc:namespace@325 maxMemory@91 memory@90 memoryBacking@92 memtune@105 metadata@3 name@2 numatune@120 on_crash@2 on_lockfailure@2 on_poweroff@2 on_reboot@2 os@25 os@27 os@83 perf@148 pm@147 qemu:capabilities@318 qemu:commandline@317 qemu:deprecation@320 qemu:override@321 resource@124 seclabel@316 sysinfo@20 throttlegroups@88 title@2 uuid@2 vcpu@96 vcpus@97 vmware:datacenterpath@2 xen:commandline@331
>
> *@4
* > *@4
check deprecated_features match migratable mode > cache@18 feature@8 maxphysaddr@19 model@6 numa@9 topology@7 vendor@2
fallback vendor_id >
clusters cores dies sockets threads >
name policy >
> cell@10 interconnects@15
cpus discard id memAccess memory unit > cache@13 distances@11
> sibling@12
id value >
associativity level policy > line@14 size@14
unit value >
> bandwidth@17 latency@16
cache initiator target type value >
cache initiator target type unit value >
level mode >
bits limit mode >
type > baseBoard@21?type=smbios bios@21?type=smbios chassis@21?type=smbios entry@24?type=fwcfg oemStrings@23?type=smbios system@21?type=smbios
> entry@22
name >
> entry@2
file name >
> cmdline@2 dtb@2 initrd@2 kernel@2 root@2 shim@2 type@26
arch machine >
firmware > acpi@81 bios@80 boot@76 bootmenu@78 cmdline@2 dtb@2 firmware@28 initrd@2 kernel@2 loader@30 nvram@31 root@2 shim@2 smbios@79 type@26 varstore@77
> feature@29
enabled name >
format readonly secure stateless type >
format template templateFormat type > source@32 source@39?type=block source@48?type=dir source@49?type=network!protocol=nbd source@51?type=network!protocol=gluster source@52?type=network!protocol=rbd source@55?type=network!protocol=iscsi source@57?type=network!protocol=http source@61?type=network!protocol=https source@63?type=network!protocol=ftps source@64?type=network!protocol=ftp source@65?type=network!protocol=ssh source@68?type=network!protocol=sheepdog|tftp source@69?type=network!protocol=vxhs source@70?type=network!protocol=nfs source@72?type=volume source@73?type=nvme!type=pci source@75?type=vhostuser!type=unix source@76?type=ctl source@76?type=vhostvdpa
fdgroup file index startupPolicy > dataStore@35 encryption@40 privateData@2 seclabel@47 slices@33
> slice@34
offset size type >
type > format@36 source@32 source@39?type=block source@48?type=dir source@49?type=network!protocol=nbd source@51?type=network!protocol=gluster source@52?type=network!protocol=rbd source@55?type=network!protocol=iscsi source@57?type=network!protocol=http source@61?type=network!protocol=https source@63?type=network!protocol=ftps source@64?type=network!protocol=ftp source@65?type=network!protocol=ssh source@68?type=network!protocol=sheepdog|tftp source@69?type=network!protocol=vxhs source@70?type=network!protocol=nfs source@72?type=volume source@73?type=nvme!type=pci source@75?type=vhostuser!type=unix source@76?type=ctl source@76?type=vhostvdpa
type > metadata_cache@37
> max_size@38
unit >
dev index startupPolicy > dataStore@35 encryption@40 privateData@2 reservations@44 seclabel@47 slices@33
engine format > cipher@42 ivgen@43 secret@41
type usage uuid >
hash mode name size >
hash name >
managed migration > source@45
mode path type > reconnect@46
delay enabled timeout?enabled=no|yes >
labelskip model relabel > label@2
dir index startupPolicy > dataStore@35 encryption@40 privateData@2 slices@33
index name protocol tls tlsHostname > dataStore@35 encryption@40 host@50 privateData@2 reconnect@46 slices@33
name port socket?transport=unix transport >
index name protocol > dataStore@35 encryption@40 host@50 privateData@2 slices@33
index name protocol > auth@54 config@53 dataStore@35 encryption@40 host@50 privateData@2 slices@33 snapshot@22
file >
username > secret@41
index name protocol > auth@54 dataStore@35 encryption@40 host@50 initiator@56 privateData@2 slices@33
> iqn@22
index name protocol query > auth@54 cookies@58 dataStore@35 encryption@40 host@50 privateData@2 readahead@59 slices@33 timeout@60
> cookie@22
size >
seconds >
index name protocol query > auth@54 cookies@58 dataStore@35 encryption@40 host@50 privateData@2 readahead@59 slices@33 ssl@62 timeout@60
verify >
index name protocol > auth@54 dataStore@35 encryption@40 host@50 privateData@2 readahead@59 slices@33 ssl@62 timeout@60
index name protocol > auth@54 dataStore@35 encryption@40 host@50 privateData@2 readahead@59 slices@33 timeout@60
index name protocol > auth@54 dataStore@35 encryption@40 host@50 identity@67 knownHosts@66 privateData@2 readahead@59 slices@33 timeout@60
path >
agentsock keyfile username >
index name protocol > dataStore@35 encryption@40 host@50 privateData@2 readahead@59 slices@33 timeout@60
index name protocol tls > dataStore@35 host@50 privateData@2 slices@33
index name protocol > dataStore@35 host@50 identity@71 privateData@2 slices@33
group user >
index mode pool startupPolicy volume > dataStore@35 encryption@40 privateData@2 seclabel@47 slices@33
index managed namespace startupPolicy type > address@74 dataStore@35 encryption@40 privateData@2 slices@33
bus domain function multifunction slot >
path type > reconnect@46
dev >
path template >
enable timeout >
mode >
rebootTimeout useserial >
> table@82
type >
> init@2 initarg@2 initdir@2 initenv@22 initgroup@2 inituser@2 type@84
arch >
adjustment?offset=localtime|utc;offset=variable basis?offset=variable offset start?offset=absolute timezone?offset=timezone > timer@86
frequency?name=tsc mode?name=tsc name present tickpolicy?name=armvtimer|hpet|pit;name=platform|rtc;name=tsc track?name=platform|rtc > catchup@87?name=armvtimer|hpet|pit&tickpolicy=catchup;name=platform|rtc&tickpolicy=catchup;name=tsc&tickpolicy=catchup
limit slew threshold >
> throttlegroup@89
> group_name@2 read_bytes_sec@2 read_bytes_sec_max@2 read_bytes_sec_max_length@2 read_iops_sec@2 read_iops_sec_max@2 read_iops_sec_max_length@2 size_iops_sec@2 total_bytes_sec@2 total_bytes_sec_max@2 total_bytes_sec_max_length@2 total_iops_sec@2 total_iops_sec_max@2 total_iops_sec_max_length@2 write_bytes_sec@2 write_bytes_sec_max@2 write_bytes_sec_max_length@2 write_iops_sec@2 write_iops_sec_max@2 write_iops_sec_max_length@2
dumpCore unit >
slots unit >
> access@79 allocation@95 discard@2 hugepages@93 locked@2 nosharepages@2 source@82
> page@94
nodeset size unit >
mode threads >
cpuset current placement >
> vcpu@98
enabled hotpluggable id order >
> iothread@100
id thread_pool_max thread_pool_min > poll@101
grow max shrink weight >
thread_pool_max thread_pool_min >
> device@104 weight@2
> path@2 read_bytes_sec@2 read_iops_sec@2 weight@2 write_bytes_sec@2 write_iops_sec@2
> hard_limit@38 min_guarantee@38 soft_limit@38 swap_hard_limit@38
> cachetune@113 emulator_period@2 emulator_quota@2 emulatorpin@108 emulatorsched@112 energytune@119 global_period@2 global_quota@2 iothread_period@2 iothread_quota@2 iothreadpin@109 iothreadsched@111 memorytune@116 period@2 quota@2 shares@2 vcpupin@107 vcpusched@110
cpuset vcpu >
cpuset >
cpuset iothread >
priority?scheduler=fifo|rr scheduler vcpus >
iothreads priority?scheduler=fifo|rr scheduler >
priority?scheduler=fifo|rr scheduler >
id vcpus > cache@114 monitor@115
id level size type unit >
level vcpus >
vcpus > monitor@118 node@117
bandwidth id >
vcpus >
id vcpus > monitor@118
> memnode@122 memory@121
mode nodeset placement >
cellid mode nodeset >
enabled fdgroup >
> fibrechannel@125 partition@2
appid >
> acpi@2 aia@144 apic@127 async-teardown@146 capabilities@138 ccf-assist@128 cfpc@144 gic@139 hap@128 hpt@142 htm@128 hyperv@129 ibs@144 ioapic@141 kvm@134 msrs@143 nested-hv@128 pae@2 pmu@128 privnet@2 ps2@128 pvspinlock@128 ras@128 sbbc@144 smm@140 tcg@145 viridian@2 virtualization@2 vmcoreinfo@128 vmport@128 xen@136
eoi >
state >
mode > avic@128 emsr_bitmap@128 evmcs@128 frequencies@128 ipi@128 reenlightenment@128 relaxed@128 reset@128 runtime@128 spinlocks@130 stimer@131 synic@128 tlbflush@133 vapic@128 vendor_id@132 vpindex@128 xmm_input@128
retries state >
state > direct@128
state value >
state > direct@128 extended@128
> dirty-ring@135 hidden@128 hint-dedicated@128 poll-control@128 pv-ipi@128
size state >
> e820_host@128 passthrough@137
mode state >
policy > audit_control@128 audit_write@128 block_suspend@128 chown@128 dac_override@128 dac_read_search@128 fowner@128 fsetid@128 ipc_lock@128 ipc_owner@128 kill@128 lease@128 linux_immutable@128 mac_admin@128 mac_override@128 mknod@128 net_admin@128 net_bind_service@128 net_broadcast@128 net_raw@128 setfcap@128 setgid@128 setpcap@128 setuid@128 sys_admin@128 sys_boot@128 sys_chroot@128 sys_module@128 sys_nice@128 sys_pacct@128 sys_ptrace@128 sys_rawio@128 sys_resource@128 sys_time@128 sys_tty_config@128 syslog@128 wake_alarm@128
version >
state > tseg@38
driver >
resizing > maxpagesize@38
unknown >
value >
> tb-cache@38
enabled >
> suspend-to-disk@146 suspend-to-mem@146
> event@29
> gid@150 uid@150
count start target >
> audio@237 channel@277 console@272 controller@173 crypto@303 disk@152 emulator@2 filesystem@179 graphics@259 hostdev@245 hub@282 input@232 interface@187 iommu@310 lease@177 memballoon@306 memory@298 nvram@308 panic@309 parallel@276 pstore@315 redirdev@283 redirfilter@284 rng@286 serial@276 shmem@296 smartcard@281 sound@236 tpm@289 video@267 vsock@313 watchdog@305
device model rawio?device=lun&type=block|network|volume sgio?device=lun&type=block|network|volume snapshot type > acpi@168 address@169 alias@22 auth@54 backenddomain@22 backingStore@162 backingStore@2 blockio@172 boot@164 driver@153 encryption@40 geometry@171 iotune@89 mirror@161 privateData@2 product@2 readonly@2 serial@2 shareable@2 source@32 source@39?device=lun&type=block;type=block source@48?type=dir source@49?device=lun&type=network;type=network!protocol=nbd source@51?device=lun&type=network;type=network!protocol=gluster source@52?device=lun&type=network;type=network!protocol=rbd source@55?device=lun&type=network;type=network!protocol=iscsi source@57?device=lun&type=network;type=network!protocol=http source@61?device=lun&type=network;type=network!protocol=https source@63?device=lun&type=network;type=network!protocol=ftps source@64?device=lun&type=network;type=network!protocol=ftp source@65?device=lun&type=network;type=network!protocol=ssh source@68?device=lun&type=network;type=network!protocol=sheepdog|tftp source@69?device=lun&type=network;type=network!protocol=vxhs source@70?device=lun&type=network;type=network!protocol=nfs source@72?device=lun&type=volume;type=volume source@73?type=nvme!type=pci source@75?type=vhostuser!type=unix source@76?type=ctl source@76?type=vhostvdpa target@163 throttlefilters@166 transient@165 vendor@2 wwn@2
ats cache copy_on_read detect_zeroes discard discard_no_unref error_policy event_idx io ioeventfd iommu iothread name packed page_per_vq queue_size queues rerror_policy type > iothreads@154 metadata_cache@37 statistics@157
> iothread@155
id > queue@156
id >
> latency-histogram@159 statistic@158
interval >
type > bin@160
start >
file format job ready type > backingStore@162 backingStore@2 format@36 source@32 source@39?job=active-commit|copy&type=block source@48?job=active-commit|copy&type=dir source@49?job=active-commit|copy&type=network!protocol=nbd source@51?job=active-commit|copy&type=network!protocol=gluster source@52?job=active-commit|copy&type=network!protocol=rbd source@55?job=active-commit|copy&type=network!protocol=iscsi source@57?job=active-commit|copy&type=network!protocol=http source@61?job=active-commit|copy&type=network!protocol=https source@63?job=active-commit|copy&type=network!protocol=ftps source@64?job=active-commit|copy&type=network!protocol=ftp source@65?job=active-commit|copy&type=network!protocol=ssh source@68?job=active-commit|copy&type=network!protocol=sheepdog|tftp source@69?job=active-commit|copy&type=network!protocol=vxhs source@70?job=active-commit|copy&type=network!protocol=nfs source@72?job=active-commit|copy&type=volume source@73?job=active-commit|copy&type=nvme!type=pci source@75?job=active-commit|copy&type=vhostuser!type=unix source@76?job=active-commit|copy&type=ctl source@76?job=active-commit|copy&type=vhostvdpa
index type > backingStore@162 backingStore@2 format@36 source@32 source@39?type=block source@48?type=dir source@49?type=network!protocol=nbd source@51?type=network!protocol=gluster source@52?type=network!protocol=rbd source@55?type=network!protocol=iscsi source@57?type=network!protocol=http source@61?type=network!protocol=https source@63?type=network!protocol=ftps source@64?type=network!protocol=ftp source@65?type=network!protocol=ssh source@68?type=network!protocol=sheepdog|tftp source@69?type=network!protocol=vxhs source@70?type=network!protocol=nfs source@72?type=volume source@73?type=nvme!type=pci source@75?type=vhostuser!type=unix source@76?type=ctl source@76?type=vhostvdpa
bus dev dpofua removable rotation_rate tray >
loadparm order >
shareBacking >
> throttlefilter@167
group >
index nodeset >
base?type=dimm bus?type=drive;type=pci;type=usb;type=virtio-serial controller?type=ccid;type=drive;type=virtio-serial cssid?type=ccw devno?type=ccw domain?type=pci function?type=pci iobase?type=isa irq?type=isa multifunction?type=pci port?type=usb;type=virtio-serial reg?type=spapr-vio slot?type=ccid;type=dimm;type=pci ssid?type=ccw target?type=drive type unit?type=drive > zpci@170?type=pci
fid uid >
cyls heads secs trans >
discard_granularity logical_block_size physical_block_size >
index maxEventChannels?type=xenbus maxGrantFrames?type=xenbus model?type=ide;type=pci;type=scsi;type=usb;type=virtio-serial ports?type=usb;type=virtio-serial type vectors?type=virtio-serial > acpi@168 address@169 alias@22 driver@176 master@174?type=usb model@22?type=pci&model=dmi-to-pci-bridge|pci-bridge|pci-expander-bus|pci-root|pcie-expander-bus|pcie-root|pcie-root-port|pcie-switch-downstream-port|pcie-switch-upstream-port|pcie-to-pci-bridge pcihole64@38?type=pci&model=pci-root|pcie-root serial@2?type=nvme target@175?type=pci&model=dmi-to-pci-bridge|pci-bridge|pci-expander-bus|pci-root|pcie-expander-bus|pcie-root|pcie-root-port|pcie-switch-downstream-port|pcie-switch-upstream-port|pcie-to-pci-bridge
startport >
busNr chassis chassisNr hotplug index memReserve port > node@2
ats cmd_per_lun ioeventfd iommu iothread max_sectors packed page_per_vq queues > iothreads@154
> key@2 lockspace@2 target@178
offset path >
accessmode dmode fmode model multidevs type > acpi@168 address@169 alias@22 binary@182 boot@164 driver@180 idmap@149 readonly@2 source@181 source@185 source@186?type=ram source@22?type=template source@53?type=file source@76?type=block space_hard_limit@38 space_soft_limit@38 target@181
ats format iommu packed page_per_vq queue?type=virtiofs type wrpolicy >
dir >
path xattr > cache@79 lock@183 openfiles@184 sandbox@79 thread_pool@59
flock posix >
max >
dir socket >
units usage >
managed?type=hostdev trustGuestRxFilters type > acpi@168?type=bridge;type=client|mcast;type=direct;type=ethernet;type=hostdev;type=internal;type=network;type=null;type=server;type=udp;type=user;type=vdpa;type=vds;type=vhostuser address@169?type=bridge;type=client|mcast;type=direct;type=ethernet;type=hostdev;type=internal;type=network;type=null;type=server;type=udp;type=user;type=vdpa;type=vds;type=vhostuser alias@22?type=bridge;type=client|mcast;type=direct;type=ethernet;type=hostdev;type=internal;type=network;type=null;type=server;type=udp;type=user;type=vdpa;type=vds;type=vhostuser backend@208?type=bridge;type=client|mcast;type=direct;type=ethernet;type=hostdev;type=internal;type=network;type=null;type=server;type=udp;type=user;type=vdpa;type=vds;type=vhostuser backenddomain@22?type=bridge;type=client|mcast;type=direct;type=ethernet;type=hostdev;type=internal;type=network;type=null;type=server;type=udp;type=user;type=vdpa;type=vds;type=vhostuser bandwidth@217?type=bridge;type=client|mcast;type=direct;type=ethernet;type=hostdev;type=internal;type=network;type=null;type=server;type=udp;type=user;type=vdpa;type=vds;type=vhostuser boot@164?type=bridge;type=client|mcast;type=direct;type=ethernet;type=hostdev;type=internal;type=network;type=null;type=server;type=udp;type=user;type=vdpa;type=vds;type=vhostuser coalesce@199?type=bridge;type=client|mcast;type=direct;type=ethernet;type=hostdev;type=internal;type=network;type=null;type=server;type=udp;type=user;type=vdpa;type=vds;type=vhostuser downscript@66?type=bridge;type=client|mcast;type=direct;type=ethernet;type=hostdev;type=internal;type=network;type=null;type=server;type=udp;type=user;type=vdpa;type=vds;type=vhostuser driver@209?type=bridge;type=client|mcast;type=direct;type=ethernet;type=hostdev;type=internal;type=network;type=null;type=server;type=udp;type=user;type=vdpa;type=vds;type=vhostuser driver@210?type=bridge;type=client|mcast;type=direct;type=ethernet;type=hostdev;type=internal;type=network;type=null;type=server;type=udp;type=user;type=vdpa;type=vds;type=vhostuser filterref@213?type=bridge;type=client|mcast;type=direct;type=ethernet;type=hostdev;type=internal;type=network;type=null;type=server;type=udp;type=user;type=vdpa;type=vds;type=vhostuser guest@202?type=bridge;type=client|mcast;type=direct;type=ethernet;type=hostdev;type=internal;type=network;type=null;type=server;type=udp;type=user;type=vdpa;type=vds;type=vhostuser ip@204?type=bridge;type=client|mcast;type=direct;type=ethernet;type=hostdev;type=internal;type=network;type=null;type=server;type=udp;type=user;type=vdpa;type=vds;type=vhostuser link@128?type=bridge;type=client|mcast;type=direct;type=ethernet;type=hostdev;type=internal;type=network;type=null;type=server;type=udp;type=user;type=vdpa;type=vds;type=vhostuser mac@203?type=bridge;type=client|mcast;type=direct;type=ethernet;type=hostdev;type=internal;type=network;type=null;type=server;type=udp;type=user;type=vdpa;type=vds;type=vhostuser model@82?type=bridge;type=client|mcast;type=direct;type=ethernet;type=hostdev;type=internal;type=network;type=null;type=server;type=udp;type=user;type=vdpa;type=vds;type=vhostuser mtu@59?type=bridge;type=client|mcast;type=direct;type=ethernet;type=hostdev;type=internal;type=network;type=null;type=server;type=udp;type=user;type=vdpa;type=vds;type=vhostuser port@221?type=bridge;type=client|mcast;type=direct;type=ethernet;type=hostdev;type=internal;type=network;type=null;type=server;type=udp;type=user;type=vdpa;type=vds;type=vhostuser portForward@206?type=bridge;type=client|mcast;type=direct;type=ethernet;type=hostdev;type=internal;type=network;type=null;type=server;type=udp;type=user;type=vdpa;type=vds;type=vhostuser rom@216?type=bridge;type=client|mcast;type=direct;type=ethernet;type=hostdev;type=internal;type=network;type=null;type=server;type=udp;type=user;type=vdpa;type=vds;type=vhostuser route@205?type=bridge;type=client|mcast;type=direct;type=ethernet;type=hostdev;type=internal;type=network;type=null;type=server;type=udp;type=user;type=vdpa;type=vds;type=vhostuser script@66?type=bridge;type=client|mcast;type=direct;type=ethernet;type=hostdev;type=internal;type=network;type=null;type=server;type=udp;type=user;type=vdpa;type=vds;type=vhostuser source@188?type=bridge source@188?type=network source@223?type=ethernet source@224?type=vhostuser source@225?type=direct source@226?type=client|mcast source@226?type=server source@227?type=udp source@228?type=hostdev source@22?type=internal source@231?type=vds source@76?type=user source@76?type=vdpa target@201?type=bridge;type=client|mcast;type=direct;type=ethernet;type=hostdev;type=internal;type=network;type=null;type=server;type=udp;type=user;type=vdpa;type=vds;type=vhostuser teaming@222?type=bridge;type=client|mcast;type=direct;type=ethernet;type=hostdev;type=internal;type=network;type=null;type=server;type=udp;type=user;type=vdpa;type=vds;type=vhostuser tune@215?type=bridge;type=client|mcast;type=direct;type=ethernet;type=hostdev;type=internal;type=network;type=null;type=server;type=udp;type=user;type=vdpa;type=vds;type=vhostuser virtualport@189?type=bridge;type=direct;type=hostdev;type=network!type=802.1Qbg virtualport@191?type=bridge;type=direct;type=hostdev;type=network!type=802.1Qbh virtualport@193?type=bridge;type=direct;type=hostdev;type=network!type=openvswitch virtualport@195?type=bridge;type=direct;type=hostdev;type=network!type=midonet virtualport@197?type=bridge;type=direct;type=hostdev;type=network vlan@219?type=bridge;type=client|mcast;type=direct;type=ethernet;type=hostdev;type=internal;type=network;type=null;type=server;type=udp;type=user;type=vdpa;type=vds;type=vhostuser
bridge macTableManager network portgroup portid >
type > parameters@190
instanceid managerid typeid typeidversion >
type > parameters@192
profileid >
type > parameters@194
interfaceid profileid >
type > parameters@196
interfaceid >
> parameters@198
instanceid interfaceid managerid profileid typeid typeidversion >
> rx@200
> frames@184
dev managed >
actual dev >
address check currentAddress type >
address family peer prefix >
address family gateway metric netmask prefix >
address dev proto > range@207
end exclude start to >
fqdn hostname logFile tap type vhost >
iommufd model name >
ats event_idx ioeventfd iommu name packed page_per_vq queues rss rss_hash_report rx_queue_size tx_queue_size txmode > guest@212 host@211
csum ecn gso mrg_rxbuf tso4 tso6 ufo >
csum ecn tso4 tso6 ufo >
filter > parameter@214
name value >
> sndbuf@2
bar enabled file >
classID > inbound@218 outbound@218
average burst floor peak >
trunk > tag@220
id nativeMode >
isolated >
persistent?type=transient type >
> ip@204 route@205
dev mode path type > reconnect@46
dev mode network portgroup portid >
address port >
address port > local@226
missing > address@229 address@230!type=pci|usb product@156 vendor@156
bus device port >
bus?type=pci;type=usb device?type=usb domain?type=pci function?type=pci multifunction?type=pci slot?type=pci type >
connectionid portgroupid portid switchid >
bus?type=keyboard|mouse|tablet;type=passthrough model type > acpi@168 address@169 alias@22 driver@233 source@234?type=passthrough&bus=virtio source@235?type=evdev
ats iommu packed page_per_vq >
evdev >
dev grab grabToggle repeat >
model multichannel streams > acpi@168 address@169 alias@22 audio@156 codec@82 driver@233
driver?type=sdl dspPolicy?type=oss exclusive?type=oss id path?type=file runtimeDir?type=pipewire serverName?type=pulseaudio timerPeriod tryMMap?type=oss type > input@238?type=dbus input@238?type=file input@238?type=none input@238?type=spice input@240?type=alsa input@241?type=coreaudio input@241?type=sdl input@242?type=jack input@243?type=oss input@244?type=pipewire input@244?type=pulseaudio output@238?type=dbus output@238?type=file output@238?type=none output@238?type=spice output@240?type=alsa output@241?type=coreaudio output@241?type=sdl output@242?type=jack output@243?type=oss output@244?type=pipewire output@244?type=pulseaudio
bufferLength fixedSettings mixingEngine voices > settings@239
channels format frequency >
bufferLength dev fixedSettings mixingEngine voices > settings@239
bufferCount bufferLength fixedSettings mixingEngine voices > settings@239
bufferLength clientName connectPorts exactName fixedSettings mixingEngine serverName voices > settings@239
bufferCount bufferLength dev fixedSettings mixingEngine tryPoll voices > settings@239
bufferLength fixedSettings latency mixingEngine name streamName voices > settings@239
display?type=mdev&model=vfio-ap|vfio-ccw|vfio-pci;type=pci managed?type=mdev|pci|scsi|scsi_host|usb mode?type=mdev|pci|scsi|scsi_host|usb;type=misc|net|storage model?type=mdev;type=scsi_host ramfb?type=mdev&model=vfio-ap|vfio-ccw|vfio-pci;type=pci rawio?type=scsi sgio?type=scsi type > acpi@168 address@169 alias@22 boot@164 driver@209?type=pci ip@204?mode=capabilities&type=net readonly@2 rom@216 route@205?mode=capabilities&type=net shareable@2 source@246?type=pci source@247?type=usb source@248?type=scsi source@253?type=scsi_host!protocol=vhost source@254?type=mdev&model=vfio-ap|vfio-ccw|vfio-pci source@256?mode=capabilities&type=storage source@257?mode=capabilities&type=misc source@258?mode=capabilities&type=net teaming@222?type=pci
startupPolicy writeFiltering > address@74
guestReset startupPolicy > address@229 product@156 vendor@156
name?protocol=iscsi protocol > adapter@249 address@251 auth@54?protocol=iscsi host@252?protocol=iscsi initiator@56?protocol=iscsi
managed?type=fc_host name parent?type=fc_host parent_fabric_wwn?type=fc_host parent_wwnn?type=fc_host parent_wwpn?type=fc_host type wwnn?type=fc_host wwpn?type=fc_host > parentaddr@250
unique_id > address@74
bus target unit >
name port >
protocol wwpn >
> address@255
uuid >
> block@2
> char@2
> interface@2
address?type=dbus autoport?type=rdp;type=spice;type=vnc connected?type=spice;type=vnc defaultMode?type=spice display?type=desktop;type=sdl fullscreen?type=sdl keymap?type=spice;type=vnc listen?type=rdp;type=spice;type=vnc multiUser?type=rdp p2p?type=dbus passwd?type=rdp;type=spice;type=vnc passwdValidTo?type=spice;type=vnc port?type=rdp;type=spice;type=vnc powerControl?type=vnc replaceUser?type=rdp sharePolicy?type=vnc socket?type=vnc tlsPort?type=spice type username?type=rdp wait?type=vnc websocket?type=vnc xauth?type=sdl > audio@156?type=dbus audio@156?type=vnc channel@262?type=spice clipboard@264?type=spice filetransfer@260?type=spice gl@260?type=sdl!enable=no|yes gl@265?type=dbus!enable=no|yes gl@265?type=spice!enable=no|yes gl@266?type=egl-headless image@263?type=spice jpeg@263?type=spice listen@261?type=rdp;type=spice;type=vnc mouse@79?type=spice playback@263?type=spice streaming@79?type=spice zlib@263?type=spice
enable >
address?type=address;type=network network?type=network socket?type=socket type >
mode name >
compression >
copypaste >
enable rendernode >
rendernode >
> acpi@168 address@169 alias@22 driver@268 model@269
ats iommu name packed page_per_vq vgaconf >
blob device?type=virtio edid heads primary ram?type=qxl type vgamem?type=qxl vram vram64?type=qxl > acceleration@270 resolution@271
accel2d accel3d rendernode >
x y >
tty type > acpi@168?type=dbus|dev|file|nmdm|null|pipe|pty|qemu-vdagent|spiceport|spicevmc|stdio|tcp|udp|unix|vc address@169?type=dbus|dev|file|nmdm|null|pipe|pty|qemu-vdagent|spiceport|spicevmc|stdio|tcp|udp|unix|vc alias@22?type=dbus|dev|file|nmdm|null|pipe|pty|qemu-vdagent|spiceport|spicevmc|stdio|tcp|udp|unix|vc log@274?type=dbus|dev|file|nmdm|null|pipe|pty|qemu-vdagent|spiceport|spicevmc|stdio|tcp|udp|unix|vc protocol@82?type=dbus|dev|file|nmdm|null|pipe|pty|qemu-vdagent|spiceport|spicevmc|stdio|tcp|udp|unix|vc source@273?type=dbus|dev|file|nmdm|null|pipe|pty|qemu-vdagent|spiceport|spicevmc|stdio|tcp|udp|unix|vc target@275?type=dbus|dev|file|nmdm|null|pipe|pty|qemu-vdagent|spiceport|spicevmc|stdio|tcp|udp|unix|vc
append channel host master mode path service slave tls > clipboard@264 mouse@79 reconnect@46 seclabel@47
append file >
port type > model@22
tty type > acpi@168 address@169 alias@22 log@274 protocol@82 source@273 target@275
type > address@169 alias@22 log@274 protocol@82 source@273 target@278!type=guestfwd target@279!type=virtio target@280!type=xen
address port type >
name state type >
name type >
mode type?mode=passthrough > acpi@168 address@169 certificate@2?mode=host-certificates database@2?mode=host-certificates log@274?mode=passthrough&type=dbus|dev|file|nmdm|null|pipe|pty|qemu-vdagent|spiceport|spicevmc|stdio|tcp|udp|unix|vc protocol@82?mode=passthrough&type=dbus|dev|file|nmdm|null|pipe|pty|qemu-vdagent|spiceport|spicevmc|stdio|tcp|udp|unix|vc source@273?mode=passthrough&type=dbus|dev|file|nmdm|null|pipe|pty|qemu-vdagent|spiceport|spicevmc|stdio|tcp|udp|unix|vc target@275?mode=passthrough&type=dbus|dev|file|nmdm|null|pipe|pty|qemu-vdagent|spiceport|spicevmc|stdio|tcp|udp|unix|vc
type > address@169 alias@22
bus type > address@169 alias@22 boot@164 log@274 protocol@82 source@273
> usbdev@285
allow class product vendor version >
model > acpi@168 address@169 alias@22 backend@287 driver@233 rate@288
model type?model=egd > log@274?model=egd&type=dbus|dev|file|nmdm|null|pipe|pty|qemu-vdagent|spiceport|spicevmc|stdio|tcp|udp|unix|vc protocol@82?model=egd&type=dbus|dev|file|nmdm|null|pipe|pty|qemu-vdagent|spiceport|spicevmc|stdio|tcp|udp|unix|vc source@273?model=egd&type=dbus|dev|file|nmdm|null|pipe|pty|qemu-vdagent|spiceport|spicevmc|stdio|tcp|udp|unix|vc
bytes period >
model > address@169 alias@22 backend@290
debug?type=emulator persistent_state?type=emulator type version > active_pcr_banks@292?type=emulator device@66?type=passthrough encryption@291?type=emulator profile@294?type=emulator source@293?type=emulator!type=dir|file source@295?type=external!type=unix&mode=connect
secret >
> sha1@2 sha256@2 sha384@2 sha512@2
path?type=dir;type=file type >
name removeDisabled source >
mode path type >
name role > acpi@168 address@169 alias@22 model@82 msi@297 server@66 size@38
ioeventfd vectors >
access discard model > acpi@168 address@169 alias@22 driver@233 source@299 target@300 uuid@2
> alignsize@38 nodemask@2 pagesize@38 path@2 pmem@2
dynamicMemslots > address@302 block@38 current@38 label@301 node@2 readonly@2 requested@38 size@38
> size@38
base >
model type > address@169 alias@22 backend@304 driver@233
model queues?model=builtin;model=lkcf >
action model > acpi@168 address@169 alias@22
autodeflate freePageReporting model > acpi@168 address@169 alias@22 driver@233 stats@307
period >
> address@169
model > address@169 alias@22
model > acpi@168 address@169 alias@22 driver@311
accel ats aw_bits caching_mode cmdqv dma_translation eim intremap iotlb oas passthrough pciBus ril ssidsize xtsup > granule@312
mode size unit >
model > acpi@168 address@169 alias@22 cid@314 driver@233
address auto >
backend > address@169 alias@22 path@2 size@38
model relabel type > baselabel@2 imagelabel@2 imagelabel@2?type=static label@2 label@2?type=static
> qemu:arg@144 qemu:env@214
> qemu:add@319 qemu:del@319
capability >
behavior >
> qemu:device@322
alias > qemu:frontend@323
> qemu:property@324
name type value >
> lxc:shareipc@326 lxc:sharenet@326 lxc:shareuts@326
type value >
> cipher@328
name state >
authorKey?type=sev-snp kernelHashes?type=sev;type=sev-snp type vcek?type=sev-snp > cbitpos@2?type=sev;type=sev-snp dhCert@2?type=sev guestVisibleWorkarounds@2?type=sev-snp handle@2?type=sev hostData@2?type=sev-snp idAuth@2?type=sev-snp idBlock@2?type=sev-snp mrConfigId@2?type=tdx mrOwner@2?type=tdx mrOwnerConfig@2?type=tdx policy@2?type=sev policy@2?type=sev-snp policy@2?type=tdx quoteGenerationService@66?type=tdx reducedPhysBits@2?type=sev;type=sev-snp session@2?type=sev
> bhyve:arg@144
> xen:arg@144
`;

export const KNOWN_IN_NETWORK = `
> network@1
connections ipv6 trustGuestRxFilters > bandwidth@26 bridge@5 description@2 dns@31 domain@30 forward@8 ip@37 mac@7 metadata@3 mtu@6 name@2 options@45 port@36 portgroup@25 route@44 title@2 uuid@2 virtualport@15!type=802.1Qbg virtualport@17!type=802.1Qbh virtualport@19!type=openvswitch virtualport@21!type=midonet virtualport@23 vlan@28
>
> *@4
* > *@4
delay macTableManager name stp zone >
size >
address >
dev managed mode > address@10 driver@12 interface@9 nat@13 pf@11
connections dev >
bus connections domain function multifunction slot type >
dev >
iommufd model name >
ipv6 > address@14 port@14
end start >
type > parameters@16
instanceid managerid typeid typeidversion >
type > parameters@18
profileid >
type > parameters@20
interfaceid profileid >
type > parameters@22
interfaceid >
> parameters@24
instanceid interfaceid managerid profileid typeid typeidversion >
default name trustGuestRxFilters > bandwidth@26 virtualport@15!type=802.1Qbg virtualport@17!type=802.1Qbh virtualport@19!type=openvswitch virtualport@21!type=midonet virtualport@23 vlan@28
classID > inbound@27 outbound@27
average burst floor peak >
trunk > tag@29
id nativeMode >
localOnly name register >
enable forwardPlainNames > forwarder@32 host@35 srv@34 txt@33
addr domain port >
name value >
domain port priority protocol service target weight >
ip > hostname@2
isolated >
address family localPtr netmask prefix > dhcp@39 tftp@38
root >
> bootp@43 host@42 range@40
end start > lease@41
expiry unit >
id ip mac name > lease@41
file server >
address family gateway metric netmask prefix >
> option@46
value >
`;
